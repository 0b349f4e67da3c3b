//! What stands at the end of an upload when S3's response does not say so, and how often S3 is asked.

use super::{PART_MD5, any};
use crate::support::uploads::{CREATED, ask, detail, handle, problem, uploads, wish};
use crate::support::{Fake, answer, json as body_of};
use edge_presigner::platform::HttpError;
use http::{HeaderValue, Method, Response, header};
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// What the part with [`PART_MD5`] makes.
const OBJECT_ETAG: &str = "\"b6ff9a06b7e20bcb2858c5b8ff744aea-1\"";

/// An ETag that no MD5 makes, as of servers that encrypt.
const OTHER_ETAG: &str = "\"opaque\"";

/// What <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html> does not allow.
const ODD: [(u16, &str); 9] = [
    (200, ""),
    (204, ""),
    (200, " \n "),
    (200, "<html><body>It works!</body></html>"),
    (200, "{\"ETag\": \"x\"}"),
    (200, "<CompleteMultipartUploadResult/>"),
    (
        200,
        "<CompleteMultipartUploadResult><Location>x</Location></CompleteMultipartUploadResult>",
    ),
    (
        200,
        "<CompleteMultipartUploadResult><ETag>\"\"</ETag></CompleteMultipartUploadResult>",
    ),
    (200, "<CompleteMultipartUploadResult><ETag>\"e-1\"</ETag>"),
];

fn object(etag: &'static str) -> Response<String> {
    let mut found = answer(200, "");
    let value = HeaderValue::from_static(etag);
    found.headers_mut().insert(header::ETAG, value);
    found
}

fn error(status: u16, code: &str) -> Response<String> {
    answer(status, &format!("<Error><Code>{code}</Code></Error>"))
}

/// The answer to completing an upload of one part with this `etag`, for which S3 gives `answers`; and S3's calls.
fn completed(
    etag: &str,
    answers: impl IntoIterator<Item = Response<String>>,
) -> (Response<String>, Vec<Method>) {
    let (service, fake) = (uploads(), Fake::new());
    let handle = handle(&service, &fake);
    for answer in answers {
        fake.s3_will_answer(Ok(answer));
    }
    let asked = json!({"handle": handle, "parts": [{"partNumber": 1, "etag": etag}]});
    let response = ask(&service, &fake, "/complete", &asked);
    let requests = fake.s3_requests.borrow();
    let methods = requests.iter().skip(1).map(|it| it.method().clone());
    (response, methods.collect())
}

#[test]
fn a_success_without_what_s3_promises_is_settled_by_the_object() {
    for (status, body) in ODD {
        let (response, calls) = completed(PART_MD5, [answer(status, body), object(OBJECT_ETAG)]);
        assert_eq!(response.status(), 200, "{body} {}", response.body());
        assert_eq!(body_of(&response)["etag"], OBJECT_ETAG);
        assert_eq!(calls, [Method::POST, Method::HEAD], "{body}");
    }
}

#[test]
fn where_no_etag_tells_an_object_and_no_upload_are_a_completed_upload() {
    let gone = || error(404, "NoSuchUpload");
    for (status, body) in ODD {
        for etag in ["no-md5", PART_MD5] {
            let answers = [answer(status, body), object(OTHER_ETAG), gone()];
            let (response, calls) = completed(etag, answers);
            assert_eq!(response.status(), 200, "{body} {}", response.body());
            assert_eq!(body_of(&response)["etag"], OTHER_ETAG);
            assert_eq!(calls, [Method::POST, Method::HEAD, Method::GET]);
        }
    }
}

#[test]
fn without_an_object_or_with_the_upload_still_there_nothing_is_complete() {
    let listed = || answer(200, "<ListPartsResult></ListPartsResult>");
    let unclear = || answer(200, "");
    for after in [
        vec![answer(404, "")],
        vec![answer(403, "")],
        // A page has no ETag, or one of its own.
        vec![answer(200, "")],
        vec![object(OTHER_ETAG), listed()],
        vec![object(OTHER_ETAG), error(403, "AccessDenied")],
        vec![object(OTHER_ETAG), unclear(), unclear(), unclear()],
    ] {
        let answers = [vec![answer(200, "")], after].concat();
        let (response, _) = completed(PART_MD5, answers);
        assert_eq!(problem(&response), (502, "s3-garbled".to_owned()));
        assert!(response.headers().contains_key("retry-after"));
    }
    // An upload that is unknown, without a success before, may have been aborted.
    let answers = [error(404, "NoSuchUpload"), object(OTHER_ETAG)];
    let (response, _) = completed(PART_MD5, answers);
    assert_eq!(problem(&response), (404, "no-such-upload".to_owned()));
}

