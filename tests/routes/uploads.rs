//! `POST /v1/uploads/confirm`: who gets a receipt for which object, and what is in it.

use crate::support::answers::{detail, problem};
use crate::support::jose::{self, RFC7515_P256, b64};
use crate::support::links::{LINK_KEY, link};
use crate::support::principals::everybody;
use crate::support::{
    Fake, KEY_SHA256, NOON_SECS, answer, json as body_of, ready, request, secs, service_with, with,
    with_key,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use edge_presigner::callers::{Jwt, JwtError};
use edge_presigner::platform::SignatureAlgorithm;
use edge_presigner::routes::uploads::MAX_PAYLOAD_BYTES;
use edge_presigner::service::Service;
use http::{HeaderValue, Method, Response, header};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const PATH: &str = "/v1/uploads/confirm";
const ISSUER: &str = "https://sign.example.com/oidc";
const AUDIENCE: &str = "https://api.example.com";
const ETAG: &str = "\"fba9dede5f27731c9771645a39863328\"";

fn profiles() -> Value {
    let profile = |prefix: &str, callers: &[&str], operations: &[&str]| {
        json!({"bucket": "bucket", "keyPrefix": prefix, "callers": callers, "operations": operations,
            "maxLifetimeSecs": 60, "receiptAudience": AUDIENCE})
    };
    json!({
        "files": profile("files/", &["app", "link"], &["headObject", "putObject"]),
        "users": profile("users/{sub}/", &["web"], &["headObject"]),
        "open": profile("pub/", &["anyone"], &["headObject"]),
        "plain": with(profile("files/", &["app"], &["headObject"]), json!({"receiptAudience": null})),
        "writers": with(profile("files/", &["app"], &["putObject"]), json!({"receiptAudience": null})),
        "versioned": with(profile("files/", &["app"], &["headObject"]),
            json!({"versions": true, "headers": ["x-amz-request-payer"]})),
    })
}

fn service_of(profiles: &Value) -> Service {
    let callers = json!({
        "app": {"bearerSha256": [KEY_SHA256]},
        "web": {"jwt": {"issuer": jose::ISSUER, "audience": "web"}},
    });
    service_with(&[
        ("CALLERS", &callers.to_string()),
        ("PROFILES", &profiles.to_string()),
        ("LINK_KEY", LINK_KEY),
        ("OIDC_ISSUER", ISSUER),
        ("OIDC_SIGNING_KEYS", RFC7515_P256),
    ])
}

fn object() -> Response<String> {
    let mut found = answer(200, "");
    let headers = found.headers_mut();
    headers.insert(header::ETAG, HeaderValue::from_static(ETAG));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("434234"));
    found
}

/// The answer to `asked`, for which S3 has an object.
fn confirm(fake: &Fake, asked: &Value) -> Response<String> {
    fake.s3_will_answer(Ok(object()));
    let request = with_key(request(Method::POST, PATH, &asked.to_string()));
    ready(service_of(&profiles()).handle(request, fake))
}

fn receipt(response: &Response<String>) -> String {
    assert_eq!(response.status(), 200, "{}", response.body());
    body_of(response)["receipt"].as_str().unwrap().to_owned()
}

