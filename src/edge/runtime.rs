//! The ports of the platform over the Workers runtime.

use std::cell::OnceCell;
use std::time::{Duration, SystemTime};

use http::{Request, Response};
use js_sys::futures::JsFuture;
use js_sys::{Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

use super::background::{self, Caller};
use super::bindings::{
    self, KvNamespace, RateLimiter as RateLimiterBinding, fill_random, wait_until,
};
use super::global::{self, promise, timer, within};
use super::outbound;
use crate::log::Record;
use crate::platform::{
    Background, Clock, Entropy, Http, HttpError, Kv, KvError, Level, Limits, RateLimiter,
    SecretError, Secrets, Slot, Telemetry,
};

/// Name of the KV binding.
const KV_BINDING: &str = "SESSIONS";

/// Name of the token's binding, a secret of the worker or of the Secrets Store.
const TOKEN_BINDING: &str = "AWS_WEB_IDENTITY_TOKEN";

/// Name of the rate limiter's binding.
const LIMITER_BINDING: &str = "RATE_LIMITER";

/// Name of the binding for data points.
const ANALYTICS_BINDING: &str = "ANALYTICS";

/// How long a request waits for the rate limiter.
const LIMITER_LIMIT: Duration = Duration::from_secs(1);

/// How long an edge may answer a read of KV from its own cache: the shortest time that KV accepts, because the next
/// session has to reach all edges.
const KV_CACHE_SECS: u32 = 30;

/// How long a request waits for KV before it asks STS instead.
const KV_LIMIT: Duration = Duration::from_secs(2);

/// The runtime, on behalf of one event or of work that outlives it.
pub(super) struct Workers {
    pub(super) event: bindings::Event,
    request_id: OnceCell<String>,
}

impl Workers {
    /// On behalf of `event`. `ray` is Cloudflare's own id of a request.
    pub(super) fn new(event: bindings::Event, ray: Option<String>) -> Self {
        Self {
            event,
            request_id: ray
                .filter(|ray| is_ray(ray))
                .map_or_else(OnceCell::new, OnceCell::from),
        }
    }

    /// The same for work that outlives the response.
    fn detached(&self) -> Self {
        Self {
            event: self.event.clone(),
            request_id: self.request_id().to_owned().into(),
        }
    }

    fn caller(&self) -> Caller<'_> {
        Caller {
            now: self.now(),
            event: &self.event,
        }
    }

    fn kv(&self) -> Result<KvNamespace, JsValue> {
        let binding = Reflect::get(&self.event.env(), &KV_BINDING.into())?;
        if binding.is_object() {
            Ok(binding.unchecked_into())
        } else {
            Err(js_sys::Error::new("the KV namespace SESSIONS is not bound").into())
        }
    }

    fn put(&self, key: &str, value: &[u8], expiration_secs: u64) -> Result<Promise, JsValue> {
        let options = Object::new();
        // Exact: seconds are far below 2^53.
        #[allow(clippy::cast_precision_loss)]
        let expiration = JsValue::from_f64(expiration_secs as f64);
        Reflect::set(&options, &"expiration".into(), &expiration)?;
        self.kv()?.put(key, &Uint8Array::from(value), &options)
    }
}

impl Clock for Workers {
    fn now(&self) -> SystemTime {
        global::now()
    }

    async fn sleep(&self, duration: Duration) {
        // A timer does not fail.
        let _ = JsFuture::from(timer(duration)).await;
    }
}

impl Entropy for Workers {
    fn random<const N: usize>(&self) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        fill_random(&self.event, &mut bytes).ok()?;
        Some(bytes)
    }
}

impl Kv for Workers {
    async fn kv_get(&self, key: &str) -> Result<Option<Vec<u8>>, KvError> {
        let get = || self.kv()?.get(key, &get_options()?);
        let value = settled(get()).await?;
        Ok((!value.is_null()).then(|| Uint8Array::new(&value).to_vec()))
    }

    fn kv_put(&self, key: &str, value: &[u8], expiration_secs: u64) {
        let put = self.put(key, value, expiration_secs);
        let put = put.unwrap_or_else(|exception| Promise::reject(&exception));
        let detached = self.detached();
        let written = promise(async move {
            if let Err(exception) = JsFuture::from(put).await {
                let detail = kv_error(&exception).0;
                Record::new(Level::Warn, "kvWriteFailed", detail).write(&detached);
            }
            Ok(JsValue::UNDEFINED)
        });
        wait_until(&self.event, &written);
    }

