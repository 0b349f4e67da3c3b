//! What tests of several modules need: a platform, bindings, and requests.

pub mod answers;
pub mod avatars;
mod bindings;
pub mod jose;
pub mod links;
pub mod narrowed;
pub mod normalization;
mod platform;
pub mod principals;
mod requests;
pub mod uploads;
pub mod uppy;

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use edge_presigner::aws::Credentials;
use edge_presigner::credentials::Session;
use edge_presigner::secret::Secret;
use http::Response;

pub use answers::json;
pub use bindings::{
    CACHE_KEY, KEY, KEY_SHA256, bindings, bindings_with, opened, service, service_with,
};
pub use platform::Fake;
pub use requests::{SIGN, request, sign, with_bearer, with_key};

/// 2026-03-01T12:00:00Z.
pub const NOON_SECS: u64 = 1_772_366_400;

pub fn noon() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(NOON_SECS)
}

pub const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// Polls once: every future of these tests is ready at once.
pub fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a future waits for something that no test provides"),
    }
}

/// A JWT with these claims; its signature is none, which only STS would find out.
pub fn jwt(claims: &str) -> String {
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!(
        "{}.{}.{}",
        encode(r#"{"alg":"RS256"}"#),
        encode(claims),
        encode("none")
    )
}

/// A token that expires `lifetime` after noon.
pub fn token(lifetime: Duration) -> String {
    jwt(&claims(&(NOON_SECS + lifetime.as_secs()).to_string()))
}

/// All claims that STS requires, with `exp`.
pub fn claims(exp: &str) -> String {
    format!(
        r#"{{"iss":"https://issuer.example","sub":"edge-presigner","aud":"sts.amazonaws.com","exp":{exp}}}"#
    )
}

/// The answer of STS that grants a session until `expires_at`; the n-th session of a test.
pub fn granted(n: u32, expires_at: SystemTime) -> Response<String> {
    let expiration = edge_presigner::instant::rfc3339(expires_at);
    Response::new(format!(
        r#"<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
          <AssumeRoleWithWebIdentityResult><Credentials>
            <AccessKeyId>ASIA{n}</AccessKeyId><SecretAccessKey>secret{n}</SecretAccessKey>
            <SessionToken>session/token+{n}==</SessionToken><Expiration>{expiration}</Expiration>
          </Credentials></AssumeRoleWithWebIdentityResult>
        </AssumeRoleWithWebIdentityResponse>"#
    ))
}

pub fn answer(status: u16, body: &str) -> Response<String> {
    Response::builder()
        .status(status)
        .body(body.to_owned())
        .unwrap()
}

pub fn session(n: u32, issued_at: SystemTime, lifetime: Duration) -> Session {
    Session {
        credentials: Credentials {
            access_key_id: format!("ASIA{n}"),
            secret_access_key: Secret::new(format!("secret{n}")),
            session_token: Some(Secret::new(format!("session/token+{n}=="))),
        },
        issued_at,
        active_from: issued_at,
        expires_at: issued_at + lifetime,
    }
}

/// `object` with members replaced; `null` takes one away.
pub fn with(mut object: serde_json::Value, changes: serde_json::Value) -> serde_json::Value {
    for (name, value) in changes.as_object().unwrap() {
        object[name] = value.clone();
        if value.is_null() {
            object.as_object_mut().unwrap().remove(name);
        }
    }
    object
}
