//! Every kind of caller, against every kind of profile, with every operation a path has.

use crate::support;
use crate::support::jose::{self, ISSUER};
use crate::support::links::{self, LINK_KEY};
use crate::support::{Fake, KEY, KEY_SHA256, NOON_SECS, ready, request, service_with};
use edge_presigner::service::Service;
use http::{HeaderValue, Method, Request};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn callers() -> Value {
    json!({
        "app": {"bearerSha256": [KEY_SHA256]},
        "other": {"bearerSha256": [hex::encode(Sha256::digest("other key"))]},
        "web": {"jwt": {"issuer": ISSUER, "audience": "web"}},
    })
}

fn profile(prefix: &str, callers: &[&str], operations: &[&str]) -> Value {
    json!({"bucket": "bucket", "keyPrefix": prefix, "callers": callers, "operations": operations,
        "maxLifetimeSecs": 60})
}

const ALL: [&str; 4] = ["getObject", "headObject", "putObject", "deleteObject"];
const READ: [&str; 2] = ["getObject", "headObject"];

fn service() -> Service {
    let profiles = json!({
        "apps": profile("files/", &["app"], &ALL),
        "users": profile("users/{sub}/", &["web", "link"], &[&ALL[..], &["listObjectsV2"]].concat()),
        "tenants": profile("t/{org.id}/u/{sub}/", &["web"], &ALL),
        "shared": profile("", &["app", "web", "link"], &READ),
        "open": profile("pub/", &["anyone"], &READ),
        "closed": profile("", &[], &ALL),
    });
    service_with(&[
        ("CALLERS", &callers().to_string()),
        ("PROFILES", &profiles.to_string()),
        ("LINK_KEY", LINK_KEY),
    ])
}

fn token(sub: &str) -> String {
    let claims =
        json!({"iss": ISSUER, "aud": "web", "sub": sub, "org": {"id": 7}, "exp": NOON_SECS + 600});
    jose::ed25519(1).token(&json!({"alg": "EdDSA", "kid": "k1"}), &claims)
}

fn link(profile: &str, prefix: &str) -> String {
    let operations = [&ALL[..], &["listObjectsV2"]].concat();
    links::link(
        &json!({"profile": profile, "keyPrefix": prefix, "operations": operations, "exp": NOON_SECS + 60}),
    )
}

/// What comes in front of the path, and in `Authorization`.
fn proof(who: &str) -> (String, Option<String>) {
    match who {
        "nobody" => (String::new(), None),
        "wrong key" => (String::new(), Some("wrong".to_owned())),
        "app" => (String::new(), Some(KEY.to_owned())),
        "other" => (String::new(), Some("other key".to_owned())),
        "ada" | "bob" => (String::new(), Some(token(who))),
        "ada's link" => (link("users", "users/ada/"), None),
        "link to one key" => {
            let grant = json!({"profile": "users", "key": "users/ada/a", "operations": ["listObjectsV2"],
                "exp": NOON_SECS + 60});
            (links::link(&grant), None)
        }
        "link to what no claim can be" => (link("users", "users/a%2Fb/"), None),
        "link to all" => (link("shared", "files/"), None),
        _ => panic!("{who}"),
    }
}

fn asked(who: &str, method: Method, path: &str) -> Request<String> {
    let (front, bearer) = proof(who);
    let mut request = request(method, &format!("{front}{path}"), "");
    if let Some(bearer) = bearer {
        let value = HeaderValue::from_str(&format!("Bearer {bearer}")).unwrap();
        request.headers_mut().insert("authorization", value);
    }
    request
}

