//! When links end, and with them all that was got with them; and whom the rate limit counts them as.

use crate::support;
use crate::support::jose::{self, ISSUER};
use crate::support::links::{LINK_KEY, link};
use crate::support::{
    Fake, KEY_SHA256, NOON_SECS, answer, ready, request, secs, service_with, with_key,
};
use base64::Engine;
use edge_presigner::service::Service;
use http::{HeaderValue, Method, Request, Response};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const LIMIT: (&str, &str) = ("RATE_LIMIT", r#"{"limit":9,"period":60}"#);
const LIMITER: (&str, &str) = ("RATE_LIMITER", "bound");

/// With a window, so that a URL could live for longer than it was asked to.
fn service(changes: &[(&str, &str)]) -> Service {
    let operations = [
        "getObject",
        "putObject",
        "createMultipartUpload",
        "uploadPart",
    ];
    let profile = |callers: Value| {
        json!({"bucket": "bucket", "keyPrefix": "in/", "operations": operations, "callers": callers,
            "maxLifetimeSecs": 600, "windowSecs": 300})
    };
    let profiles = json!({
        "in": profile(json!(["app", "web", "link"])),
        "open": profile(json!(["anyone"])),
    });
    let callers = json!({
        "app": {"bearerSha256": [KEY_SHA256]},
        "web": {"jwt": {"issuer": ISSUER, "audience": "web"}},
    });
    let (profiles, callers) = (profiles.to_string(), callers.to_string());
    let base = [
        ("PROFILES", profiles.as_str()),
        ("CALLERS", callers.as_str()),
        ("LINK_KEY", LINK_KEY),
    ];
    service_with(&[&base, changes].concat())
}

fn grant(exp: u64) -> Value {
    let operations = [
        "getObject",
        "putObject",
        "createMultipartUpload",
        "uploadPart",
    ];
    json!({"profile": "in", "keyPrefix": "in/", "operations": operations, "exp": exp})
}

fn post(path: &str, body: &Value) -> Request<String> {
    request(Method::POST, path, &body.to_string())
}

fn with_token(exp: u64, sub: &str, mut request: Request<String>) -> Request<String> {
    let claims = json!({"iss": ISSUER, "aud": "web", "sub": sub, "exp": exp});
    let token = jose::ed25519(1).token(&json!({"alg": "EdDSA", "kid": "k1"}), &claims);
    let value = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
    request.headers_mut().insert("authorization", value);
    request
}

/// A parameter of a presigned URL.
fn parameter(url: &str, name: &str) -> String {
    let (_, query) = url.split_once('?').unwrap();
    let mut query = form_urlencoded::parse(query.as_bytes());
    let found = query.find(|(it, _)| it == name);
    found.map(|(_, value)| value.into_owned()).unwrap()
}

/// When `url` was signed and for how long, as S3 reads it.
fn life(url: &str) -> (String, u64) {
    let secs = parameter(url, "X-Amz-Expires").parse().unwrap();
    (parameter(url, "X-Amz-Date"), secs)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[test]
fn no_url_outlives_its_link_whatever_the_window_adds() {
    let (service, fake) = (service(&[]), Fake::with_issuer());
    let link = link(&grant(NOON_SECS + 200));
    fake.pass(secs(100));
    // From the beginning of the window to the end of the link.
    let expected = ("20260301T120000Z".to_owned(), 200);
    let path = format!("{link}/o/in/in/a");
    let response = ready(service.handle(request(Method::GET, &path, ""), &fake));
    let location = response.headers()["location"].to_str().unwrap();
    assert_eq!(life(location), expected);
    assert_eq!(response.headers()["cache-control"], "private, max-age=100");

    let asked = json!({"profile": "in", "operation": "getObject", "key": "in/a", "expiresIn": 100});
    let response = ready(service.handle(post(&format!("{link}/v1/sign"), &asked), &fake));
    let signed = support::json(&response);
    assert_eq!(life(&text(&signed["url"])), expected);
    assert_eq!(signed["expiresIn"], 100);
    assert_eq!(signed["expiresAt"], "2026-03-01T12:03:20Z");

    let batch = json!({"items": [asked]});
    let response = ready(service.handle(post(&format!("{link}/v1/sign/batch"), &batch), &fake));
    let item = support::json(&response)["items"][0].clone();
    assert_eq!(life(&text(&item["url"])), expected);
    assert_eq!(item["expiresIn"], 100);

    let form = json!({"profile": "in", "key": "in/a", "maxBytes": 1});
    let response = ready(service.handle(post(&format!("{link}/v1/post-policy"), &form), &fake));
    let form = support::json(&response);
    assert_eq!(form["expiresAt"], "2026-03-01T12:03:20Z");
    let policy = text(&form["fields"]["policy"]);
    let policy = base64::engine::general_purpose::STANDARD.decode(policy);
    let policy: Value = serde_json::from_slice(&policy.unwrap()).unwrap();
    assert_eq!(policy["expiration"], "2026-03-01T12:03:20Z");

    let created =
        "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>";
    fake.s3_will_answer(Ok(answer(200, created)));
    let asked = json!({"profile": "in", "key": "in/a"});
    let response = ready(service.handle(post(&format!("{link}/v1/multipart"), &asked), &fake));
    let handle = support::json(&response)["handle"].clone();
    let parts = json!({"handle": handle, "parts": [{"partNumber": 1}]});
    let response = ready(service.handle(post(&format!("{link}/v1/multipart/sign"), &parts), &fake));
    let parts = support::json(&response);
    assert_eq!(life(&text(&parts["parts"][0]["url"])), expected);
    assert_eq!(parts["expiresAt"], "2026-03-01T12:03:20Z");
}

#[test]
fn no_url_outlives_its_link_however_long_it_waits_for_a_session() {
    for (takes, expected) in [(0, Some(100)), (30, Some(70)), (99, Some(1)), (100, None)] {
        let (service, fake) = (service(&[]), Fake::with_issuer());
        fake.send_takes.set(secs(takes));
        let path = format!("{}/o/in/in/a", link(&grant(NOON_SECS + 100)));
        let mut asked = request(Method::GET, &path, "");
        let json = HeaderValue::from_static("application/json");
        asked.headers_mut().insert("accept", json);
        let response = ready(service.handle(asked, &fake));
        let answer = support::json(&response);
        assert_eq!(answer["expiresIn"].as_u64(), expected, "{answer}");
        if expected.is_none() {
            assert!(text(&answer["type"]).ends_with(":link-expired"), "{answer}");
        }
    }
}

#[test]
fn a_link_ends_before_a_url_would_have_no_life_left() {
    let path = format!("{}/o/in/in/a", link(&grant(NOON_SECS + 2)));
    let fake = Fake::with_issuer();
    fake.pass(secs(1));
    let last = ready(service(&[]).handle(request(Method::GET, &path, ""), &fake));
    assert_eq!(last.status(), 302);
    fake.pass(std::time::Duration::from_millis(1));
    let front = path.strip_suffix("/o/in/in/a").unwrap();
    let inner = json!({"profile": "in", "key": "in/a", "operations": ["getObject"]});
    for after in [
        request(Method::GET, &path, ""),
        request(Method::GET, &format!("{path}?expires=1"), ""),
        post(&format!("{front}/v1/links"), &inner),
    ] {
        let after = ready(service(&[]).handle(after, &fake));
        assert!(text(&support::json(&after)["type"]).ends_with(":link-expired"));
    }
    let mut none = grant(NOON_SECS + 60);
    none["maxLifetimeSecs"] = json!(0);
    let path = format!("{}/o/in/in/a", link(&none));
    let response =
        ready(service(&[]).handle(request(Method::GET, &path, ""), &Fake::with_issuer()));
    assert!(text(&support::json(&response)["type"]).ends_with(":link-refused"));
}

/// The answer to a request for a link to `in/1/`.
fn minted(
    service: &Service,
    fake: &Fake,
    asked: Request<String>,
    changes: &Value,
) -> Response<String> {
    let mut body = json!({"profile": "in", "keyPrefix": "in/1/", "operations": ["getObject"]});
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    let (parts, _) = asked.into_parts();
    ready(service.handle(Request::from_parts(parts, body.to_string()), fake))
}

fn ask_for_link() -> Request<String> {
    post("/v1/links", &json!({}))
}

#[test]
fn a_link_does_not_outlive_the_token_that_it_is_made_with() {
    let (service, fake) = (service(&[]), Fake::with_issuer());
    let by_token = |exp: u64, changes: Value| {
        minted(
            &service,
            &fake,
            with_token(exp, "ada", ask_for_link()),
            &changes,
        )
    };
    let link = by_token(NOON_SECS + 600, json!({}));
    assert_eq!(support::json(&link)["expiresIn"], 600);
    let longest = by_token(NOON_SECS + 600, json!({"expiresIn": 600}));
    assert_eq!(support::json(&longest)["expiresAt"], "2026-03-01T12:10:00Z");
    let longer = by_token(NOON_SECS + 600, json!({"expiresIn": 601}));
    assert_eq!(longer.status(), 400);
    assert_eq!(
        support::json(&longer)["detail"],
        "expiresIn: must be 1 to 600 seconds"
    );
    // Taken for its clock, but it has nothing left to give.
    let over = by_token(NOON_SECS, json!({}));
    assert_eq!(over.status(), 401);
    let by_key = minted(
        &service,
        &fake,
        with_key(ask_for_link()),
        &json!({"expiresIn": 604_800}),
    );
    assert_eq!(by_key.status(), 200, "a key has no end");
}

#[test]
fn a_link_that_would_be_too_long_to_use_is_not_made() {
    let operations: Vec<&str> = std::iter::repeat_n("getObject", 400).collect();
    let changes = json!({"operations": operations});
    let response = minted(
        &service(&[]),
        &Fake::with_issuer(),
        with_key(ask_for_link()),
        &changes,
    );
    assert_eq!(response.status(), 400);
    let detail = support::json(&response)["detail"].clone();
    assert_eq!(detail, "body: asks for a link of more than 4096 bytes");
}

/// The path of the link in an answer.
fn path_of(response: &Response<String>) -> String {
    let link = text(&support::json(response)["link"]);
    link.replace("https://presign.example", "")
}

/// What the limiter counts a request for an object by `link` as.
fn counted(service: &Service, link: &str) -> String {
    let fake = Fake::with_issuer();
    let path = format!("{link}/o/in/in/1/a");
    ready(service.handle(request(Method::GET, &path, ""), &fake));
    fake.counted.borrow().last().unwrap().clone()
}

#[test]
fn attack_a_link_for_each_request_to_get_around_the_rate_limit() {
    let (service, fake) = (service(&[LIMIT, LIMITER]), Fake::with_issuer());
    let by_token = |sub: &str, expires_in: u64| {
        let asked = with_token(NOON_SECS + 600, sub, ask_for_link());
        path_of(&minted(
            &service,
            &fake,
            asked,
            &json!({"expiresIn": expires_in}),
        ))
    };
    let by_link = |link: &str, expires_in: u64| {
        let asked = post(&format!("{link}/v1/links"), &json!({}));
        path_of(&minted(
            &service,
            &fake,
            asked,
            &json!({"expiresIn": expires_in}),
        ))
    };
    let ada = by_token("ada", 60);
    assert_ne!(ada, by_token("ada", 61));
    assert_eq!(
        counted(&service, &ada),
        counted(&service, &by_token("ada", 61))
    );
    assert_ne!(
        counted(&service, &ada),
        counted(&service, &by_token("bob", 60))
    );
    // Nor with links made of links.
    let inner = by_link(&by_link(&ada, 50), 40);
    assert_eq!(counted(&service, &ada), counted(&service, &inner));
    let signed = link(&grant(NOON_SECS + 100));
    let (one, other) = (by_link(&signed, 50), by_link(&signed, 40));
    assert_eq!(counted(&service, &one), counted(&service, &other));
    // Nor by nobody in particular.
    let by_nobody = |address: &'static str, expires_in: u64| {
        let mut asked = ask_for_link();
        let address = HeaderValue::from_static(address);
        asked.headers_mut().insert("cf-connecting-ip", address);
        let changes = json!({"profile": "open", "expiresIn": expires_in});
        path_of(&minted(&service, &fake, asked, &changes))
    };
    let stranger = counted(&service, &by_nobody("192.0.2.1", 60));
    assert_eq!(stranger, counted(&service, &by_nobody("192.0.2.1", 61)));
    assert_ne!(stranger, counted(&service, &by_nobody("192.0.2.2", 60)));
    // An application makes links for others.
    let by_key = |expires_in: u64| {
        let asked = with_key(ask_for_link());
        path_of(&minted(
            &service,
            &fake,
            asked,
            &json!({"expiresIn": expires_in}),
        ))
    };
    assert_ne!(
        counted(&service, &by_key(60)),
        counted(&service, &by_key(61))
    );
}

/// The grant of a link that ada makes.
fn grant_of_ada(service: &Service) -> Value {
    let asked = with_token(NOON_SECS + 600, "ada", ask_for_link());
    let link = path_of(&minted(service, &Fake::with_issuer(), asked, &json!({})));
    let grant = link.split('.').nth(1).unwrap();
    let grant = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(grant);
    serde_json::from_slice(&grant.unwrap()).unwrap()
}

#[test]
fn a_link_does_not_tell_whom_it_is_counted_as() {
    let grant = grant_of_ada(&service(&[LIMIT, LIMITER]));
    assert_eq!(text(&grant["countedAs"]).len(), 16);
    assert!(!grant.to_string().contains("ada"), "{grant}");
    let grant = grant_of_ada(&service(&[]));
    assert_eq!(grant["countedAs"], Value::Null, "where nothing is counted");
}

#[test]
fn links_of_an_application_are_counted_together_where_it_says_so() {
    let service = service(&[LIMIT, LIMITER]);
    let of = |exp: u64, user: &str| {
        let mut grant = grant(exp);
        grant["countedAs"] = json!(user);
        counted(&service, &link(&grant))
    };
    assert_eq!(of(NOON_SECS + 60, "ada"), of(NOON_SECS + 61, "ada"));
    assert_ne!(of(NOON_SECS + 60, "ada"), of(NOON_SECS + 60, "bob"));
}
