//! Signed links: `/c/{capability}/…` stands for a grant, and for no more than it says.

use crate::support;
use crate::support::jose::b64;
use crate::support::links::{LINK_KEY as NEW_KEY, capability, signed_with};
use crate::support::{
    Fake, NOON_SECS, bindings, ready, request, secs, service_with, with, with_key,
};
use edge_presigner::callers::MAX_CAPABILITY_BYTES;
use edge_presigner::service::Service;
use http::{HeaderValue, Method, Request, Response};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// An older key than [`NEW_KEY`].
const OLD_KEY: &str = "b2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2w=";

fn profiles() -> Value {
    let mut profiles: Value = serde_json::from_str(&bindings()["PROFILES"]).unwrap();
    profiles["avatars"]["callers"] = json!(["app", "link"]);
    profiles["archive"] = profiles["avatars"].clone();
    profiles
}

fn service_of(profiles: &Value) -> Service {
    let keys = format!("{NEW_KEY},{OLD_KEY}");
    service_with(&[("LINK_KEY", &keys), ("PROFILES", &profiles.to_string())])
}

fn grant() -> Value {
    json!({"profile": "avatars", "keyPrefix": "users/1/", "operations": ["getObject", "putObject"],
        "exp": NOON_SECS + 3600})
}

fn handle(request: Request<String>) -> Response<String> {
    ready(service_of(&profiles()).handle(request, &Fake::new()))
}

/// Status and last part of the problem's type of a GET of `path` behind `capability`.
fn got(capability: &str, path: &str) -> (u16, String) {
    outcome(&handle(request(
        Method::GET,
        &format!("/c/{capability}{path}"),
        "",
    )))
}

fn outcome(response: &Response<String>) -> (u16, String) {
    let kind = match response.headers().get("content-type") {
        Some(kind) if kind == "application/problem+json" => {
            let kind = support::json(response)["type"].as_str().unwrap().to_owned();
            kind.rsplit(':').next().unwrap().to_owned()
        }
        _ => String::new(),
    };
    (response.status().as_u16(), kind)
}

fn refused(slug: &str) -> (u16, String) {
    (403, slug.to_owned())
}

const OBJECT: &str = "/o/avatars/users/1/a.png";

#[test]
fn a_link_gives_what_its_grant_says() {
    let capability = capability(&grant());
    assert_eq!(got(&capability, OBJECT).0, 302);
    let body = r#"{"profile":"avatars","operation":"putObject","key":"users/1/a.png"}"#;
    let path = format!("/c/{capability}/v1/sign");
    let response = handle(request(Method::POST, &path, body));
    assert_eq!(response.status(), 200);
    assert_eq!(support::json(&response)["method"], "PUT");
}

#[test]
fn a_link_gives_nothing_else() {
    let capability = capability(&grant());
    for (method, path) in [
        (Method::DELETE, OBJECT),
        (Method::HEAD, OBJECT),
        (Method::GET, "/o/avatars/users/2/a.png"),
        (Method::GET, "/o/avatars/users/10/a.png"),
        (Method::GET, "/o/avatars/users/1"),
        (Method::GET, "/o/avatars/users/1%20/a.png"),
        (Method::GET, "/o/avatars//users/1/a.png"),
        (Method::GET, "/o/public/public/a.png"),
        (Method::GET, "/o/archive/users/1/a.png"),
        (Method::GET, "/o/others/users/1/a.png"),
        (Method::GET, "/o/nothing/users/1/a.png"),
    ] {
        let response = handle(request(
            method.clone(),
            &format!("/c/{capability}{path}"),
            "",
        ));
        assert_eq!(
            outcome(&response),
            refused("not-allowed"),
            "{method} {path}"
        );
    }
}

#[test]
fn a_link_to_one_key_is_for_that_key() {
    let changes = json!({"keyPrefix": null, "key": "users/1/a.png"});
    let capability = capability(&with(grant(), changes));
    assert_eq!(got(&capability, OBJECT).0, 302);
    for path in [
        "/o/avatars/users/1/a.png2",
        "/o/avatars/users/1/",
        "/o/avatars/users/1/A.png",
    ] {
        assert_eq!(got(&capability, path), refused("not-allowed"), "{path}");
    }
}