#[test]
fn each_caller_gets_what_its_profiles_open_and_nothing_else() {
    let (service, platform) = (service(), Fake::with_issuer());
    // Path, the operations that are opened, and who gets them.
    let table: [(&str, &[&str], &[&str]); 14] = [
        ("/o/apps/files/a", &ALL, &["app"]),
        ("/o/apps/users/ada/a", &[], &[]),
        ("/o/users/users/ada/a", &ALL, &["ada", "ada's link"]),
        ("/o/users/users/bob/a", &ALL, &["bob"]),
        ("/o/users/users/adam/a", &ALL, &[]),
        ("/o/users/users/ada", &ALL, &[]),
        ("/o/users/users/eve/a", &ALL, &[]),
        ("/o/tenants/t/7/u/ada/a", &ALL, &["ada"]),
        ("/o/tenants/t/77/u/ada/a", &ALL, &[]),
        (
            "/o/shared/files/a",
            &READ,
            &["app", "ada", "bob", "link to all"],
        ),
        ("/o/shared/other/a", &READ, &["app", "ada", "bob"]),
        (
            "/o/open/pub/a",
            &READ,
            &["nobody", "app", "other", "ada", "bob"],
        ),
        ("/o/closed/a", &ALL, &[]),
        ("/o/nothing/a", &ALL, &[]),
    ];
    let everybody = [
        "nobody",
        "wrong key",
        "app",
        "other",
        "ada",
        "bob",
        "ada's link",
        "link to all",
    ];
    let methods = [Method::GET, Method::HEAD, Method::PUT, Method::DELETE];
    let mut given = 0;
    for (path, opened, callers) in table {
        for who in everybody {
            for (method, operation) in methods.iter().zip(ALL) {
                let allowed = opened.contains(&operation) && callers.contains(&who);
                let expected = match (allowed, who) {
                    (true, _) if READ.contains(&operation) => 302,
                    (true, _) => 307,
                    (false, "nobody" | "wrong key") => 401,
                    (false, _) => 403,
                };
                given += u32::from(allowed);
                let response = ready(service.handle(asked(who, method.clone(), path), &platform));
                assert_eq!(response.status(), expected, "{who} {method} {path}");
            }
        }
    }
    // Counted by hand, so that the table cannot empty itself.
    assert_eq!(given, 4 + 8 + 4 + 4 + 8 + 6 + 10);
}

#[test]
fn refusals_of_a_known_caller_are_all_the_same() {
    let (service, platform) = (service(), Fake::with_issuer());
    for who in ["app", "other", "ada", "ada's link"] {
        let mut refusals: Vec<String> = [
            "/o/apps/nowhere/a",
            "/o/users/users/eve/a",
            "/o/closed/a",
            "/o/nothing/a",
            "/o/shared/files/a",
        ]
        .into_iter()
        .map(|path| ready(service.handle(asked(who, Method::DELETE, path), &platform)).into_body())
        .collect();
        refusals.dedup();
        assert_eq!(refusals.len(), 1, "{who}: {refusals:?}");
    }
    assert_eq!((platform.sts_calls(), platform.kv_reads.get()), (0, 0));
}

/// The status of a request to list `prefix`, and the prefix that the URL is signed for.
fn listed(who: &str, profile: &str, prefix: Option<&str>) -> (u16, Option<String>) {
    let mut asked = asked(who, Method::POST, "/v1/sign");
    let mut body = json!({"profile": profile, "operation": "listObjectsV2"});
    if let Some(prefix) = prefix {
        body["prefix"] = json!(prefix);
    }
    *asked.body_mut() = body.to_string();
    let response = ready(service().handle(asked, &Fake::with_issuer()));
    let signed = support::json(&response)["url"].as_str().and_then(|url| {
        let (_, query) = url.split_once('?')?;
        let mut query = form_urlencoded::parse(query.as_bytes());
        query
            .find(|(name, _)| name == "prefix")
            .map(|(_, value)| value.into_owned())
    });
    (response.status().as_u16(), signed)
}

#[test]
fn a_listing_is_bound_to_what_the_caller_may_see() {
    let own = |who: &str| Some(format!("users/{who}/"));
    assert_eq!(listed("ada", "users", None), (200, own("ada")));
    assert_eq!(listed("bob", "users", None), (200, own("bob")));
    assert_eq!(
        listed("ada", "users", Some("users/ada/x")),
        (200, Some("users/ada/x".to_owned()))
    );
    assert_eq!(listed("ada's link", "users", None), (200, own("ada")));
    for (who, prefix) in [
        ("ada", "users/bob/"),
        ("ada", "users/ada"),
        ("ada", "users/"),
        ("ada's link", "users/bob/"),
        ("ada's link", "users/"),
        ("link to one key", "users/ada/a"),
    ] {
        assert_eq!(
            listed(who, "users", Some(prefix)),
            (403, None),
            "{who} {prefix}"
        );
    }
    assert_eq!(listed("link to one key", "users", None), (403, None));
    assert_eq!(listed("nobody", "users", None), (401, None));
}