fn part(jwt: &str, n: usize) -> Value {
    let part = jwt.split('.').nth(n).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn wish(more: Value) -> Value {
    with(json!({"profile": "files", "key": "files/a b"}), more)
}

#[test]
fn a_receipt_says_what_s3_says_and_who_asked() {
    let fake = Fake::new();
    let payload = json!({"order": 7, "ratio": 0.1, "name": "\"é\\\u{1}", "none": null, "list": [{}, [], true]});
    let response = confirm(&fake, &wish(json!({"payload": payload})));
    let jwt = receipt(&response);
    let answered = with(body_of(&response), json!({"receipt": null}));
    let expected = json!({"profile": "files", "key": "files/a b", "expiresAt": "2026-03-01T12:05:00Z", "expiresIn": 300});
    assert_eq!(answered, expected);
    assert_eq!(part(&jwt, 0)["typ"], "upload-receipt+jwt");
    let claims = with(part(&jwt, 1), json!({"jti": null}));
    assert_eq!(
        claims,
        json!({
            "iss": ISSUER, "aud": AUDIENCE, "iat": NOON_SECS, "exp": NOON_SECS + 300, "profile": "files",
            "bucket": "bucket", "key": "files/a b", "sizeBytes": 434_234, "etag": ETAG,
            "caller": {"name": "app"}, "payload": payload,
        })
    );
    let again = receipt(&confirm(&fake, &wish(json!({}))));
    assert_ne!(part(&again, 1)["jti"], part(&jwt, 1)["jti"]);

    let requests = fake.s3_requests.borrow();
    assert_eq!(requests[0].method(), Method::HEAD);
    let url = requests[0].uri().to_string();
    assert!(url.ends_with("/files/a%20b"), "{url}");
    assert_eq!(requests[0].headers()["x-amz-checksum-mode"], "ENABLED");
}

#[test]
fn the_published_key_verifies_a_receipt() {
    let jwt = receipt(&confirm(&Fake::new(), &wish(json!({}))));
    let asked = request(Method::GET, "/oidc/.well-known/jwks.json", "");
    let keys = body_of(&ready(service_of(&profiles()).handle(asked, &Fake::new())));
    let (signed, signature) = jwt.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    assert_eq!(part(&jwt, 0)["kid"], keys["keys"][0]["kid"]);
    let jwk = keys["keys"][0].to_string();
    let verifies = |message: &str| {
        jose::verify(
            SignatureAlgorithm::Es256,
            &jwk,
            message.as_bytes(),
            &signature,
        )
    };
    assert!(verifies(signed));
    let (header, _) = signed.split_once('.').unwrap();
    let altered = with(part(&jwt, 1), json!({"sizeBytes": 1}));
    assert!(!verifies(&format!("{header}.{}", b64(altered.to_string()))));
}

/// AWS's STS refuses a token without `sub`, and takes `azp` for the audience: "Missing a required claim: sub" is its message, and
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif> is about `azp`.
#[test]
fn nothing_that_a_caller_sends_becomes_a_claim_that_sts_reads() {
    let hostile = json!({"sub": "edge-presigner", "aud": "sts.amazonaws.com", "azp": "sts.amazonaws.com", "iss": "x", "exp": 1});
    for asked in [
        wish(json!({"payload": hostile})),
        wish(json!({"key": r#"files/","sub":"edge-presigner","aud":"sts.amazonaws.com","x":""#})),
    ] {
        let claims = part(&receipt(&confirm(&Fake::new(), &asked)), 1);
        assert_eq!(claims["aud"], AUDIENCE);
        assert_eq!(claims["iss"], ISSUER);
        assert_eq!(claims["exp"], NOON_SECS + 300);
        for name in ["sub", "azp", "nbf", "https://aws.amazon.com/tags"] {
            assert!(claims.get(name).is_none(), "{name}");
        }
    }
}

#[test]
fn a_receipt_is_no_credential_of_a_caller() {
    let jwt = receipt(&confirm(&Fake::new(), &wish(json!({}))));
    assert_eq!(Jwt::read(&jwt).err(), Some(JwtError::Type));
}

#[test]
fn who_may_look_at_the_object_gets_a_receipt_and_nobody_else() {
    let grant = |key: &str, operation: &str| {
        link(
            &json!({"profile": "files", "key": key, "operations": [operation], "exp": NOON_SECS + 600}),
        )
    };
    let own = grant("files/a", "headObject");
    let writing = grant("files/a", "putObject");
    let everybody = everybody();
    for (name, front, profile, key, status, caller) in [
        ("app", "", "files", "files/a", 200, json!({"name": "app"})),
        ("app", "", "files", "other/a", 403, json!(null)),
        ("app", "", "users", "users/ada/a", 403, json!(null)),
        ("app", "", "none", "files/a", 403, json!(null)),
        ("app", "", "writers", "files/a", 403, json!(null)),
        (
            "ada",
            "",
            "users",
            "users/ada/a",
            200,
            json!({"name": "web", "subject": "ada"}),
        ),
        ("ada", "", "users", "users/bob/a", 403, json!(null)),
        ("nobody", "", "users", "users/ada/a", 401, json!(null)),
        (
            "nobody",
            "",
            "open",
            "pub/a",
            200,
            json!({"name": "anyone"}),
        ),
        (
            "nobody",
            own.as_str(),
            "files",
            "files/a",
            200,
            json!({"name": "link"}),
        ),
        ("nobody", own.as_str(), "files", "files/b", 403, json!(null)),
        (
            "nobody",
            writing.as_str(),
            "files",
            "files/a",
            403,
            json!(null),
        ),
    ] {
        let fake = Fake::with_issuer();
        fake.s3_will_answer(Ok(object()));
        let body = json!({"profile": profile, "key": key});
        let path = format!("{front}{PATH}");
        let response = everybody[name].send(
            &service_of(&profiles()),
            &fake,
            (Method::POST, &path),
            &body,
        );
        assert_eq!(
            response.status(),
            status,
            "{name} {key} {}",
            response.body()
        );
        assert_eq!(fake.s3_requests.borrow().len(), usize::from(status == 200));
        if status == 200 {
            assert_eq!(part(&receipt(&response), 1)["caller"], caller);
        }
    }
}

/// As `/v1/sign` answers, whatever the reason.
#[test]
fn a_key_that_is_closed_is_refused_as_by_sign_whether_there_is_an_object_or_not() {
    let refusal = |path: &str, profile: &str, more: Value| {
        let asked = with(json!({"profile": profile, "key": "other/a"}), more);
        let request = with_key(request(Method::POST, path, &asked.to_string()));
        let response = ready(service_of(&profiles()).handle(request, &Fake::new()));
        (problem(&response), detail(&response))
    };
    for profile in ["files", "users", "plain", "writers", "none"] {
        assert_eq!(
            refusal(PATH, profile, json!({})),
            refusal("/v1/sign", profile, json!({"operation": "headObject"})),
            "{profile}"
        );
    }
}

#[test]
fn without_an_audience_there_is_no_receipt() {
    let fake = Fake::new();
    let response = confirm(&fake, &wish(json!({"profile": "plain"})));
    assert_eq!(problem(&response), (403, "no-receipts".to_owned()));
    assert!(detail(&response).contains("receiptAudience"));
    assert!(fake.s3_requests.borrow().is_empty());
    // Nor where the worker is no issuer.
    let plain = json!({"plain": profiles()["plain"].clone()}).to_string();
    let service = service_with(&[("PROFILES", &plain)]);
    let asked = wish(json!({"profile": "plain"})).to_string();
    let response = ready(service.handle(with_key(request(Method::POST, PATH, &asked)), &fake));
    assert_eq!(problem(&response), (403, "no-receipts".to_owned()));
    assert!(detail(&response).contains("OIDC_ISSUER"));
}

#[test]
fn a_version_is_looked_at_where_the_profile_allows_it() {
    let fake = Fake::new();
    let asked = wish(json!({"versionId": "a/b+c"}));
    let response = confirm(&fake, &asked);
    assert_eq!(problem(&response), (400, "invalid-request".to_owned()));
    assert_eq!(
        detail(&response),
        "versionId: is not allowed by this profile"
    );
    receipt(&confirm(
        &fake,
        &with(asked, json!({"profile": "versioned"})),
    ));
    let url = fake.s3_requests.borrow().last().unwrap().uri().to_string();
    assert!(url.ends_with("?versionId=a%2Fb%2Bc"), "{url}");
}

#[test]
fn headers_change_nothing_of_what_the_receipt_says() {
    let fake = Fake::new();
    for (profile, name, value, is_accepted) in [
        ("files", "If-Match", ETAG, true),
        ("files", "x-amz-expected-bucket-owner", "123456789012", true),
        ("versioned", "x-amz-request-payer", "requester", true),
        ("files", "x-amz-request-payer", "requester", false),
        ("versioned", "range", "bytes=0-1", false),
        ("versioned", "if-none-match", ETAG, false),
        ("versioned", "x-amz-checksum-mode", "ENABLED", false),
        ("versioned", "content-type", "text/html", false),
        ("files", "x-amz-expected-bucket-owner", "1", false),
    ] {
        let asked = wish(json!({"profile": profile, "headers": {name: value}}));
        let response = confirm(&fake, &asked);
        if is_accepted {
            receipt(&response);
            let requests = fake.s3_requests.borrow();
            assert_eq!(requests.last().unwrap().headers()[name], value);
        } else {
            assert_eq!(
                problem(&response),
                (400, "invalid-request".to_owned()),
                "{name}"
            );
            assert!(
                detail(&response).starts_with(&format!("headers.{name}: ")),
                "{name}"
            );
        }
    }
}

#[test]
fn a_payload_is_copied_as_it_is_or_refused() {
    let fake = Fake::new();
    let with_length = |bytes: usize| json!({"a": "x".repeat(bytes - r#"{"a":""}"#.len())});
    let longest = with_length(MAX_PAYLOAD_BYTES);
    for payload in [
        json!({}),
        longest,
        json!({"n": [0, -7, 9_007_199_254_740_991_u64, 1.5, 1e-7]}),
    ] {
        let jwt = receipt(&confirm(&fake, &wish(json!({"payload": payload}))));
        assert_eq!(part(&jwt, 1)["payload"], payload);
    }
    for (payload, reason) in [
        (
            with_length(MAX_PAYLOAD_BYTES + 1),
            "must be at most 1024 bytes",
        ),
        (json!([]), "must be an object"),
        (json!("text"), "must be an object"),
        (
            json!({"n": 9_007_199_254_740_993_u64}),
            "must have whole numbers below 2^53",
        ),
        (
            json!({"n": [{"m": -1e300}]}),
            "must have whole numbers below 2^53",
        ),
    ] {
        let response = confirm(&fake, &wish(json!({"payload": payload})));
        assert_eq!(problem(&response), (400, "invalid-request".to_owned()));
        let said = detail(&response);
        assert!(said.starts_with(&format!("payload: {reason}")), "{said}");
    }
}

#[test]
fn what_s3_says_instead_of_an_object_is_a_problem() {
    for (answers, status, slug) in [
        (vec![answer(404, "")], 404, "no-such-object"),
        (vec![answer(405, "")], 404, "no-such-object"),
        (vec![answer(403, "")], 502, "s3-refused"),
        (vec![answer(412, "")], 412, "precondition-failed"),
        (vec![answer(200, "")], 502, "s3-garbled"),
        (
            vec![answer(503, ""), answer(503, ""), answer(503, "")],
            503,
            "s3-unavailable",
        ),
        (vec![answer(503, ""), object()], 200, ""),
    ] {
        let fake = Fake::new();
        for answer in answers {
            fake.s3_will_answer(Ok(answer));
        }
        let request = with_key(request(Method::POST, PATH, &wish(json!({})).to_string()));
        let response = ready(service_of(&profiles()).handle(request, &fake));
        if status == 200 {
            receipt(&response);
        } else {
            assert_eq!(problem(&response), (status, slug.to_owned()));
        }
    }
}

#[test]
fn a_receipt_is_signed_as_of_when_s3_answered() {
    let fake = Fake::new();
    fake.send_takes.set(secs(2));
    let claims = part(&receipt(&confirm(&fake, &wish(json!({})))), 1);
    // STS, then S3.
    assert_eq!(claims["iat"], NOON_SECS + 4);
}
