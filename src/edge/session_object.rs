//! The Durable Object of a session: how isolates reach it, and what runs in it.

use std::cell::OnceCell;
use std::rc::Rc;
use std::time::Duration;

use js_sys::futures::JsFuture;
use js_sys::{Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use super::bindings::{Event, ObjectStorage};
use super::global::within;
use super::runtime::{Workers, message};
use super::{promised, read_service};
use crate::join::boxed;
use crate::platform::{ObjectError, SessionObject};
use crate::service::Service;

/// Name of the binding.
const OBJECT_BINDING: &str = "SESSION_OBJECT";

/// What the record is called in the object's storage.
const RECORD: &str = "record";

#[wasm_bindgen]
extern "C" {
    /// The binding of a [Durable Object namespace][namespace].
    ///
    /// [namespace]: https://developers.cloudflare.com/durable-objects/api/namespace/
    type ObjectNamespace;

    /// A Durable Object, far away.
    type ObjectStub;

    #[wasm_bindgen(method, catch, js_name = getByName)]
    fn get_by_name(this: &ObjectNamespace, name: &str) -> Result<ObjectStub, JsValue>;

    /// `obtain` of `handlers.js`.
    #[wasm_bindgen(method, catch)]
    fn obtain(this: &ObjectStub, question: &str) -> Result<Promise, JsValue>;

    /// The question of an event in an object.
    #[wasm_bindgen(method, getter)]
    fn question(this: &Event) -> String;
}

thread_local! {
    /// What objects keep between events. An object may share its isolate with requests, whose service asks it, so it has
    /// one of its own. Objects share this one: each is about another session of it.
    static OBJECTS: OnceCell<Rc<Service>> = const { OnceCell::new() };
}

/// A promise of the answer to the question of `event`, in an object.
///
/// The argument must be a handle, as that of [`fetch`](super::fetch).
#[wasm_bindgen(js_name = answerInObject)]
pub fn answer_in_object(event: Event) -> JsValue {
    let read = || Rc::new(read_service(&event));
    let service = OBJECTS.with(|kept| Rc::clone(kept.get_or_init(read)));
    let question = event.question();
    let platform = Workers::new(event, None);
    promised(Box::pin(async move {
        service.answer_in_object(&question, &platform).await
    }))
}

impl SessionObject for Workers {
    async fn ask_object(
        &self,
        name: &str,
        question: &str,
        limit: Duration,
    ) -> Option<Result<String, ObjectError>> {
        let bound = Reflect::get(&self.event.env(), &OBJECT_BINDING.into()).ok()?;
        if !bound.is_object() || self.is_in_object() {
            return None;
        }
        Some(boxed(ask(&bound.unchecked_into(), name, question, limit)).await)
    }

    fn is_in_object(&self) -> bool {
        self.event.is_in_object()
    }

    async fn object_record(&self) -> Option<Vec<u8>> {
        boxed(record(self.event.storage()?)).await
    }

    fn keep_in_object(&self, record: &[u8], expiration_secs: u64) {
        let Some(storage) = self.event.storage() else {
            return;
        };
        // Nobody has to wait: the runtime holds back what leaves the object until the storage has it, and if that fails,
        // it restarts the object, and whoever waits is told.
        let _ = storage.put(RECORD, &Uint8Array::from(record));
        // Exact: seconds are far below 2^53.
        #[allow(clippy::cast_precision_loss)]
        let _ = storage.set_alarm(expiration_secs as f64 * 1000.0);
    }
}

async fn ask(
    namespace: &ObjectNamespace,
    name: &str,
    question: &str,
    limit: Duration,
) -> Result<String, ObjectError> {
    let object = namespace.get_by_name(name);
    let answer = match object.and_then(|object| object.obtain(question)) {
        Ok(call) => JsFuture::from(within(&call, limit)).await,
        Err(exception) => Err(exception),
    };
    let answer = answer.map_err(|exception| error(&exception))?;
    // The timer's value is no text.
    answer.as_string().ok_or(ObjectError::Timeout)
}

async fn record(storage: ObjectStorage) -> Option<Vec<u8>> {
    let record = JsFuture::from(storage.get(RECORD).ok()?).await.ok()?;
    record
        .is_object()
        .then(|| Uint8Array::new(&record).to_vec())
}

fn error(exception: &JsValue) -> ObjectError {
    let message = message(exception);
    let is_overloaded =
        Reflect::get(exception, &"overloaded".into()).is_ok_and(|it| it.is_truthy());
    if is_overloaded {
        ObjectError::Overloaded(message)
    } else {
        ObjectError::Failed(message)
    }
}
