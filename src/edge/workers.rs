//! [`Platform`] over the Workers runtime: its clock, randomness, bindings, KV and `fetch`.

use std::cell::OnceCell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{Request, Response};
use js_sys::futures::JsFuture;
use js_sys::{Array, Date, JSON, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::WorkerGlobalScope;

use super::bindings::{
    self, AnalyticsEngine, KvNamespace, RateLimiter, SecretsStoreSecret, console_error,
    console_log, console_warn,
};
use super::cipher::Cipher;
use super::{outbound, renewal, signature};
use crate::callers::Algorithm;
use crate::log::{DataPoint, Event, Level};
use crate::platform::{KvFailed, Limits, Platform, Unreachable};
use crate::sealed::{CacheKey, NONCE_BYTES};

/// Name of the KV binding.
const KV_BINDING: &str = "SESSIONS";

/// Name of the token's binding, a secret of the worker or one of the Secrets Store.
const TOKEN_BINDING: &str = "AWS_WEB_IDENTITY_TOKEN";

/// Name of the rate limiter's binding.
const LIMITER_BINDING: &str = "RATE_LIMITER";

/// Name of the binding for data points.
const ANALYTICS_BINDING: &str = "ANALYTICS";

/// How long a request waits for the rate limiter.
const LIMITER_LIMIT: Duration = Duration::from_secs(1);

/// How long the Secrets Store may take.
const SECRETS_STORE_READ_LIMIT: Duration = Duration::from_secs(2);

/// How long an edge may answer a read of KV from its own cache: the least that KV takes, for the next
/// session has to get around.
const KV_CACHE_SECS: u32 = 30;

/// How long a request waits for KV before it asks STS instead.
const KV_READ_LIMIT: Duration = Duration::from_secs(2);

/// The runtime, on behalf of one event or of what it left running.
pub(super) struct Workers {
    event: bindings::Event,
    request_id: OnceCell<String>,
}

impl Workers {
    /// On behalf of `event`; `ray` is Cloudflare's own id of a request.
    pub(super) fn new(event: bindings::Event, ray: Option<String>) -> Self {
        Self {
            event,
            request_id: ray
                .filter(|ray| is_ray(ray))
                .map_or_else(OnceCell::new, OnceCell::from),
        }
    }

    /// The same for what outlives the answer.
    fn lasting(&self) -> Self {
        Self {
            event: self.event.clone(),
            request_id: self.request_id().to_owned().into(),
        }
    }

    fn asked(&self, slot: usize) -> renewal::Asked<'_> {
        renewal::Asked {
            slot,
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
}

impl Platform for Workers {
    type Lasting = Self;

    fn now(&self) -> SystemTime {
        // The cast saturates; a clock that is beyond all bounds would be the epoch.
        UNIX_EPOCH
            .checked_add(Duration::from_millis(Date::now() as u64))
            .unwrap_or(UNIX_EPOCH)
    }

    fn random<const N: usize>(&self) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        let crypto = scope().crypto().ok()?;
        crypto.get_random_values_with_u8_array(&mut bytes).ok()?;
        Some(bytes)
    }

    /// Cloudflare's own id of the request, else a random one.
    fn request_id(&self) -> &str {
        self.request_id
            .get_or_init(|| hex::encode(self.random::<8>().unwrap_or_default()))
    }

    fn log(&self, event: &Event<'_>) {
        log(event, self.request_id());
    }

    async fn count(&self, key: &str) -> Option<bool> {
        let limiter = Reflect::get(&self.event.env(), &LIMITER_BINDING.into()).ok()?;
        let options = Object::new();
        Reflect::set(&options, &"key".into(), &key.into()).ok()?;
        let counted = limiter.unchecked_into::<RateLimiter>().limit(&options);
        let counted = Promise::race(&Array::of2(&counted.ok()?.into(), &timer(LIMITER_LIMIT)));
        let counted = JsFuture::from(counted).await.ok()?;
        Reflect::get(&counted, &"success".into()).ok()?.as_bool()
    }

    fn measure(&self, point: &DataPoint<'_>) {
        let write = || {
            let engine = Reflect::get(&self.event.env(), &ANALYTICS_BINDING.into())?;
            let point = serde_json::to_string(point).unwrap_or_default();
            let point = JSON::parse(&point)?;
            engine
                .unchecked_into::<AnalyticsEngine>()
                .write_data_point(&point)
        };
        // What is lost is one point among many.
        let _: Result<(), JsValue> = write();
    }

    async fn verify_signature(
        &self,
        algorithm: Algorithm,
        jwk: &str,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        signature::verify(algorithm, jwk, message, signature)
            .await
            .unwrap_or(false)
    }

    async fn aes_gcm_seal(
        &self,
        key: &CacheKey,
        nonce: &[u8; NONCE_BYTES],
        associated: &[u8],
        plain: &[u8],
    ) -> Option<Vec<u8>> {
        let cipher = Cipher::new(key).await.ok()?;
        cipher.seal(nonce, associated, plain).await.ok()
    }

    async fn aes_gcm_open(
        &self,
        key: &CacheKey,
        nonce: &[u8; NONCE_BYTES],
        associated: &[u8],
        sealed: &[u8],
    ) -> Option<Vec<u8>> {
        let cipher = Cipher::new(key).await.ok()?;
        cipher.open(nonce, associated, sealed).await.ok()
    }

    async fn web_identity_token(&self) -> Option<String> {
        let bound = Reflect::get(&self.event.env(), &TOKEN_BINDING.into()).ok()?;
        if !bound.is_object() {
            return bound.as_string();
        }
        // A store that fails has no token for us.
        let read = bound.unchecked_into::<SecretsStoreSecret>().get().ok()?;
        let read = Promise::race(&Array::of2(&read, &timer(SECRETS_STORE_READ_LIMIT)));
        JsFuture::from(read).await.ok()?.as_string()
    }

    async fn load_record(&self, key: &str) -> Result<Option<Vec<u8>>, KvFailed> {
        let kv = self.kv().map_err(kv_failed)?;
        let read = get_options().and_then(|options| kv.get(key, &options));
        let read = read.map_err(kv_failed)?;
        let record = JsFuture::from(Promise::race(&Array::of2(&read, &timer(KV_READ_LIMIT))))
            .await
            .map_err(kv_failed)?;
        if record.is_undefined() {
            return Err(KvFailed("no answer within the time limit".to_owned()));
        }
        Ok((!record.is_null()).then(|| Uint8Array::new(&record).to_vec()))
    }

    fn save_record(&self, key: &str, record: &[u8], expiration_secs: u64) {
        let put = || {
            let options = Object::new();
            let expiration = JsValue::from_f64(expiration_secs as f64);
            Reflect::set(&options, &"expiration".into(), &expiration)?;
            self.kv()?.put(key, &Uint8Array::from(record), &options)
        };
        let put = put().unwrap_or_else(|exception| Promise::reject(&exception));
        let request_id = self.request_id().to_owned();
        self.event.keep(async move {
            if let Err(exception) = JsFuture::from(put).await {
                log(&Event::KvWriteFailed(&kv_failed(exception)), &request_id);
            }
        });
    }

    async fn send(
        &self,
        request: Request<String>,
        limits: Limits,
    ) -> Result<Response<String>, Unreachable> {
        outbound::send(&request, limits).await
    }

    async fn share<F: Future<Output = ()> + 'static>(
        &self,
        slot: usize,
        patience: Duration,
        work: impl FnOnce(Self) -> F,
    ) {
        renewal::share(&self.asked(slot), patience, || work(self.lasting())).await;
    }

    fn begin<F: Future<Output = ()> + 'static>(&self, slot: usize, work: impl FnOnce(Self) -> F) {
        renewal::begin(&self.asked(slot), || work(self.lasting()));
    }

    async fn pause(&self, pause: Duration) {
        // A timer does not fail.
        let _ = JsFuture::from(timer(pause)).await;
    }
}

