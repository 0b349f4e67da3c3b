//! What `/v1/doctor` says: each step has a set-up that turns it red or yellow, and one that turns it green.

mod causes;
mod configuration;
mod issuer;
mod report;
mod s3;
mod sts;
mod token;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use edge_presigner::instant::rfc3339;
use edge_presigner::service::Service;
use http::header::{
    ACCEPT, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, AUTHORIZATION,
};
use http::{HeaderValue, Method, Request, Response};
use serde_json::{Value, json};

use crate::support::uploads::{OTHER_KEY, OTHER_KEY_SHA256};
use crate::support::{
    self, Fake, KEY_SHA256, NOON_SECS, answer, granted, json as body_of, noon, ready, request,
    secs, with_bearer, with_key,
};

const ISSUER: &str = "https://issuer.example";
const DISCOVERY: &str = "https://issuer.example/.well-known/openid-configuration";
const JWKS: &str = "https://keys.example/jwks";

/// A profile that has every step.
const PROFILES: &str = r#"{"docs": {
    "bucket": "bucket", "keyPrefix": "users/", "callers": ["app"], "region": "eu-central-1",
    "operations": ["getObject", "listObjectsV2", "putObject"],
    "maxLifetimeSecs": 900, "corsOrigins": ["https://app.example"]
}}"#;

/// All steps of a worker that is well, in their order.
const ALL: [&str; 13] = [
    "configuration",
    "cache-key",
    "kv",
    "cron",
    "token",
    "discovery",
    "keys",
    "sts",
    "read",
    "list",
    "write",
    "cors",
    "iam",
];

fn service_with(changes: &[(&str, &str)]) -> Service {
    let callers = json!({
        "app": {"bearerSha256": [KEY_SHA256], "admin": true},
        "other": {"bearerSha256": [OTHER_KEY_SHA256]},
        "web": {"jwt": {"issuer": "https://app.example", "audience": "web"}},
    });
    let callers = callers.to_string();
    let mut all = vec![("CALLERS", callers.as_str()), ("PROFILES", PROFILES)];
    all.extend(changes);
    support::service_with(&all)
}

fn service() -> Service {
    service_with(&[])
}

/// A token with the kid `k1` in its header, where that is not replaced, and these changes of its claims.
fn token_with(header: &Value, changes: Value) -> String {
    let claims = json!({
        "iss": ISSUER, "sub": "edge-presigner", "aud": "sts.amazonaws.com",
        "iat": NOON_SECS - 60, "exp": NOON_SECS + 24 * 3600,
    });
    let claims = support::with(claims, changes);
    let encode = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let signature = URL_SAFE_NO_PAD.encode("signature of the token");
    format!("{}.{}.{signature}", encode(header), encode(&claims))
}

fn token() -> String {
    token_with(&json!({"alg": "RS256", "kid": "k1"}), json!({}))
}

/// What S3 says to a request for what does not exist.
fn absent(code: &str) -> Response<String> {
    let body = format!("<Error><Code>{code}</Code><Message>It does not exist.</Message></Error>");
    answer(404, &body)
}

fn denied(message: &str) -> Response<String> {
    let body = format!("<Error><Code>AccessDenied</Code><Message>{message}</Message></Error>");
    answer(403, &body)
}

fn open_to(origin: &'static str) -> Response<String> {
    let mut response = answer(200, "");
    let headers = response.headers_mut();
    headers.insert(
        ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static(origin),
    );
    let methods = HeaderValue::from_static("GET, PUT");
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
    response
}

/// What S3 says to all requests when all is well: to those to read, list and write, and to the preflight.
fn all_is_well() -> [Response<String>; 4] {
    [
        absent("NoSuchKey"),
        answer(200, "<ListBucketResult></ListBucketResult>"),
        absent("NoSuchUpload"),
        open_to("https://app.example"),
    ]
}

/// A world in which all is well, where S3 gives these answers.
fn world_with(answers: [Response<String>; 4]) -> Fake {
    let fake = Fake::new();
    fake.token.replace(Some(token()));
    for (url, document) in [
        (DISCOVERY, json!({"issuer": ISSUER, "jwks_uri": JWKS})),
        (JWKS, json!({"keys": [{"kid": "k0"}, {"kid": "k1"}]})),
    ] {
        let response = Response::new(document.to_string());
        fake.sites.borrow_mut().insert(url.to_owned(), Ok(response));
    }
    for answer in answers {
        fake.s3_will_answer(Ok(answer));
    }
    fake
}

fn world() -> Fake {
    world_with(all_is_well())
}

/// What the doctor says once the Cron Trigger has run.
fn examine(service: &Service, fake: &Fake) -> Value {
    ready(service.scheduled(fake));
    examine_now(service, fake)
}

fn examine_now(service: &Service, fake: &Fake) -> Value {
    let asked = with_key(request(Method::GET, "/v1/doctor", ""));
    let response = ready(service.handle(asked, fake));
    assert_eq!(response.status(), 200, "{}", response.body());
    assert_eq!(response.headers()["cache-control"], "no-store");
    body_of(&response)
}

/// The steps of this name.
fn steps<'r>(report: &'r Value, name: &str) -> Vec<&'r Value> {
    let steps = report["steps"].as_array().unwrap().iter();
    steps.filter(|step| step["step"] == name).collect()
}

/// The only step of this name.
fn step<'r>(report: &'r Value, name: &str) -> &'r Value {
    match steps(report, name).as_slice() {
        [only] => only,
        all => panic!("{name}: {all:?} in {report:#}"),
    }
}

/// `name` is the only step with `status`, which is the report's; all others are green, or were not made.
#[track_caller]
fn only(report: &Value, name: &str, status: &str) -> Value {
    for step in report["steps"].as_array().unwrap() {
        let expected = if step["step"] == name {
            vec![status]
        } else {
            vec!["ok", "skipped"]
        };
        let found = step["status"].as_str().unwrap();
        assert!(expected.contains(&found), "{step:#}");
        assert_eq!(step["fix"].is_string(), step["step"] == name, "{step:#}");
    }
    assert_eq!(report["status"], status);
    step(report, name).clone()
}

fn seen(step: &Value) -> &str {
    step["seen"].as_str().unwrap()
}

fn fix(step: &Value) -> &str {
    step["fix"].as_str().unwrap()
}