#[test]
fn a_profile_that_does_not_name_links_takes_none() {
    for callers in [json!(["app"]), json!([])] {
        let profiles = with(profiles(), json!({}));
        let mut profiles = profiles;
        profiles["avatars"]["callers"] = callers;
        let path = format!("/c/{}{OBJECT}", capability(&grant()));
        let response =
            ready(service_of(&profiles).handle(request(Method::GET, &path, ""), &Fake::new()));
        assert_eq!(outcome(&response), refused("not-allowed"));
    }
}

#[test]
fn a_link_never_gives_more_than_its_profile() {
    for changes in [
        json!({"operations": ["deleteObject"], "profile": "public", "keyPrefix": "public/"}),
        json!({"keyPrefix": "other/"}),
        json!({"profile": "nothing"}),
    ] {
        let grant = with(grant(), changes);
        let path = format!(
            "/o/{}/{}x",
            grant["profile"].as_str().unwrap(),
            grant["keyPrefix"].as_str().unwrap()
        );
        assert_eq!(
            got(&capability(&grant), &path),
            refused("not-allowed"),
            "{grant}"
        );
    }
}

#[test]
fn attack_a_capability_altered_in_each_field() {
    let good = capability(&grant());
    let (_, mac) = good.rsplit_once('.').unwrap();
    for changes in [
        json!({"profile": "public"}),
        json!({"keyPrefix": "users/2/"}),
        json!({"keyPrefix": null, "key": "users/2/a.png"}),
        json!({"operations": ["getObject", "deleteObject"]}),
        json!({"exp": NOON_SECS + 3601}),
        json!({"maxLifetimeSecs": 900}),
        json!({"upload": {"maxBytes": 9}}),
        json!({"countedAs": "somebody else"}),
    ] {
        let altered = format!(
            "1.{}.{mac}",
            b64(with(grant(), changes.clone()).to_string())
        );
        assert_eq!(got(&altered, OBJECT), refused("link-refused"), "{changes}");
    }
    let (signed, _) = good.rsplit_once('.').unwrap();
    for altered in [
        format!("2{}", &good[1..]),
        format!("1{}", good.strip_prefix("1.").unwrap()),
        good.replacen("1.", "1..", 1),
        good.replacen("1.", "", 1),
        format!("{signed}."),
        signed.to_owned(),
        format!("{signed}.{}", &mac[1..]),
        format!("{signed}.{mac}A"),
        format!("{good}."),
        format!("{good}="),
        format!("{good}%20"),
        "1..".to_owned(),
        "1".to_owned(),
        String::new(),
        signed_with("ZXZpbGV2aWxldmlsZXZpbGV2aWxldmlsZXZpbGV2aWw=", signed),
        format!("{signed}.{}", b64([0; 32])),
    ] {
        assert_eq!(got(&altered, OBJECT), refused("link-refused"), "{altered}");
    }
}

#[test]
fn attack_a_capability_used_on_another_route() {
    let one = json!({"keyPrefix": null, "key": "users/1/a.png", "operations": ["getObject"]});
    let one = capability(&with(grant(), one));
    assert_eq!(got(&one, OBJECT).0, 302);
    let all = json!(["getObject", "putObject", "createMultipartUpload"]);
    for (path, body) in [
        (
            "/v1/sign",
            json!({"operation": "putObject", "key": "users/1/a.png"}),
        ),
        (
            "/v1/sign",
            json!({"operation": "getObject", "key": "users/1/b.png"}),
        ),
        (
            "/v1/post-policy",
            json!({"key": "users/1/a.png", "maxBytes": 9}),
        ),
        ("/v1/multipart", json!({"key": "users/1/a.png"})),
        (
            "/v1/links",
            json!({"key": "users/1/a.png", "operations": all}),
        ),
        (
            "/v1/links",
            json!({"keyPrefix": "users/1/", "operations": ["getObject"]}),
        ),
    ] {
        let body = with(body, json!({"profile": "avatars"})).to_string();
        let response = handle(request(Method::POST, &format!("/c/{one}{path}"), &body));
        assert_eq!(outcome(&response), refused("not-allowed"), "{path} {body}");
    }
}

#[test]
fn attack_each_character_of_a_capability_counts() {
    let good = capability(&grant());
    for place in 0..good.len() {
        let mut altered = good.clone().into_bytes();
        altered[place] = if altered[place] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(altered).unwrap();
        let (status, _) = got(&altered, OBJECT);
        // The last character of a MAC of 32 bytes has two bits that must be zero.
        assert_eq!(status, 403, "{place}");
    }
}

