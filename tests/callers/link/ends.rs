//! When links end, and with them all that was got with them.

use super::{ask_for_link, grant, minted, post, service, text, with_token};
use crate::support::answers::parameter;
use crate::support::links::link;
use crate::support::uploads::CREATED;
use crate::support::{self, Fake, NOON_SECS, answer, ready, request, secs, with_key};
use base64::Engine;
use http::{HeaderValue, Method};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// When `url` was signed and for how long, as S3 reads it.
fn life(url: &str) -> (String, u64) {
    let [date, secs] = ["X-Amz-Date", "X-Amz-Expires"].map(|name| parameter(url, name).unwrap());
    (date, secs.parse().unwrap())
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

    fake.s3_will_answer(Ok(answer(200, CREATED)));
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
    assert_eq!(detail, "body: needs a link of more than 4096 bytes");
}