    async fn kv_write(&self, key: &str, value: &[u8], expiration_secs: u64) -> Result<(), KvError> {
        let put = self.put(key, value, expiration_secs);
        // A write ends with `undefined`, as the timer does.
        let written = |put| {
            promise(async move {
                JsFuture::from(put).await?;
                Ok(JsValue::NULL)
            })
        };
        settled(put.map(written)).await.map(|_| ())
    }
}

impl Secrets for Workers {
    async fn web_identity_token(&self) -> Result<Option<String>, SecretError> {
        bindings::secret(&self.event.env(), TOKEN_BINDING).await
    }
}

impl Http for Workers {
    async fn send(
        &self,
        request: Request<String>,
        limits: Limits,
    ) -> Result<Response<String>, HttpError> {
        outbound::send(&self.event, &request, limits).await
    }
}

impl Background for Workers {
    type Detached = Self;

    async fn single_flight<F: Future<Output = ()> + 'static>(
        &self,
        slot: Slot,
        limit: Duration,
        patience: Duration,
        work: impl FnOnce(Self) -> F,
    ) {
        let work = || work(self.detached());
        background::single_flight(&self.caller(), slot, limit, patience, work).await;
    }

    fn single_flight_in_background<F: Future<Output = ()> + 'static>(
        &self,
        slot: Slot,
        limit: Duration,
        work: impl FnOnce(Self) -> F,
    ) {
        let work = || work(self.detached());
        background::single_flight_in_background(&self.caller(), slot, limit, work);
    }
}

impl RateLimiter for Workers {
    async fn count(&self, key: &str) -> Option<bool> {
        let limiter = Reflect::get(&self.event.env(), &LIMITER_BINDING.into()).ok()?;
        let options = Object::new();
        Reflect::set(&options, &"key".into(), &key.into()).ok()?;
        let counted = limiter
            .unchecked_into::<RateLimiterBinding>()
            .limit(&options);
        let counted = within(&counted.ok()?, LIMITER_LIMIT);
        let counted = JsFuture::from(counted).await.ok()?;
        Reflect::get(&counted, &"success".into()).ok()?.as_bool()
    }
}

impl Telemetry for Workers {
    /// Cloudflare's own id of the request, else a random one.
    fn request_id(&self) -> &str {
        self.request_id
            .get_or_init(|| hex::encode(self.random::<8>().unwrap_or_default()))
    }

    fn log(&self, level: Level, line: &str) {
        let method = match level {
            Level::Error => 0,
            Level::Warn => 1,
            Level::Info => 2,
        };
        bindings::log(&self.event, method, line);
    }

    fn write_data_point(&self, json: &str) {
        bindings::write_data_point(&self.event, ANALYTICS_BINDING, json);
    }
}

fn get_options() -> Result<Object, JsValue> {
    let options = Object::new();
    Reflect::set(&options, &"type".into(), &"arrayBuffer".into())?;
    Reflect::set(&options, &"cacheTtl".into(), &KV_CACHE_SECS.into())?;
    Ok(options)
}

/// What `call` of KV ends with, unless that takes too long.
async fn settled(call: Result<Promise, JsValue>) -> Result<JsValue, KvError> {
    let value = match call {
        Ok(call) => JsFuture::from(within(&call, KV_LIMIT)).await,
        Err(exception) => Err(exception),
    };
    let value = value.map_err(|exception| kv_error(&exception))?;
    if value.is_undefined() {
        return Err(KvError("no answer within the time limit".to_owned()));
    }
    Ok(value)
}

/// Whether `id` looks like one of Cloudflare's ids. Where the worker does not run behind Cloudflare, clients can send any.
fn is_ray(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn kv_error(exception: &JsValue) -> KvError {
    KvError(message(exception))
}

/// The exception's message.
pub(super) fn message(exception: &JsValue) -> String {
    exception.dyn_ref::<js_sys::Error>().map_or_else(
        || "not an Error".to_owned(),
        |error| String::from(error.message()),
    )
}
