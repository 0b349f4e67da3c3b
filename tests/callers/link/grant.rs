//! Signed links: `/c/{capability}/…` stands for a grant, and for no more than it says.

use crate::support::avatars::{
    OBJECT, OLD_KEY, got, grant, handle, outcome, profiles, refused, service_of,
};
use crate::support::jose::b64;
use crate::support::links::{LINK_KEY as NEW_KEY, capability, signed_with};
use crate::support::{self, Fake, NOON_SECS, ready, request, with};
use http::Method;
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

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
