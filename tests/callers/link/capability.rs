//! Capabilities: every character of them counts, and where they stand.

use crate::support::avatars::{
    OBJECT, OLD_KEY, got, grant, handle, outcome, profiles, refused, service_of,
};
use crate::support::jose::b64;
use crate::support::links::{LINK_KEY as NEW_KEY, capability, signed_with};
use crate::support::{
    self, Fake, NOON_SECS, ready, request, service_with, with, with_bearer, with_key,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use edge_presigner::callers::MAX_CAPABILITY_BYTES;
use http::Method;
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

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
fn the_log_says_why_a_link_is_refused_and_its_bearer_does_not_learn_whether_it_was_signed() {
    let endless = capability(&with(grant(), json!({"exp": null})));
    let forged = format!("1.{}.{}", b64(grant().to_string()), b64("none"));
    for (capability, why) in [
        (
            capability(&with(grant(), json!({"exp": 0}))),
            "`exp` has passed",
        ),
        (endless, "does not hold a valid grant"),
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

/// In an order in which the key of the link before is the right one now and then.
#[test]
fn links_of_ten_keys_are_told_from_false_ones_in_any_order_and_new_ones_have_the_first_key() {
    let keys: Vec<String> = (b'0'..=b'9').map(|n| STANDARD.encode([n; 32])).collect();
    let profiles = profiles().to_string();
    let (service, fake) = (
        service_with(&[("LINK_KEY", &keys.join(",")), ("PROFILES", &profiles)]),
        Fake::new(),
    );
    let get = |capability: &str| {
        let asked = request(Method::GET, &format!("/c/{capability}{OBJECT}"), "");
        outcome(&ready(service.handle(asked, &fake)))
    };
    let text = format!("1.{}", b64(grant().to_string()));
    for place in [9, 9, 0, 5, 5, 9, 1, 2, 3, 4, 6, 7, 8, 8, 0] {
        let good = signed_with(&keys[place], &text);
        assert_eq!(get(&good).0, 302, "{place}");
        let false_one = signed_with(OLD_KEY, &text);
        assert_eq!(get(&false_one), refused("link-refused"), "{place}");

        let asked =
            json!({"profile": "avatars", "keyPrefix": "users/1/", "operations": ["getObject"]});
        let asked = with_key(request(Method::POST, "/v1/links", &asked.to_string()));
        let made = support::json(&ready(service.handle(asked, &fake)));
        let (_, made) = made["link"].as_str().unwrap().split_once("/c/").unwrap();
        let (signed, _) = made.rsplit_once('.').unwrap();
        assert_eq!(made, signed_with(&keys[0], signed), "{place}");
    }
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
        let request = with_bearer(request(Method::GET, &path, ""), bearer);
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
