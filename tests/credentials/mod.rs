//! From nothing to a session that signs, and to the next one.

mod cache;
mod kv_record;
mod lifetime;
mod model;
mod obtain;
mod provider;
mod renew;
mod session_object;

use std::rc::Rc;
use std::time::{Duration, SystemTime};

use crate::support::{CACHE_KEY, Fake, bindings_with, json, ready, sign};
use edge_presigner::config::Config;
use edge_presigner::credentials::CredentialsError;
use edge_presigner::credentials::SessionProvider;
use edge_presigner::credentials::kv_record::{self as record, kv_key};
use edge_presigner::credentials::lifetime::{Lifetime, SigningSession};
use edge_presigner::credentials::obtain::{deadline, obtain};
use edge_presigner::sealed::CacheKey;
use edge_presigner::service::Service;
use http::Response;

/// One isolate: what it has at hand for the first role.
struct Isolate {
    provider: Rc<SessionProvider>,
}

impl Isolate {
    fn new() -> Self {
        Self::with(&[])
    }

    fn with(changes: &[(&str, &str)]) -> Self {
        let bindings = bindings_with(changes);
        let config = Config::read(|name| bindings.get(name).cloned()).unwrap();
        let provider = Rc::clone(&config.providers[0]);
        Self { provider }
    }

    fn obtain(&self, lifetime: Lifetime, fake: &Fake) -> Result<SigningSession, CredentialsError> {
        let request = self.provider.request(lifetime, Duration::ZERO);
        let deadline = deadline(fake.now.get());
        ready(obtain(&self.provider, request, deadline, fake))
    }

    /// Asks for a URL of `lifetime` and names the session that signs it.
    fn ask(&self, lifetime: Duration, fake: &Fake) -> String {
        let obtained = self.obtain(Lifetime::Exactly(lifetime), fake).unwrap();
        assert_eq!(obtained.lifetime, lifetime);
        assert!(obtained.now + lifetime <= obtained.session.expires_at);
        obtained.session.credentials.access_key_id.clone()
    }

    fn kv_key(&self) -> String {
        let provider = &self.provider;
        kv_key(provider.role.as_ref().unwrap(), &provider.sts)
    }

    fn backs_off(&self, now: SystemTime) -> bool {
        let failure = self.provider.cache.failure();
        failure.is_some_and(|it| it.backs_off(false, now))
    }
}

/// What seals the records of an [`Isolate`].
fn record_key() -> CacheKey {
    record::record_key(&CacheKey::from_base64(CACHE_KEY).unwrap())
}

fn ask(service: &Service, fake: &Fake, profile: &str, more: &str) -> Response<String> {
    let key = if profile == "avatars" { "users/a" } else { "a" };
    let body = format!(r#"{{"profile":"{profile}","operation":"getObject","key":"{key}"{more}}}"#);
    ready(service.handle(sign(&body), fake))
}

/// The URL for `profile`, which has to be given.
fn url(service: &Service, fake: &Fake, profile: &str) -> String {
    let response = ask(service, fake, profile, "");
    let answer = json(&response);
    assert!(response.status().is_success(), "{answer}");
    answer["url"].as_str().unwrap().to_owned()
}

/// The access key id in a URL.
fn signer(url: &str) -> &str {
    let credential = url.split("X-Amz-Credential=").nth(1).unwrap();
    credential.split("%2F").next().unwrap()
}

/// Profiles `a` and `b`, each with these fields besides what it must have.
fn profiles(a: &str, b: &str) -> String {
    let profile = |name: &str, more: &str| {
        let comma = if more.is_empty() { "" } else { "," };
        format!(
            r#""{name}":{{"bucket":"bucket","keyPrefix":"","operations":["getObject"],"callers":["app"],
                "maxLifetimeSecs":900{comma}{more}}}"#
        )
    };
    format!("{{{},{}}}", profile("a", a), profile("b", b))
}
