//! `keyTemplate`: the worker makes the keys of uploads.

use crate::support;
use crate::support::answers::{detail, problem};
use crate::support::jose::web_token;
use crate::support::principals::{Proof, proof, service_of};
use crate::support::uploads::CREATED;
use crate::support::{Fake, NOON_SECS, answer, json as body, ready, request, with_bearer};
use edge_presigner::profiles::KeyTemplate;
use edge_presigner::service::Service;
use http::{Method, Response};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn service() -> Service {
    let profile = |prefix: &str, template: &str| {
        json!({"bucket": "bucket", "keyPrefix": prefix, "keyTemplate": template, "callers": ["web", "link"],
            "operations": ["getObject", "putObject", "createMultipartUpload", "uploadPart"],
            "maxLifetimeSecs": 60})
    };
    let mut chosen = profile("users/{sub}/", "");
    chosen.as_object_mut().unwrap().remove("keyTemplate");
    service_of(&json!({
        "made": profile("users/{sub}/", "users/{sub}/in/{uuid}-{filename}"),
        "once": support::with(
            profile("users/{sub}/", "users/{sub}/in/{uuid}-{filename}"),
            json!({"overwrite": false}),
        ),
        "chosen": chosen,
    }))
}

fn sent(who: &Proof, fake: &Fake, route: &str, asked: &Value) -> Response<String> {
    who.send(&service(), fake, (Method::POST, route), asked)
}

/// `key` without its UUID, which has to be one of version 4.
fn without_uuid(key: &str) -> String {
    let (front, rest) = key.split_once("/in/").unwrap();
    let (uuid, rest) = rest.split_at(36);
    let groups: Vec<&str> = uuid.split('-').collect();
    assert_eq!(
        groups.iter().map(|it| it.len()).collect::<Vec<_>>(),
        [8, 4, 4, 4, 12]
    );
    let is_hex = |c: char| matches!(c, '0'..='9' | 'a'..='f');
    assert!(groups.concat().chars().all(is_hex), "{uuid}");
    assert!(groups[2].starts_with('4'), "{uuid}");
    assert!(groups[3].starts_with(['8', '9', 'a', 'b']), "{uuid}");
    format!("{front}/in/{rest}")
}

const ROUTES: [(&str, &str); 4] = [
    ("/v1/sign", "putObject"),
    ("/v1/sign", "createMultipartUpload"),
    ("/v1/post-policy", ""),
    ("/v1/multipart", ""),
];

fn asked(profile: &str, operation: &str, more: Value) -> Value {
    let mut asked = json!({"profile": profile});
    if !operation.is_empty() {
        asked["operation"] = json!(operation);
    }
    let members = asked.as_object_mut().unwrap();
    members.extend(more.as_object().unwrap().clone());
    asked
}

#[test]
fn an_upload_gets_a_new_key_below_the_callers_prefix() {
    let fake = Fake::with_issuer();
    let mut keys = Vec::new();
    for (route, operation) in ROUTES {
        for _ in 0..2 {
            fake.s3_will_answer(Ok(answer(200, CREATED)));
            let asked = asked(
                "made",
                operation,
                json!({"filename": "C:\\a b/my photo?.PNG"}),
            );
            let response = sent(&proof("ada"), &fake, route, &asked);
            assert_eq!(response.status(), 200, "{route}: {}", response.body());
            let key = body(&response)["key"].as_str().unwrap().to_owned();
            assert_eq!(without_uuid(&key), "users/ada/in/-my_photo_.PNG");
            keys.push(key);
        }
    }
    let all = keys.len();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), all, "every key is new");
    // The URL is one for that key, and the condition stays.
    let more = json!({"filename": "a.png"});
    let response = sent(
        &proof("ada"),
        &fake,
        "/v1/sign",
        &asked("once", "putObject", more.clone()),
    );
    let signed = body(&response);
    let key = signed["key"].as_str().unwrap();
    assert!(
        signed["url"]
            .as_str()
            .unwrap()
            .contains(&format!("/{key}?"))
    );
    assert_eq!(signed["headers"], json!({"if-none-match": "*"}));
    // Which a form cannot have, and it could be sent twice.
    let form = sent(
        &proof("ada"),
        &fake,
        "/v1/post-policy",
        &asked("once", "", more),
    );
    assert_eq!(form.status(), 400);
}

#[test]
fn no_request_chooses_the_key_of_an_upload_where_the_worker_makes_it() {
    let fake = Fake::with_issuer();
    let reason = "key: is not allowed by this profile, which makes the keys itself: give filename";
    for (route, operation) in ROUTES {
        let own = asked("made", operation, json!({"key": "users/ada/in/x"}));
        assert_eq!(detail(&sent(&proof("ada"), &fake, route, &own)), reason);
        let both = asked(
            "made",
            operation,
            json!({"key": "users/ada/x", "filename": "x"}),
        );
        assert_eq!(
            detail(&sent(&proof("ada"), &fake, route, &both)),
            "filename: must not be given together with key"
        );
        let neither = sent(
            &proof("ada"),
            &fake,
            route,
            &asked("made", operation, json!({})),
        );
        assert!(detail(&neither).starts_with("key: "), "{}", neither.body());
        let elsewhere = asked("chosen", operation, json!({"filename": "x"}));
        assert_eq!(
            detail(&sent(&proof("ada"), &fake, route, &elsewhere)),
            "filename: is not allowed by this profile: give key"
        );
        let nameless = asked("made", operation, json!({"filename": "a/"}));
        assert_eq!(
            detail(&sent(&proof("ada"), &fake, route, &nameless)),
            "filename: must be the name of a file"
        );
    }
    let form = asked("made", "", json!({"key": "users/ada/${filename}"}));
    assert_eq!(
        detail(&sent(&proof("ada"), &fake, "/v1/post-policy", &form)),
        reason
    );
    let put = proof("ada").request(Method::PUT, "/o/made/users/ada/x", "");
    let response = ready(service().handle(put, &fake));
    assert_eq!(detail(&response), reason);
    // What is there is reached by its key, and so is an upload that was created.
    for (operation, more) in [
        ("getObject", json!({"key": "users/ada/x"})),
        (
            "uploadPart",
            json!({"key": "users/ada/x", "uploadId": "u", "partNumber": 1}),
        ),
    ] {
        let response = sent(
            &proof("ada"),
            &fake,
            "/v1/sign",
            &asked("made", operation, more),
        );
        assert_eq!(response.status(), 200, "{}", response.body());
    }
    let reading = asked("made", "getObject", json!({"filename": "x"}));
    assert_eq!(
        detail(&sent(&proof("ada"), &fake, "/v1/sign", &reading)),
        "filename: is not a parameter of getObject"
    );
}

