//! Whatever comes in, nothing panics: paths, bodies, answers of STS and records of KV, half of them close
//! to what is right, which is where mistakes are.

mod receipts;
mod strategies;
#[cfg(not(target_arch = "wasm32"))]
mod work;

use std::ops::Range;

use self::strategies::{answer_headers, mutated, path, query, sign_body};
use crate::support::{
    Fake, answer, granted, json as body, noon, ready, secs, service, service_with, sign, uppy,
    with_key,
};
use edge_presigner::api::MAX_KEY_BYTES;
use edge_presigner::routes::Route;
use edge_presigner::service::Service;
use http::{Method, Request, Response, Uri};
use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Natively some twenty seconds of them; in Node for what is different there.
const CASES: u32 = if cfg!(target_arch = "wasm32") {
    500
} else {
    4_000
};

fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(CASES)
    }
}

/// What is sent to the route with this method and path, if any client can send that.
fn uri(path: &str) -> Option<Uri> {
    format!("https://presign.example{path}").parse().ok()
}

fn get(uri: Uri) -> Request<String> {
    let mut request = Request::new(String::new());
    *request.uri_mut() = uri;
    with_key(request)
}

/// A problem or an answer: never anything else.
fn check(response: &Response<String>, expected: &[u16]) -> Result<(), TestCaseError> {
    let status = response.status().as_u16();
    prop_assert!(expected.contains(&status), "{status}: {}", response.body());
    if status >= 400 {
        prop_assert_eq!(&body(response)["status"], status);
    }
    Ok(())
}

mod vending {
    use crate::support::service_with;
    use edge_presigner::service::Service;

    /// A worker whose profile `own` vends.
    pub fn service() -> Service {
        let profiles = r#"{"own": {"bucket": "bucket", "keyPrefix": "", "callers": ["app"], "maxLifetimeSecs": 60,
            "operations": ["getObject", "credentials"]}}"#;
        service_with(&[("PROFILES", profiles)])
    }
}

thread_local! {
    /// A worker with a session; its clock stands still.
    static WARM: (Service, Fake) = (service(), Fake::new());

    /// The same with profiles that Uppy may use.
    static UPPY: (Service, Fake) = (uppy::with(", \"uppyMetadata\": [\"name\"]"), Fake::new());

    /// The same with a profile that answers with objects.
    static INLINE: Service = {
        let profiles = r#"{"avatars": {"bucket": "bucket", "keyPrefix": "users/", "callers": ["app"],
            "operations": ["getObject", "headObject"], "maxLifetimeSecs": 900, "inline": ["*.m3u8"]}}"#;
        service_with(&[("PROFILES", profiles)])
    };
}

fn handle(request: Request<String>) -> Response<String> {
    WARM.with(|(service, fake)| ready(service.handle(request, fake)))
}

/// What becomes of a body of which any part may be wrong.
fn answers(path: &str, text: &str) -> Response<String> {
    let mut request = sign(text);
    *request.uri_mut() = uri(path).unwrap();
    handle(request)
}

