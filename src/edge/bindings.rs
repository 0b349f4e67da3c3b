//! Bindings of the runtime's JavaScript objects.

use std::time::Duration;

use js_sys::futures::JsFuture;
use js_sys::{Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use worker::Env;

use super::global::within;
use crate::config::SECRETS_STORE;
use crate::join::boxed;
use crate::platform::SecretError;

#[wasm_bindgen]
extern "C" {
    /// The event that a handler is called for; `handlers.js` creates it.
    #[derive(Clone)]
    pub type Event;

    #[wasm_bindgen(method, getter)]
    pub(super) fn env(this: &Event) -> Env;

    /// Of the Durable Object that the event is for, if it is for one.
    #[wasm_bindgen(method, getter)]
    pub(super) fn storage(this: &Event) -> Option<ObjectStorage>;

    /// The binding of a [KV namespace](https://developers.cloudflare.com/kv/api/).
    pub(super) type KvNamespace;

    #[wasm_bindgen(method, catch)]
    pub(super) fn get(this: &KvNamespace, key: &str, options: &Object) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    pub(super) fn put(
        this: &KvNamespace,
        key: &str,
        value: &Uint8Array,
        options: &Object,
    ) -> Result<Promise, JsValue>;

    /// The binding of a [rate limiter][limit].
    ///
    /// [limit]: https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/
    pub(super) type RateLimiter;

    #[wasm_bindgen(method, catch)]
    pub(super) fn limit(this: &RateLimiter, options: &Object) -> Result<Promise, JsValue>;

    /// The [storage][storage] of a Durable Object.
    ///
    /// [storage]: https://developers.cloudflare.com/durable-objects/api/sqlite-storage-api/
    pub(super) type ObjectStorage;

    #[wasm_bindgen(method, catch)]
    pub(super) fn get(this: &ObjectStorage, key: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    pub(super) fn put(
        this: &ObjectStorage,
        key: &str,
        value: &Uint8Array,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = setAlarm)]
    pub(super) fn set_alarm(this: &ObjectStorage, millis: f64) -> Result<Promise, JsValue>;

    /// A binding of the [Secrets Store][store], whose value is read again each time.
    ///
    /// [store]: https://developers.cloudflare.com/secrets-store/integrations/workers/
    pub(super) type SecretsStoreSecret;

    #[wasm_bindgen(method, catch)]
    pub(super) fn get(this: &SecretsStoreSecret) -> Result<Promise, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console, js_name = error)]
    pub(super) fn console_error(line: &str);
}

#[wasm_bindgen(module = "/src/edge/boundary.js")]
extern "C" {
    /// The variable or secret `name` as text; JSON variables as their JSON, and
    /// [`SECRETS_STORE`] for a binding of the Secrets Store.
    #[wasm_bindgen(js_name = readVariable)]
    pub(super) fn text(env: &Env, name: &str) -> Option<String>;

    /// Writes a data point to [Analytics Engine][engine], where that is bound as `binding`.
    ///
    /// [engine]: https://developers.cloudflare.com/analytics/analytics-engine/
    #[wasm_bindgen(js_name = writeDataPoint)]
    pub(super) fn write_data_point(event: &Event, binding: &str, json: &str);

    /// Writes a line to the console by that of its methods: `error`, `warn`, `log`.
    // A number, because each text that goes over takes a call of the runtime.
    pub(super) fn log(event: &Event, method: u8, line: &str);

    /// Fills `bytes` at random.
    #[wasm_bindgen(catch, js_name = fillRandom)]
    pub(super) fn fill_random(event: &Event, bytes: &mut [u8]) -> Result<(), JsValue>;

    /// Lets `work`, which nothing rejects, continue after the response.
    #[wasm_bindgen(js_name = waitUntil)]
    pub(super) fn wait_until(event: &Event, work: &Promise);
}

/// How long a read of the Secrets Store may take.
const SECRETS_STORE_READ_LIMIT: Duration = Duration::from_secs(2);

/// The secret `name` of the worker, or of the Secrets Store.
pub(super) async fn secret(env: &Env, name: &str) -> Result<Option<String>, SecretError> {
    let value = text(env, name);
    if value.as_deref() != Some(SECRETS_STORE) {
        return Ok(value);
    }
    match secrets_store(env, name) {
        Some(store) => boxed(read(store)).await,
        None => Ok(value),
    }
}

async fn read(store: SecretsStoreSecret) -> Result<Option<String>, SecretError> {
    let read = store.get().map_err(|_| SecretError::Failed)?;
    let value = JsFuture::from(within(&read, SECRETS_STORE_READ_LIMIT)).await;
    let value = value.map_err(|_| SecretError::Failed)?;
    if value.is_undefined() {
        return Err(SecretError::Timeout);
    }
    Ok(value.as_string())
}

/// The binding `name`, where it is one of the Secrets Store.
fn secrets_store(env: &Env, name: &str) -> Option<SecretsStoreSecret> {
    let bound = Reflect::get(env, &name.into()).ok()?;
    let get = Reflect::get(&bound, &"get".into()).ok()?;
    get.is_function().then(|| bound.unchecked_into())
}

impl Event {
    /// Whether it is for a Durable Object, which may share the isolate with the request that asks it.
    pub(super) fn is_in_object(&self) -> bool {
        self.storage().is_some()
    }
}
