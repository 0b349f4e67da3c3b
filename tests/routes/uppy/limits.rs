//! Upload limits, where nobody says how large a file is.

use super::{
    Begun, Fake, begin, complete_with, films, limited, link, listed, post, ready, request, succeed,
};
use crate::support::answers::problem;
use crate::support::uploads::{COMPLETED, CREATED, expect_invalid};
use crate::support::{NOON_SECS, answer};
use edge_presigner::service::Service;
use http::header::ETAG;
use http::{HeaderValue, Method, Response};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn complete(
    service: &Service,
    fake: &Fake,
    begun: &Begun,
    parts: &[(u16, &str)],
) -> Response<String> {
    ready(service.handle(post(&begun.step("/complete"), &complete_with(parts)), fake))
}

/// What S3 was asked for after `calls`.
fn asked(fake: &Fake, calls: usize) -> Vec<Method> {
    let requests = fake.s3_requests.borrow();
    requests
        .iter()
        .skip(calls)
        .map(|it| it.method().clone())
        .collect()
}

#[test]
fn parts_of_an_allowed_size_are_completed_and_s3_is_told_that_size() {
    let (service, fake) = (limited(), Fake::new());
    let begun = begin(&service, &fake);
    // One that the upload does not use is not counted.
    fake.s3_will_answer(Ok(listed(
        &[(1, 60, "a"), (2, 40, "b"), (3, 40, "c")],
        None,
    )));
    fake.s3_will_answer(Ok(answer(200, COMPLETED)));
    let response = complete(&service, &fake, &begun, &[(1, "a"), (2, "b")]);
    assert_eq!(response.status(), 200, "{}", response.body());
    let requests = fake.s3_requests.borrow();
    assert_eq!(
        requests.last().unwrap().headers()["x-amz-mp-object-size"],
        "100"
    );
}

#[test]
fn an_upload_beyond_the_limits_is_aborted_and_never_completed() {
    for (sizes, sum) in [([60, 41], "101"), ([4, 5], "9")] {
        let (service, fake) = (limited(), Fake::new());
        let begun = begin(&service, &fake);
        fake.s3_will_answer(Ok(listed(&[(1, sizes[0], "a"), (2, sizes[1], "b")], None)));
        fake.s3_will_answer(Ok(answer(204, "")));
        let response = complete(&service, &fake, &begun, &[(1, "a"), (2, "b")]);
        let named = format!("parts: have {sum} bytes together, and must have 10 to 100");
        expect_invalid(&response, &named, &json!(sum));
        assert_eq!(asked(&fake, 1), [Method::GET, Method::DELETE]);
    }
}

#[test]
fn parts_that_s3_has_otherwise_are_not_counted_as_the_clients() {
    let (service, fake) = (limited(), Fake::new());
    let begun = begin(&service, &fake);
    for parts in [[(1, "other")], [(2, "a")]] {
        fake.s3_will_answer(Ok(listed(&[(1, 60, "a")], None)));
        let response = complete(&service, &fake, &begun, &parts);
        expect_invalid(&response, "parts: has a part", &json!(parts));
    }
    assert_eq!(asked(&fake, 1), [Method::GET, Method::GET]);
}

/// What the client retries when the response of its first request was lost. The `ETag` is the MD5 of the part's MD5, as for
/// every object of one part.
#[test]
fn an_upload_that_is_complete_already_is_found_by_its_object() {
    let (service, fake) = (limited(), Fake::new());
    let begun = begin(&service, &fake);
    let gone = "<Error><Code>NoSuchUpload</Code></Error>";
    fake.s3_will_answer(Ok(answer(404, gone)));
    let mut found = answer(200, "");
    let etag = "\"b6ff9a06b7e20bcb2858c5b8ff744aea-1\"";
    found
        .headers_mut()
        .insert(ETAG, HeaderValue::from_static(etag));
    fake.s3_will_answer(Ok(found));
    let part = "0cc175b9c0f1b6a831c399e269772661";
    let response = complete(&service, &fake, &begun, &[(1, part)]);
    assert_eq!(response.status(), 200, "{}", response.body());
    assert_eq!(asked(&fake, 1), [Method::GET, Method::HEAD]);
}

/// The same holds whoever completes the upload by another route, and says what they like of its size.
#[test]
fn the_other_routes_count_the_parts_of_such_an_upload_too() {
    let (service, fake) = (limited(), Fake::new());
    let begun = begin(&service, &fake);
    fake.s3_will_answer(Ok(listed(&[(1, 101, "a")], None)));
    fake.s3_will_answer(Ok(answer(204, "")));
    let handle = begun.path.rsplit('/').next().unwrap();
    let body = json!({
        "handle": handle, "parts": [{"partNumber": 1, "etag": "a"}], "headers": {"x-amz-mp-object-size": "50"},
    });
    let response = ready(service.handle(post("/v1/multipart/complete", &body), &fake));
    expect_invalid(&response, "parts: have 101 bytes", &body);
}

#[test]
fn other_media_types_are_refused_before_s3_is_asked() {
    let (service, fake) = (limited(), Fake::new());
    for (body, named) in [
        (
            json!({"filename": "a.html", "type": "text/html"}),
            "headers.content-type: must be video/*",
        ),
        (json!({"filename": "a"}), "headers.content-type: is missing"),
    ] {
        let response = ready(service.handle(post("/uppy/films/s3/multipart", &body), &fake));
        expect_invalid(&response, named, &body);
    }
    assert_eq!(asked(&fake, 0), Vec::<Method>::new());
}

fn grant(operations: &[&str], more: &Value) -> String {
    let mut grant = json!({"profile": "films", "keyPrefix": "users/", "operations": operations, "exp": NOON_SECS + 600});
    grant
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    link(&grant)
}

#[test]
fn the_limits_of_a_link_hold_where_the_profile_has_none() {
    let upload = json!({"upload": {"maxBytes": 100}});
    let all = [
        "createMultipartUpload",
        "listParts",
        "completeMultipartUpload",
        "abortMultipartUpload",
    ];
    for (operations, size, status, outcome) in [
        (&all[..], 100, 200, ""),
        (&all[..], 101, 400, "invalid-request"),
        // Who may not list the parts cannot have them counted.
        (
            &["createMultipartUpload", "completeMultipartUpload"],
            100,
            403,
            "not-allowed",
        ),
        // Who may not abort leaves the parts to the bucket's lifecycle.
        (&all[..3], 101, 400, "invalid-request"),
    ] {
        let (service, fake) = (films(), Fake::new());
        let link = grant(operations, &upload);
        fake.s3_will_answer(Ok(answer(200, CREATED)));
        let body = json!({"filename": "a", "type": "a/b"});
        let path = format!("{link}/uppy/films/s3/multipart");
        let created = succeed(
            &service,
            &fake,
            request(Method::POST, &path, &body.to_string()),
        );
        fake.s3_will_answer(Ok(listed(&[(1, size, "a")], None)));
        fake.s3_will_answer(Ok(answer(200, COMPLETED)));
        let [id, key] = ["uploadId", "key"].map(|name| created[name].as_str().unwrap());
        let path = format!("{path}/{id}/complete?key={key}");
        let body = complete_with(&[(1, "a")]).to_string();
        let response = ready(service.handle(request(Method::POST, &path, &body), &fake));
        assert_eq!(response.status(), status, "{}", response.body());
        if status != 200 {
            assert_eq!(problem(&response).1, outcome);
        }
    }
}