#[test]
fn a_grant_that_is_signed_but_not_understood_is_refused() {
    for (changes, why) in [
        (json!({"maxUses": 1}), "an unknown limit"),
        (json!({"profile": null}), "no profile"),
        (json!({"exp": null}), "no end"),
        (json!({"exp": "tomorrow"}), "a text for a number"),
        (json!({"exp": 1e18}), "past all years"),
        (json!({"operations": null}), "no operations"),
        (json!({"operations": []}), "none of them"),
        (json!({"operations": ["fly"]}), "an unknown one"),
        (json!({"operations": "getObject"}), "no list"),
        (json!({"keyPrefix": null}), "no key"),
        (json!({"key": "users/1/a.png"}), "a key and a prefix"),
        (
            json!({"keyPrefix": "users/1"}),
            "a prefix that ends within a segment",
        ),
        (json!({"keyPrefix": ""}), "no prefix"),
    ] {
        let grant = with(grant(), changes);
        assert_eq!(
            got(&capability(&grant), OBJECT),
            refused("link-refused"),
            "{why}"
        );
    }
    for text in ["[]", "", "7", r#"{"profile":"a","profile":"avatars"}"#] {
        let signed = signed_with(NEW_KEY, &format!("1.{}", b64(text)));
        assert_eq!(got(&signed, OBJECT), refused("link-refused"), "{text}");
    }
    let twice = grant()
        .to_string()
        .replacen('{', r#"{"keyPrefix":"users/","#, 1);
    let twice = signed_with(NEW_KEY, &format!("1.{}", b64(twice)));
    assert_eq!(
        got(&twice, OBJECT),
        refused("link-refused"),
        "a member that stands twice"
    );
    let version = signed_with(NEW_KEY, &format!("2.{}", b64(grant().to_string())));
    assert_eq!(
        got(&version, OBJECT),
        refused("link-refused"),
        "another version"
    );
}

#[test]
fn the_log_says_why_a_link_is_refused_and_its_bearer_does_not_learn_whether_it_was_signed() {
    let endless = capability(&with(grant(), json!({"exp": null})));
    let forged = format!("1.{}.{}", b64(grant().to_string()), b64("none"));
    for (capability, why) in [
        (capability(&with(grant(), json!({"exp": 0}))), "has ended"),
        (endless, "what it holds is no grant"),
        (forged, "is not signed with"),
    ] {
        let (service, fake) = (service_of(&profiles()), Fake::new());
        let asked = request(Method::GET, &format!("/c/{capability}{OBJECT}"), "");
        let response = ready(service.handle(asked, &fake));
        assert_eq!(response.status(), 403);
        assert!(!response.body().contains(why));
        let log = fake.log.borrow().join("\n");
        assert!(log.contains(why), "{log}");
        assert!(!log.contains(&capability), "{log}");
    }
}

#[test]
fn a_link_ends_at_its_instant_and_says_so() {
    for (exp, expected) in [
        (NOON_SECS + 1, (302, String::new())),
        (NOON_SECS, refused("link-expired")),
        (NOON_SECS - 1, refused("link-expired")),
        (0, refused("link-expired")),
    ] {
        assert_eq!(
            got(&capability(&with(grant(), json!({"exp": exp}))), OBJECT),
            expected
        );
    }
    // Whoever forged it does not learn when it would have ended.
    let expired = with(grant(), json!({"exp": 0}));
    let forged = signed_with(OLD_KEY, &format!("1.{}", b64(expired.to_string())));
    let forged = format!("{}A", &forged[..forged.len() - 1]);
    assert_eq!(got(&forged, OBJECT), refused("link-refused"));
}

#[test]
fn no_url_outlives_its_link_or_the_limit_of_the_grant() {
    let expires = |capability: &str, query: &str| {
        let path = format!("/c/{capability}{OBJECT}{query}");
        let response = handle(request(Method::GET, &path, ""));
        let location = response
            .headers()
            .get("location")?
            .to_str()
            .unwrap()
            .to_owned();
        let (_, rest) = location.split_once("X-Amz-Expires=").unwrap();
        rest.split('&').next().unwrap().parse::<u64>().ok()
    };
    let short = capability(&with(grant(), json!({"exp": NOON_SECS + 100})));
    assert_eq!(expires(&short, ""), Some(100));
    assert_eq!(expires(&short, "?expires=100"), Some(100));
    assert_eq!(expires(&short, "?expires=101"), None);
    let limited = capability(&with(grant(), json!({"maxLifetimeSecs": 60})));
    assert_eq!(expires(&limited, ""), Some(60));
    assert_eq!(expires(&limited, "?expires=61"), None);
    let wide = capability(&with(grant(), json!({"maxLifetimeSecs": 9999})));
    assert_eq!(expires(&wide, ""), Some(300));
    assert_eq!(expires(&wide, "?expires=901"), None, "the profile's limit");
}

#[test]
fn every_key_of_the_list_verifies_and_links_need_one() {
    let old = signed_with(OLD_KEY, &format!("1.{}", b64(grant().to_string())));
    assert_eq!(got(&old, OBJECT).0, 302);
    let only_new = [("LINK_KEY", NEW_KEY), ("PROFILES", &profiles().to_string())];
    let path = format!("/c/{old}{OBJECT}");
    let response =
        ready(service_with(&only_new).handle(request(Method::GET, &path, ""), &Fake::new()));
    assert_eq!(outcome(&response), refused("link-refused"));
    let open = format!("/c/{}/o/public/public/a.png", capability(&grant()));
    let response = ready(service_with(&[]).handle(request(Method::GET, &open, ""), &Fake::new()));
    assert_eq!(
        outcome(&response),
        refused("link-refused"),
        "without LINK_KEY"
    );
}

#[test]
fn a_link_beside_another_proof_is_ambiguous() {
    let path = format!("/c/{}{OBJECT}", capability(&grant()));
    for bearer in [support::KEY, "wrong"] {
        let mut request = request(Method::GET, &path, "");
        let value = HeaderValue::from_str(&format!("Bearer {bearer}")).unwrap();
        request.headers_mut().insert("authorization", value);
        assert_eq!(
            outcome(&handle(request)),
            (400, "ambiguous-proof".to_owned())
        );
    }
}

#[test]
fn a_link_stands_in_front_of_routes_only() {
    let capability = capability(&grant());
    for path in ["", "/", "/v1", "/x", &format!("/c/{capability}{OBJECT}")] {
        let response = handle(request(Method::GET, &format!("/c/{capability}{path}"), ""));
        assert_eq!(
            outcome(&response),
            (404, "no-such-route".to_owned()),
            "{path}"
        );
    }
}

#[test]
fn attack_oversize_capabilities() {
    let padded = with(
        grant(),
        json!({"key": "x".repeat(MAX_CAPABILITY_BYTES), "keyPrefix": null}),
    );
    assert_eq!(got(&capability(&padded), OBJECT), refused("link-refused"));
    let longest = with(
        grant(),
        json!({"key": format!("users/{}", "é".repeat(509)), "keyPrefix": null}),
    );
    let path = format!("/o/avatars/users/{}", "%C3%A9".repeat(509));
    assert_eq!(got(&capability(&longest), &path).0, 302);
}

/// The answer to `POST /v1/links`.
fn minted(mut request: Request<String>, changes: Value) -> Response<String> {
    let asked = json!({"profile": "avatars", "keyPrefix": "users/1/", "operations": ["getObject"]});
    *request.body_mut() = with(asked, changes).to_string();
    handle(request)
}

fn as_app() -> Request<String> {
    with_key(request(Method::POST, "/v1/links", ""))
}

#[test]
fn a_caller_makes_a_link_that_works() {
    let response = minted(as_app(), json!({"expiresIn": 600}));
    assert_eq!(response.status(), 200, "{}", response.body());
    assert_eq!(response.headers()["cache-control"], "no-store");
    let link = support::json(&response);
    assert_eq!(link["expiresAt"], "2026-03-01T12:10:00Z");
    assert_eq!(link["expiresIn"], 600);
    assert_eq!(link["profile"], "avatars");
    let text = |name: &str| link[name].as_str().unwrap().to_owned();
    assert_eq!(text("url"), format!("{}/o/avatars/users/1/", text("link")));
    let path = text("url").replace("https://presign.example", "");
    assert_eq!(
        handle(request(Method::GET, &format!("{path}a.png"), "")).status(),
        302
    );
    assert_eq!(
        handle(request(Method::PUT, &format!("{path}a.png"), "")).status(),
        403
    );
}

#[test]
fn a_link_to_a_key_has_it_encoded_in_its_url() {
    let changes = json!({"keyPrefix": null, "key": "users/a b/ü%.png"});
    let url = support::json(&minted(as_app(), changes))["url"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        url.ends_with("/o/avatars/users/a%20b/%C3%BC%25.png"),
        "{url}"
    );
    let path = url.replace("https://presign.example", "");
    assert_eq!(handle(request(Method::GET, &path, "")).status(), 302);
}

#[test]
fn links_can_only_narrow_what_their_maker_may_do() {
    for (changes, expected) in [
        (json!({"keyPrefix": "other/"}), (403, "not-allowed")),
        (json!({"profile": "others"}), (403, "not-allowed")),
        (json!({"profile": "nothing"}), (403, "not-allowed")),
        (
            json!({"operations": ["getObject", "listObjectsV2"]}),
            (403, "not-allowed"),
        ),
        (
            json!({"profile": "public", "keyPrefix": "public/", "operations": ["putObject"]}),
            (403, "not-allowed"),
        ),
        (json!({"maxLifetimeSecs": 901}), (400, "invalid-request")),
        (json!({"maxLifetimeSecs": 0}), (400, "invalid-request")),
        (json!({"expiresIn": 604_801}), (400, "invalid-request")),
        (json!({"expiresIn": 0}), (400, "invalid-request")),
        (json!({"operations": []}), (400, "invalid-request")),
        (json!({"keyPrefix": "users/1"}), (400, "invalid-request")),
        (
            json!({"keyPrefix": "users/../x/"}),
            (400, "invalid-request"),
        ),
        (json!({"keyPrefix": null}), (400, "invalid-request")),
        (json!({"key": "users/1/x"}), (400, "invalid-request")),
        (json!({"maxUses": 1}), (400, "invalid-request")),
    ] {
        let (status, slug) = expected;
        let response = minted(as_app(), changes.clone());
        assert_eq!(outcome(&response), (status, slug.to_owned()), "{changes}");
    }
    let response = minted(request(Method::POST, "/v1/links", ""), json!({}));
    assert_eq!(outcome(&response), (401, "key-required".to_owned()));
}

#[test]
fn a_link_made_with_a_link_is_no_wider_and_no_longer() {
    let changes = json!({"exp": NOON_SECS + 100, "maxLifetimeSecs": 50});
    let capability = capability(&with(grant(), changes));
    let by_link = || request(Method::POST, &format!("/c/{capability}/v1/links"), "");
    for (changes, status) in [
        (json!({"keyPrefix": "users/"}), 403),
        (json!({"operations": ["deleteObject"]}), 403),
        (json!({"expiresIn": 101}), 400),
        (json!({"maxLifetimeSecs": 51}), 400),
    ] {
        assert_eq!(
            minted(by_link(), changes.clone()).status(),
            status,
            "{changes}"
        );
    }
    let link = support::json(&minted(by_link(), json!({"keyPrefix": "users/1/sub/"})));
    assert_eq!(link["expiresIn"], 100, "no longer than what is left");
    let path = link["url"]
        .as_str()
        .unwrap()
        .replace("https://presign.example", "");
    let response = handle(request(Method::GET, &format!("{path}a?expires=50"), ""));
    assert_eq!(response.status(), 302);
    let response = handle(request(Method::GET, &format!("{path}a?expires=51"), ""));
    assert_eq!(response.status(), 400, "the limit is inherited");
}

#[test]
fn a_profile_without_links_says_so_to_its_callers() {
    let mut closed = profiles();
    closed["avatars"]["callers"] = json!(["app"]);
    let mut asked = as_app();
    let body = json!({"profile": "avatars", "keyPrefix": "users/1/", "operations": ["getObject"]});
    *asked.body_mut() = body.to_string();
    let response = ready(service_of(&closed).handle(asked, &Fake::new()));
    assert_eq!(outcome(&response), refused("no-links"));
}

#[test]
fn links_are_made_without_a_session() {
    let (service, fake) = (service_of(&profiles()), Fake::new());
    let mut asked = as_app();
    let body = json!({"profile": "avatars", "key": "users/1", "operations": ["getObject"]});
    *asked.body_mut() = body.to_string();
    assert_eq!(ready(service.handle(asked, &fake)).status(), 200);
    assert_eq!((fake.sts_calls(), fake.kv_reads.get()), (0, 0));
    fake.pass(secs(1));
}