#[test]
fn a_link_stands_for_a_segment_that_a_claim_could_have_been() {
    for path in ["/o/users/users/a%252Fb/x", "/o/users/users/a/b/x"] {
        let asked = asked("link to what no claim can be", Method::GET, path);
        assert_eq!(
            ready(service().handle(asked, &Fake::with_issuer())).status(),
            403,
            "{path}"
        );
    }
}

#[test]
fn attack_method_override() {
    let (service, platform) = (service(), Fake::with_issuer());
    for header in [
        "x-http-method-override",
        "x-method-override",
        "x-http-method",
    ] {
        let mut request = asked("app", Method::GET, "/o/shared/files/a");
        request
            .headers_mut()
            .insert(header, HeaderValue::from_static("DELETE"));
        assert_eq!(ready(service.handle(request, &platform)).status(), 302);
    }
    let request = asked("app", Method::GET, "/o/shared/files/a?_method=DELETE");
    assert_eq!(ready(service.handle(request, &platform)).status(), 400);
    for method in ["get", "PATCH", "GET\u{0130}"] {
        let Ok(method) = Method::from_bytes(method.as_bytes()) else {
            continue;
        };
        let response = ready(service.handle(asked("app", method, "/o/shared/files/a"), &platform));
        assert_eq!(response.status(), 405);
    }
}

#[test]
fn attack_keys_that_look_like_another_host() {
    let (service, platform) = (service(), Fake::with_issuer());
    for (path, object) in [
        ("/o/shared//evil.example/x", "//evil.example/x"),
        ("/o/shared/%2F%2Fevil.example/x", "///evil.example/x"),
        (
            "/o/shared/https://evil.example/x",
            "/https%3A//evil.example/x",
        ),
        ("/o/shared/%5C%5Cevil.example/x", "/%5C%5Cevil.example/x"),
        ("/o/shared/@evil.example/x", "/%40evil.example/x"),
    ] {
        let response = ready(service.handle(asked("app", Method::GET, path), &platform));
        let location = response.headers()["location"].to_str().unwrap();
        let host = "https://bucket.s3.eu-central-1.amazonaws.com";
        assert!(
            location.starts_with(&format!("{host}{object}?")),
            "{location}"
        );
    }
    for path in [
        "/o/users//users/ada/a",
        "/o/users/%2Fusers/ada/a",
        "//o/users/users/ada/a",
    ] {
        let status = ready(service.handle(asked("ada", Method::GET, path), &platform)).status();
        assert!(matches!(status.as_u16(), 403 | 404), "{path}: {status}");
    }
}

#[test]
fn attack_header_injection() {
    let (service, platform) = (service(), Fake::with_issuer());
    for path in [
        "/o/shared/%0D%0ALocation:%20https://evil.example",
        "/o/shared/a%0ASet-Cookie:%20a=b",
        "/o/shared/a%E5%98%8A%E5%98%8DSet-Cookie:%20a=b",
    ] {
        let response = ready(service.handle(asked("app", Method::GET, path), &platform));
        assert_eq!(response.status(), 302);
        let location = response.headers()["location"].to_str().unwrap();
        assert!(location.starts_with("https://bucket.s3."), "{location}");
        assert!(!response.headers().contains_key("set-cookie"));
    }
    let mut request = asked("app", Method::GET, "/o/shared/a");
    let origin = HeaderValue::from_bytes(b"https://x\xff").unwrap();
    request.headers_mut().insert("origin", origin);
    assert_eq!(ready(service.handle(request, &platform)).status(), 302);
}

#[test]
fn attack_oversize_urls_and_headers() {
    let (service, platform) = (service(), Fake::with_issuer());
    let long = format!("/o/open/pub/{}", "a".repeat(12 * 1024));
    let response = ready(service.handle(asked("nobody", Method::GET, &long), &platform));
    assert_eq!(response.status(), 414);
    let kind = support::json(&response)["type"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(kind.ends_with(":url-too-long"));
    for header in ["accept", "authorization", "origin"] {
        let mut request = asked("nobody", Method::GET, "/o/open/pub/a");
        let value = HeaderValue::from_str(&"x".repeat(8 * 1024 + 17)).unwrap();
        request.headers_mut().insert(header, value);
        let response = ready(service.handle(request, &platform));
        assert_eq!(response.status(), 431);
        let detail = support::json(&response)["detail"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(detail.starts_with(&format!("{header}: ")), "{detail}");
    }
}
