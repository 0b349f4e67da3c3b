//! The ports: everything the core needs from outside, as narrow traits with plain arguments.
//!
//! A function asks for the ports that it uses, so its signature tells what it can do. `edge` implements all of
//! them over the Workers runtime; the tests implement them with a clock that is moved by hand. Nothing here
//! imports any other module of this crate.

// One thread runs an isolate, so no caller needs these futures to be `Send`.
#![allow(async_fn_in_trait)]

mod public_key;
mod secrets;
mod session_object;
mod signature_algorithm;

use std::time::{Duration, SystemTime};

use http::{HeaderName, Request, Response};
pub use public_key::PublicKey;
pub use secrets::{SecretError, Secrets};
pub use session_object::{ObjectError, SessionObject};
pub use signature_algorithm::{KeyType, SignatureAlgorithm};

/// Cloudflare's [id of a request](https://developers.cloudflare.com/fundamentals/reference/http-headers/#cf-ray).
pub const CF_RAY: HeaderName = HeaderName::from_static("cf-ray");

/// The [client's address](https://developers.cloudflare.com/fundamentals/reference/http-headers/#cf-connecting-ip),
/// which Cloudflare sets on every request.
pub const CF_CONNECTING_IP: HeaderName = HeaderName::from_static("cf-connecting-ip");

/// What Cloudflare marks a [challenge page][challenge] with.
///
/// [challenge]: https://developers.cloudflare.com/cloudflare-challenges/challenge-types/challenge-pages/detect-response/
pub const CF_MITIGATED: HeaderName = HeaderName::from_static("cf-mitigated");

/// Bytes of an AES-256 key.
pub const KEY_BYTES: usize = 32;

/// Bytes of an AES-GCM nonce.
pub const NONCE_BYTES: usize = 12;

/// Shortest time to live that Workers KV [accepts][kv].
///
/// [kv]: https://developers.cloudflare.com/kv/api/write-key-value-pairs/#expiring-keys
pub const KV_MIN_TTL: Duration = Duration::from_secs(60);

/// The time.
pub trait Clock {
    /// The current instant. Workers stop the clock between I/O, so it is read again after every await.
    fn now(&self) -> SystemTime;

    /// Waits for `duration`.
    async fn sleep(&self, duration: Duration);
}

/// Randomness.
pub trait Entropy {
    /// Random bytes from a cryptographic source; `None` when the source fails.
    fn random<const N: usize>(&self) -> Option<[u8; N]>;
}

/// Cryptography that the platform does better than our own code would.
pub trait Crypto {
    /// Encrypts `plain` with AES-256-GCM and binds it to `associated`; the last 16 bytes are the tag. `nonce`
    /// must never have been used with `key` before. `None` when the cipher fails.
    async fn aes_gcm_encrypt(
        &self,
        key: &[u8; KEY_BYTES],
        nonce: &[u8; NONCE_BYTES],
        associated: &[u8],
        plain: &[u8],
    ) -> Option<Vec<u8>>;

    /// Decrypts what [`aes_gcm_encrypt`](Self::aes_gcm_encrypt) returned; `None` when the key, the nonce,
    /// `associated` or the tag do not match.
    async fn aes_gcm_decrypt(
        &self,
        key: &[u8; KEY_BYTES],
        nonce: &[u8; NONCE_BYTES],
        associated: &[u8],
        encrypted: &[u8],
    ) -> Option<Vec<u8>>;

    /// Whether `signature` over `message` verifies with `key`. `false` too when the platform does not accept the key.
    async fn verify_signature(
        &self,
        algorithm: SignatureAlgorithm,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> bool;

    /// Signs `message` with the private key `jwk` (JSON), in the form that [JWA][jwa] says. The platform may keep the key
    /// that it made of `jwk` under the name `key_id`. `None` when it does not accept the key.
    ///
    /// [jwa]: https://www.rfc-editor.org/rfc/rfc7518#section-3
    async fn sign(
        &self,
        algorithm: SignatureAlgorithm,
        key_id: &str,
        jwk: &str,
        message: &[u8],
    ) -> Option<Vec<u8>>;
}

/// [Workers KV](https://developers.cloudflare.com/kv/).
pub trait Kv {
    /// The value of `key`; `None` when there is none.
    ///
    /// # Errors
    /// KV failed or did not answer in time.
    async fn kv_get(&self, key: &str) -> Result<Option<Vec<u8>>, KvError>;