#[test]
fn a_link_gets_keys_below_its_own_prefix() {
    let fake = Fake::with_issuer();
    let more = json!({"filename": "a.png"});
    let asked = asked("made", "putObject", more);
    let deeper = Proof::link("made", ("keyPrefix", "users/ada/album/"), &["putObject"]);
    let response = sent(&deeper, &fake, "/v1/sign", &asked);
    assert_eq!(response.status(), 200, "{}", response.body());
    let key = body(&response)["key"].as_str().unwrap().to_owned();
    assert_eq!(without_uuid(&key), "users/ada/album/in/-a.png");
    for (scope, operation) in [
        (("key", "users/ada/x"), "putObject"),
        (("keyPrefix", "users/ada/"), "getObject"),
        (("keyPrefix", "elsewhere/"), "putObject"),
    ] {
        let link = Proof::link("made", scope, &[operation]);
        let response = sent(&link, &fake, "/v1/sign", &asked);
        assert_eq!(problem(&response), (403, "not-allowed".to_owned()));
    }
    let nobody = sent(&proof("nobody"), &fake, "/v1/sign", &asked);
    assert_eq!(problem(&nobody), (401, "key-required".to_owned()));
}

#[test]
fn the_name_of_a_file_is_made_safe() {
    let template = KeyTemplate::parse("in/{filename}.{uuid}", "in/").unwrap();
    let made = |name: &str| {
        let key = template.key("in/", [0; 16], name).unwrap();
        let name = key.strip_prefix("in/").unwrap();
        // RFC 9562 sets these bits.
        let name = name.strip_suffix(".00000000-0000-4000-8000-000000000000");
        name.unwrap().to_owned()
    };
    for (name, safe) in [
        ("a.png", "a.png"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        (".", "_"),
        ("..", "__"),
        ("...", "___"),
        (".htaccess", ".htaccess"),
        ("a b\tc\u{0}d\u{7f}", "a_b_c_d_"),
        ("${filename}", "__filename_"),
        (
            "a?b#c&d=e%2F+;:@\"'<>|*`^~[](){},!$",
            "a_b_c_d_e_2F______________________",
        ),
        ("Übersicht 日本.pdf", "Übersicht_日本.pdf"),
        ("gpj.\u{202e}exe", "gpj._exe"),
        ("a\u{200b}\u{feff}\u{85}\u{a0}b", "a____b"),
    ] {
        assert_eq!(made(name), safe, "{name:?}");
    }
    let long = made(&format!("{}.jpeg", "é".repeat(200)));
    assert_eq!(
        long,
        format!("{}.jpeg", "é".repeat(47)),
        "at most 100 bytes"
    );
    assert_eq!(made(&"x".repeat(101)), "x".repeat(100));
    assert_eq!(made(&format!("a.{}", "x".repeat(200))).len(), 100);
    for nameless in ["", "a/", "a\\"] {
        assert!(template.key("in/", [0; 16], nameless).is_err());
    }
    let all = template.key("in/", [0xff; 16], "x").unwrap();
    assert_eq!(all, "in/x.ffffffff-ffff-4fff-bfff-ffffffffffff");
}

#[test]
fn a_template_begins_with_the_prefix_and_makes_new_keys() {
    for (template, prefix) in [
        ("{uuid}", ""),
        ("users/{sub}/{uuid}", "users/{sub}/"),
        ("a/{uuid}/{uuid}/{filename}.{filename}", "a/"),
    ] {
        assert!(KeyTemplate::parse(template, prefix).is_ok(), "{template}");
    }
    for (template, prefix, reason) in [
        ("b/{uuid}", "a/", "must begin with keyPrefix"),
        (
            "a/{filename}",
            "a/",
            "must have {uuid}, so that every key is new",
        ),
        ("a/{uuid", "a/", "has an unmatched brace"),
        ("a/{uuid}}", "a/", "has an unmatched brace"),
        ("a/}{uuid}", "a/", "has an unmatched brace"),
        (
            "a/{sub}/{uuid}",
            "a/",
            "may have only {uuid} and {filename} in braces after keyPrefix",
        ),
    ] {
        assert_eq!(
            KeyTemplate::parse(template, prefix),
            Err(reason),
            "{template}"
        );
    }
}

#[test]
fn a_claim_that_looks_like_a_placeholder_of_forms_does_not_open_a_key() {
    let token = web_token(&json!("${filename}"), NOON_SECS + 600);
    let form = asked("made", "", json!({"filename": "x"})).to_string();
    let request = request(Method::POST, "/v1/post-policy", &form);
    let response = ready(service().handle(with_bearer(request, &token), &Fake::with_issuer()));
    assert_eq!(problem(&response), (400, "invalid-request".to_owned()));
    assert!(
        detail(&response).starts_with("key: "),
        "{}",
        response.body()
    );
}
