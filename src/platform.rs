//! All that the core asks of the outside world.

use std::time::{Duration, SystemTime};

use crate::callers::Algorithm;
#[cfg(doc)]
use crate::credentials::obtain::RENEWAL_LIMIT;
use crate::log::{DataPoint, Event};
use crate::sealed::{CacheKey, NONCE_BYTES};

/// The platform as the core sees it: Cloudflare's in `edge`, one moved by hand
/// in the tests.
// One thread runs an isolate, so no caller needs these futures to be `Send`.
#[allow(async_fn_in_trait)]
pub trait Platform {
    /// The platform for what goes on after the request that began it.
    type Lasting: Platform + 'static;

    /// The current instant. Workers stop the clock between I/O, so it is asked again after
    /// every await that its answer must not predate.
    fn now(&self) -> SystemTime;

    /// Random bytes from a cryptographic source; `None` when it fails.
    fn random<const N: usize>(&self) -> Option<[u8; N]>;

    /// Names the request in its answer and in the log.
    fn request_id(&self) -> &str;

    /// Writes `event` for the operator.
    fn log(&self, event: &Event<'_>);

    /// Counts a request under `key`, and says whether there were not too many; `None` when the limiter fails.
    async fn count(&self, key: &str) -> Option<bool>;

    /// Hands a data point of a request over to be kept.
    fn measure(&self, point: &DataPoint<'_>);

    /// Encrypts `plain` with AES-256-GCM and binds it to `associated`; the 16-byte tag stands at the
    /// end. `nonce` must never have been used with `key` before. `None` when the cipher fails.
    async fn aes_gcm_seal(
        &self,
        key: &CacheKey,
        nonce: &[u8; NONCE_BYTES],
        associated: &[u8],
        plain: &[u8],
    ) -> Option<Vec<u8>>;

    /// The reverse; `None` when key, nonce, `associated` or the tag do not match.
    async fn aes_gcm_open(
        &self,
        key: &CacheKey,
        nonce: &[u8; NONCE_BYTES],
        associated: &[u8],
        sealed: &[u8],
    ) -> Option<Vec<u8>>;

    /// Whether `signature` over `message` is that of the public key `jwk`, by `algorithm`, whose
    /// kind of key it is; not either, when the key is none that the platform takes.
    async fn verify_signature(
        &self,
        algorithm: Algorithm,
        jwk: &str,
        message: &[u8],
        signature: &[u8],
    ) -> bool;

    /// The bound secret `AWS_WEB_IDENTITY_TOKEN`, as it is now; `None` when none is bound.
    async fn web_identity_token(&self) -> Option<String>;

    /// The record under `key`; `None` when there is none.
    ///
    /// # Errors
    /// KV failed or did not answer in time; a request must not fail for that.
    async fn load_record(&self, key: &str) -> Result<Option<Vec<u8>>, KvFailed>;

    /// Keeps `record` under `key` until `expiration_secs` after the Unix epoch. The request does not
    /// wait for that, and a failure is only logged.
    fn save_record(&self, key: &str, record: &[u8], expiration_secs: u64);

    /// Sends `request` and reads the whole answer within `limits`. Redirects are not followed. Of the
    /// answer's headers only those that something here looks at need to be there; a body that is not
    /// UTF-8 counts as empty.
    ///
    /// # Errors
    /// No answer came: see [`Unreachable`].
    async fn send(
        &self,
        request: http::Request<String>,
        limits: Limits,
    ) -> Result<http::Response<String>, Unreachable>;

    /// Runs `renewal` to its end even when this request is cut off, unless one of the same `slot` is
    /// running in this isolate already; one that runs for longer than [`RENEWAL_LIMIT`] counts as dead.
    /// Returns when the one that runs has ended, or after `patience`.
    async fn share<F: Future<Output = ()> + 'static>(
        &self,
        slot: usize,
        patience: Duration,
        renewal: impl FnOnce(Self::Lasting) -> F,
    );

    /// The same for a request that does not wait: it ends, and `renewal` goes on.
    fn begin<F: Future<Output = ()> + 'static>(
        &self,
        slot: usize,
        renewal: impl FnOnce(Self::Lasting) -> F,
    );

    /// Waits for `pause`.
    async fn pause(&self, pause: Duration);
}

/// Workers KV failed, with what it said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KvFailed(pub String);

/// What an outbound call may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From the call to the last byte of the answer.
    pub time: Duration,
    /// Longest body of the answer.
    pub answer_bytes: usize,
}

/// Why no answer came from another server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreachable {
    /// The time limit passed first.
    TimedOut,
    /// The connection failed or broke.
    Network,
    /// The answer is larger than the limit.
    AnswerTooLarge,
}