    /// Writes `value` to `key`, to be deleted `expiration_secs` after the Unix epoch. Nobody waits for the write;
    /// a failure is logged.
    fn kv_put(&self, key: &str, value: &[u8], expiration_secs: u64);

    /// The same, and waits for the write.
    ///
    /// # Errors
    /// KV failed or did not answer in time.
    async fn kv_write(&self, key: &str, value: &[u8], expiration_secs: u64) -> Result<(), KvError>;
}

/// Workers KV failed, with the message it gave.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct KvError(pub String);

/// The body of the request, which is not read before it is asked for.
pub trait Body {
    /// Reads the body, of at most `max_bytes`. Of a longer one the rest is not read.
    ///
    /// # Errors
    /// [`BodyError`].
    async fn read(self, max_bytes: usize) -> Result<String, BodyError>;
}

/// Why a body cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// It is longer than the limit.
    #[error("is too long")]
    TooLarge,
    /// The connection ended in the middle of it.
    #[error("ended before it was complete")]
    Incomplete,
    /// It is not text.
    #[error("is not UTF-8")]
    NotUtf8,
}

/// A body in memory.
impl Body for String {
    async fn read(self, max_bytes: usize) -> Result<String, BodyError> {
        if self.len() > max_bytes {
            return Err(BodyError::TooLarge);
        }
        Ok(self)
    }
}

/// Calls to other servers.
pub trait Http {
    /// Sends `request` and reads the whole response within `limits`. Redirects are not followed. Only the response
    /// headers that the core reads have to be present. A body that is not UTF-8 counts as empty, and
    /// so does a part of an encoded one.
    ///
    /// # Errors
    /// [`HttpError`] when there is no response.
    async fn send(
        &self,
        request: Request<String>,
        limits: Limits,
    ) -> Result<Response<String>, HttpError>;
}

/// Bounds of a call to another server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From the call to the last byte of the response.
    pub timeout: Duration,
    /// Longest body of the response.
    pub body_bytes: usize,
}

/// Why there is no response from another server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The time limit passed first.
    #[error("no answer within the time limit")]
    Timeout,
    /// The connection failed or broke.
    #[error("the connection failed")]
    Connection,
    /// The body is longer than the limit.
    #[error("the answer is too large")]
    BodyTooLarge,
}

/// Names what [`Background`] runs at most once at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot(pub u32);

/// Work that outlives the request that began it.
pub trait Background {
    /// The platform that such work uses.
    type Detached: Platform + 'static;

    /// Runs `work` to its end even when this request is cut off, unless work of the same `slot` already runs in
    /// this isolate. Returns when the work that runs has ended, or after `patience`. Work that takes longer than
    /// `limit` is taken for dead, and no longer keeps others from starting.
    async fn single_flight<F: Future<Output = ()> + 'static>(
        &self,
        slot: Slot,
        limit: Duration,
        patience: Duration,
        work: impl FnOnce(Self::Detached) -> F,
    );

    /// The same without waiting for the work.
    fn single_flight_in_background<F: Future<Output = ()> + 'static>(
        &self,
        slot: Slot,
        limit: Duration,
        work: impl FnOnce(Self::Detached) -> F,
    );
}

/// Cloudflare's [rate limiting](https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/).
pub trait RateLimiter {
    /// Counts a request under `key`. Whether it is within the limit; `None` when the limiter fails.
    async fn count(&self, key: &str) -> Option<bool>;
}

/// What the operator sees.
pub trait Telemetry {
    /// The id of the request in its response and in the log.
    fn request_id(&self) -> &str;

    /// Writes one line to the log.
    fn log(&self, level: Level, line: &str);

    /// Writes a data point, in JSON, to Analytics Engine, if that is bound.
    fn write_data_point(&self, json: &str);
}

/// How important a line of the log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// A request fails, or a renewal does.
    Error,
    /// Nothing fails yet, but something is wrong.
    Warn,
    /// Normal.
    Info,
}

impl Level {
    /// Its name in the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
        }
    }
}

/// All ports together.
pub trait Platform:
    Clock
    + Entropy
    + Crypto
    + Kv
    + SessionObject
    + Secrets
    + Http
    + Background
    + RateLimiter
    + Telemetry
{
}

impl<P> Platform for P where
    P: Clock
        + Entropy
        + Crypto
        + Kv
        + SessionObject
        + Secrets
        + Http
        + Background
        + RateLimiter
        + Telemetry
{
}