fn get_options() -> Result<Object, JsValue> {
    let options = Object::new();
    Reflect::set(&options, &"type".into(), &"arrayBuffer".into())?;
    Reflect::set(&options, &"cacheTtl".into(), &KV_CACHE_SECS.into())?;
    Ok(options)
}

/// A promise of `undefined` after `pause`; at once where no timer can be had.
pub(super) fn timer(pause: Duration) -> Promise {
    let millis = i32::try_from(pause.as_millis()).unwrap_or(i32::MAX);
    Promise::new(&mut |resolve, _| {
        let set = scope().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, millis);
        if set.is_err() {
            let _ = resolve.call0(&JsValue::UNDEFINED);
        }
    })
}

/// Whether `id` looks like an id of Cloudflare's: somebody else may have sent it where Cloudflare did not.
fn is_ray(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// Writes `event` on behalf of the request named `request_id`.
pub(super) fn log(event: &Event<'_>, request_id: &str) {
    let line = event.line(request_id);
    match event.level() {
        Level::Error => console_error(&line),
        Level::Warn => console_warn(&line),
        Level::Info => console_log(&line),
    }
}

/// Keeps the exception's message.
fn kv_failed(exception: JsValue) -> KvFailed {
    let message = exception.dyn_ref::<js_sys::Error>().map_or_else(
        || "not an Error".to_owned(),
        |error| String::from(error.message()),
    );
    KvFailed(message)
}

pub(super) fn scope() -> WorkerGlobalScope {
    js_sys::global().unchecked_into()
}