#[test]
fn a_result_without_location_or_namespace_needs_no_second_look() {
    for body in [
        "<CompleteMultipartUploadResult><ETag>e-1</ETag></CompleteMultipartUploadResult>",
        "<CompleteMultipartUploadResult xmlns=\"urn:other\"><ETag>&#34;e-1&#34;</ETag></CompleteMultipartUploadResult>\n",
        "<s3:CompleteMultipartUploadResult xmlns:s3=\"x\"><s3:ETag>&quot;e-1&quot;</s3:ETag></s3:CompleteMultipartUploadResult>",
    ] {
        let (response, calls) = completed(PART_MD5, [answer(200, body)]);
        assert_eq!(body_of(&response)["etag"], "\"e-1\"", "{body}");
        assert_eq!(calls, [Method::POST]);
    }
}

/// `NoSuchUpload` is what AWS, R2, GCS, MinIO, Ceph, SeaweedFS, OSS, COS and OBS document; lakeFS has answered
/// `NoSuchKey`, others a code of their own.
#[test]
fn every_way_to_say_that_there_is_no_such_upload_is_understood_for_every_step() {
    for (status, code) in [
        (404, "NoSuchUpload"),
        (400, "NoSuchUpload"),
        (404, "NoSuchKey"),
        (404, "NotFound"),
        (404, "NoSuchVersion"),
        (404, "InvalidUploadID"),
        (400, "InvalidUploadId"),
        (404, "ResourceNotFound"),
    ] {
        for name in ["/list", "/complete", "/abort"] {
            let (service, fake) = (uploads(), Fake::new());
            let handle = handle(&service, &fake);
            fake.s3_will_answer(Ok(error(status, code)));
            let response = ask(&service, &fake, name, &any(name, &handle));
            let expected = (404, "no-such-upload".to_owned());
            assert_eq!(problem(&response), expected, "{name} {code}");
            assert_eq!(body_of(&response)["awsCode"], code);
            assert!(detail(&response).contains("create a new upload"));
        }
    }
    for (name, code) in [("/list", "NoSuchBucket"), ("", "NoSuchKey")] {
        let (service, fake) = (uploads(), Fake::new());
        let handle = handle(&service, &fake);
        fake.s3_will_answer(Ok(error(404, code)));
        let asked = match name {
            "" => wish(&json!({})),
            name => any(name, &handle),
        };
        let response = ask(&service, &fake, name, &asked);
        assert_eq!(problem(&response), (502, "s3-refused".to_owned()), "{name}");
    }
}

/// docs/uploads.md, "Repeating a step".
#[test]
fn s3_is_called_as_often_for_every_step_as_the_documentation_says() {
    type Answer = fn() -> Result<Response<String>, HttpError>;
    let answers: [(&str, Answer, usize, usize); 9] = [
        ("connection", || Err(HttpError::Connection), 3, 3),
        ("timeout", || Err(HttpError::Timeout), 3, 1),
        ("500", || Ok(answer(500, "")), 3, 3),
        ("InternalError", || Ok(error(200, "InternalError")), 3, 3),
        ("SlowDown", || Ok(error(503, "SlowDown")), 3, 3),
        ("429", || Ok(answer(429, "")), 3, 3),
        ("a page", || Ok(answer(200, "<html></html>")), 3, 1),
        ("404 and a page", || Ok(answer(404, "<html></html>")), 1, 1),
        ("AccessDenied", || Ok(error(403, "AccessDenied")), 1, 1),
    ];
    for (what, answer, calls, calls_to_complete) in answers {
        for name in ["", "/list", "/complete", "/abort"] {
            if (what, name) == ("a page", "/abort") {
                // Its success has no body.
                continue;
            }
            let (service, fake) = (uploads(), Fake::new());
            let handle = handle(&service, &fake);
            for _ in 0..3 {
                fake.s3_will_answer(answer());
            }
            let asked = match name {
                "" => wish(&json!({})),
                name => any(name, &handle),
            };
            let response = ask(&service, &fake, name, &asked);
            assert!(response.status().as_u16() >= 400, "{what} {name}");
            let requests = fake.s3_requests.borrow();
            let looks = |method: &Method| *method == Method::HEAD;
            let made = requests.iter().skip(1).filter(|it| !looks(it.method()));
            let expected = if name == "/complete" {
                calls_to_complete
            } else {
                calls
            };
            assert_eq!(made.count(), expected, "{what} {name}");
        }
    }
    // The parts are signed without S3.
    let (service, fake) = (uploads(), Fake::new());
    let handle = handle(&service, &fake);
    ask(&service, &fake, "/sign", &any("/sign", &handle));
    assert_eq!(fake.s3_requests.borrow().len(), 1);
}

#[test]
fn a_creation_whose_response_cannot_be_used_is_made_again() {
    let (service, fake) = (uploads(), Fake::new());
    fake.s3_will_answer(Ok(answer(200, "")));
    fake.s3_will_answer(Ok(answer(200, CREATED)));
    let response = ask(&service, &fake, "", &wish(&json!({})));
    assert_eq!(response.status(), 200, "{}", response.body());
    assert_eq!(fake.s3_requests.borrow().len(), 2);
}