const SIGNED: &[u16] = &[200, 400, 403];

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_path_is_redirected_or_refused_and_the_key_is_what_it_decodes_to(path in path(), query in query()) {
        let path = format!("/o/avatars/users/{path}");
        let Some(uri) = uri(&format!("{path}?{query}")) else {
            return Ok(());
        };
        let encoded = uri.path().strip_prefix("/o/avatars/").unwrap().to_owned();
        let response = handle(get(uri));
        check(&response, &[302, 400, 403])?;
        if response.status() == 302 {
            let key = percent_decode_str(&encoded).decode_utf8().unwrap();
            prop_assert!(key.len() <= MAX_KEY_BYTES && !key.contains('\0'));
            let location = response.headers()["location"].to_str().unwrap();
            let object = location.split('?').next().unwrap();
            let signed = object.strip_prefix("https://bucket.s3.eu-central-1.amazonaws.com/");
            prop_assert_eq!(percent_decode_str(signed.unwrap()).decode_utf8().unwrap(), key);
        }
    }

    #[test]
    fn any_path_has_a_route_or_none(path in "\\PC{0,60}", method in "[A-Z]{1,8}") {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let _ = Route::of(&method, &path);
        let _ = Route::of(&method, &format!("/o/{path}"));
    }

    #[test]
    fn any_json_is_signed_or_refused(asked in sign_body()) {
        check(&answers("/v1/sign", &asked.to_string()), SIGNED)?;
    }

    #[test]
    fn any_addition_to_a_good_body_is_signed_or_refused(more in sign_body(), headers in sign_body()) {
        let mut asked = json!({"profile": "avatars", "operation": "getObject", "key": "users/a"});
        if let Value::Object(more) = more {
            asked.as_object_mut().unwrap().extend(more);
        }
        asked["headers"] = headers;
        check(&answers("/v1/sign", &asked.to_string()), SIGNED)?;
    }

    #[test]
    fn any_damage_to_a_good_body_is_signed_or_refused(
        text in mutated(json!({
            "profile": "avatars", "operation": "putObject", "key": "users/a", "expiresIn": 60,
            "headers": {"content-type": "image/png", "content-length": "12", "x-amz-meta-a": "b"},
        }).to_string())
    ) {
        check(&answers("/v1/sign", &text), SIGNED)?;
    }

    #[test]
    fn any_text_is_no_body(text in "\\PC{0,200}") {
        check(&answers("/v1/sign", &text), &[400])?;
        check(&answers("/v1/sign/batch", &text), &[400])?;
    }

    #[test]
    fn any_json_is_a_form_or_an_upload_or_refused(asked in sign_body(), handle in "[A-Za-z0-9_-]{0,200}") {
        let mut asked = asked;
        check(&answers("/v1/post-policy", &asked.to_string()), SIGNED)?;
        check(&answers("/v1/uploads/confirm", &asked.to_string()), &[400, 403])?;
        // What answers as S3 here is an STS.
        check(&answers("/v1/multipart", &asked.to_string()), &[400, 403, 502])?;
        if let Some(asked) = asked.as_object_mut() {
            asked.insert("handle".to_owned(), handle.into());
        }
        for step in ["sign", "list", "complete", "abort"] {
            check(&answers(&format!("/v1/multipart/{step}"), &asked.to_string()), &[400, 403, 404])?;
        }
    }

    #[test]
    fn any_form_is_answered_by_the_sts_or_refused(
        text in mutated("Action=AssumeRoleWithWebIdentity&RoleArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Arole%2Fown&RoleSessionName=ab\
                         &WebIdentityToken=a.b.c&DurationSeconds=900".to_owned()),
        other in "\\PC{0,200}", query in query(),
    ) {
        let (service, fake) = (vending::service(), Fake::new());
        for body in [text, other] {
            let Some(uri) = uri(&format!("/sts?{query}")) else { continue };
            let mut request = Request::new(body);
            *request.method_mut() = Method::POST;
            *request.uri_mut() = uri;
            let response = ready(service.handle(request, &fake));
            prop_assert_eq!(response.status(), 400);
            prop_assert!(response.body().starts_with("<ErrorResponse "), "{}", response.body());
        }
        prop_assert_eq!(fake.sts_calls(), 0);
    }

    #[test]
    fn any_profile_in_a_path_has_credentials_or_none(profile in path()) {
        if let Some(uri) = uri(&format!("/v1/credentials/{profile}")) {
            check(&handle(get(uri)), &[403, 404])?;
        }
    }

    #[test]
    fn any_batch_of_git_lfs_is_answered_or_refused(
        asked in sign_body(),
        text in mutated(json!({
            "operation": "upload", "transfers": ["basic"], "hash_algo": "sha256", "ref": {"name": "refs/heads/main"},
            "objects": [{"oid": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "size": 12}],
        }).to_string()),
        oid in "\\PC{0,70}|[0-9a-f]{64}|[0-9a-fA-F/.]{60,66}",
        path in path(),
    ) {
        let named = json!({"operation": "download", "objects": [{"oid": oid, "size": 1}]}).to_string();
        for text in [asked.to_string(), text, named] {
            let response = answers("/lfs/avatars/objects/batch", &text);
            let status = response.status().as_u16();
            prop_assert!([200, 400].contains(&status), "{status}: {}", response.body());
            let member = if status == 200 { "objects" } else { "message" };
            prop_assert!(body(&response).get(member).is_some());
        }
        let _ = Route::of(&Method::POST, &format!("/lfs/{path}"));
    }

    #[test]
    fn anything_of_uppy_is_answered_or_refused(
        asked in sign_body(), query in query(), handle in "[A-Za-z0-9_-]{0,80}", part in "\\PC{0,12}",
        method in prop::sample::select(vec!["GET", "PUT", "POST", "DELETE"]),
    ) {
        let mut asked = asked;
        if let Some(asked) = asked.as_object_mut() {
            asked.insert("method".to_owned(), method.into());
        }
        let uploads = "/uppy/films/s3/multipart";
        for (method, path) in [
            (Method::GET, format!("/uppy/films/s3/params?{query}")),
            (Method::POST, uploads.to_owned()),
            (Method::GET, format!("{uploads}/{handle}?{query}")),
            (Method::GET, format!("{uploads}/{handle}/{part}?{query}")),
            (Method::POST, format!("{uploads}/{handle}/complete?{query}")),
            (Method::DELETE, format!("{uploads}/{handle}?{query}")),
            (Method::POST, "/uppy/films/sign".to_owned()),
        ] {
            let Some(uri) = uri(&path) else {
                continue;
            };
            let mut request = get(uri);
            *request.method_mut() = method;
            *request.body_mut() = asked.to_string();
            let response = UPPY.with(|(service, fake)| ready(service.handle(request, fake)));
            // What answers as S3 here is an STS.
            check(&response, &[200, 400, 403, 404, 405, 502])?;
        }
    }

    #[test]
    fn any_items_are_answered_one_by_one(items in prop::collection::vec(sign_body(), 0..5)) {
        let response = answers("/v1/sign/batch", &json!({"items": items}).to_string());
        check(&response, &[200, 400])?;
        if response.status() == 200 {
            prop_assert_eq!(body(&response)["items"].as_array().unwrap().len(), items.len());
        }
    }

    #[test]
    fn any_answer_of_sts_is_a_session_or_a_refusal(
        text in mutated(granted(1, noon() + secs(3600)).into_body()),
        status in prop::sample::select(vec![200_u16, 204, 302, 400, 403, 413, 429, 500, 503]),
    ) {
        let fake = Fake::new();
        for _ in 0..3 {
            fake.will_answer(Ok(answer(status, &text)));
        }
        let asked = r#"{"profile":"avatars","operation":"getObject","key":"users/a"}"#;
        check(&ready(service().handle(sign(asked), &fake)), &[200, 422, 502, 503])?;
    }

    #[test]
    fn any_text_in_place_of_an_answer_of_sts_is_a_refusal(text in "\\PC{0,200}|(<[a-zA-Z:/!?&;\\[\\]-]{0,12}>?){0,20}") {
        let fake = Fake::new();
        for _ in 0..3 {
            fake.will_answer(Ok(answer(200, &text)));
        }
        let asked = r#"{"profile":"avatars","operation":"getObject","key":"users/a"}"#;
        check(&ready(service().handle(sign(asked), &fake)), &[502, 503])?;
    }

    #[test]
    fn any_answer_of_s3_is_an_object_or_a_redirect_or_a_problem(
        status in prop::sample::select(vec![200_u16, 204, 206, 301, 304, 403, 404, 412, 416, 429, 500, 503]),
        headers in answer_headers(),
        text in "\\PC{0,200}|<Error><Code>[a-zA-Z]{0,12}</Code></Error>",
        method in prop::sample::select(vec![Method::GET, Method::HEAD]),
        conditions in answer_headers(),
    ) {
        let fake = Fake::new();
        let mut found = answer(status, &text);
        found.headers_mut().extend(headers);
        for _ in 0..3 {
            fake.s3_will_answer(Ok(found.clone()));
        }
        let mut asked = get(uri("/o/avatars/users/a.m3u8").unwrap());
        *asked.method_mut() = method;
        asked.headers_mut().extend(conditions);
        let response = INLINE.with(|service| ready(service.handle(asked, &fake)));
        let answered = response.status().as_u16();
        if [200, 206, 304].contains(&answered) {
            prop_assert_eq!(answered, status);
            prop_assert_eq!(response.body(), &text);
            prop_assert!(response.headers().contains_key("content-security-policy"));
        } else {
            check(&response, &[302, 404, 502, 503])?;
        }
    }

    #[test]
    fn any_record_in_kv_is_used_or_passed_over(
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        length in any::<prop::sample::Index>(),
        other in prop::option::of(prop::collection::vec(any::<u8>(), 0..200)),
    ) {
        let asked = r#"{"profile":"avatars","operation":"getObject","key":"users/a"}"#;
        let fake = Fake::new();
        ready(service().handle(sign(asked), &fake));
        for (record, _) in fake.kv.borrow_mut().values_mut() {
            for (place, byte) in &places {
                let place: Range<usize> = place.index(record.len())..record.len();
                record[place.start] ^= byte;
            }
            record.truncate(length.index(record.len() + 1));
            if let Some(other) = &other {
                record.clone_from(other);
            }
        }
        // Another isolate finds it.
        check(&ready(service().handle(sign(asked), &fake)), &[200])?;
    }
}
