//! What the answers of S3 come down to.

use super::LISTED;
use crate::support::answer;
use edge_presigner::aws::VERSION_ID;
use edge_presigner::presign::Operation;
use edge_presigner::s3::response::{self, ListedPart};
use edge_presigner::s3::{Cause, S3Error};
use http::{HeaderValue, StatusCode, header};
use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// The sample answer in AWS's documentation of CompleteMultipartUpload.
const COMPLETED: &str = include_str!("../fixtures/s3/completed.xml");
const ERROR_AFTER_ALL: &str = include_str!("../fixtures/s3/error_after_200.xml");

#[test]
fn the_sample_list_of_parts_in_awss_documentation_is_read() {
    let listed = answer(200, LISTED);
    response::check(Operation::ListParts, &listed).unwrap();
    let page = response::parts(&listed).unwrap();
    let part = |number, etag: &str, last_modified: &str| ListedPart {
        number,
        etag: etag.to_owned(),
        size_bytes: 10_485_760,
        last_modified: last_modified.to_owned(),
        checksum: None,
    };
    let expected = [
        part(
            2,
            "\"7778aef83f66abc1fa1e8477f296d394\"",
            "2010-11-10T20:48:34.000Z",
        ),
        part(
            3,
            "\"aaaa18db4cc2f85cedef654fccc4a4x8\"",
            "2010-11-10T20:48:33.000Z",
        ),
    ];
    assert_eq!(page.parts, expected);
    assert_eq!(page.next_part_number_marker, Some(3));

    let last = LISTED.replace("<IsTruncated>true", "<IsTruncated>false");
    assert_eq!(
        response::parts(&answer(200, &last))
            .unwrap()
            .next_part_number_marker,
        None
    );
}

#[test]
fn a_list_that_leaves_out_its_marker_goes_on_after_its_last_part() {
    let unmarked = LISTED.replace("<NextPartNumberMarker>3</NextPartNumberMarker>", "");
    assert_eq!(
        response::parts(&answer(200, &unmarked))
            .unwrap()
            .next_part_number_marker,
        Some(3)
    );
}

#[test]
fn the_sample_answers_to_completing_are_read_with_blanks_before_them() {
    let mut completed = answer(200, &format!("\n \n  {COMPLETED}"));
    completed
        .headers_mut()
        .insert(VERSION_ID, HeaderValue::from_static("v1"));
    response::check(Operation::CompleteMultipartUpload, &completed).unwrap();
    let object = response::completed(&completed).unwrap();
    assert_eq!(object.etag, "\"3858f62230ac3c915f300c664312c11f-9\"");
    assert_eq!(object.version_id.as_deref(), Some("v1"));

    let failed = answer(200, ERROR_AFTER_ALL);
    let failure = response::check(Operation::CompleteMultipartUpload, &failed).unwrap_err();
    let refusal = failure.refusal().unwrap();
    assert_eq!(
        (refusal.cause, refusal.code.as_str()),
        (Cause::ServerFault, "InternalError")
    );
    assert_eq!(
        refusal.request_id.as_deref(),
        Some("656c76696e6727732072657175657374")
    );
}

#[test]
fn an_answer_that_is_not_whole_or_not_the_one_asked_for_is_garbled() {
    let (list, complete) = (Operation::ListParts, Operation::CompleteMultipartUpload);
    for (operation, whole) in [(list, LISTED.trim_end()), (complete, COMPLETED.trim_end())] {
        for cut in 0..whole.len() {
            let part = answer(200, &whole[..cut]);
            assert!(response::check(operation, &part).is_err(), "cut at {cut}");
        }
    }
    for (operation, body) in [
        (list, COMPLETED),
        (complete, LISTED),
        (list, "<html></html>"),
    ] {
        let failure = response::check(operation, &answer(200, body)).unwrap_err();
        let status = StatusCode::OK;
        assert_eq!(failure, S3Error::InvalidResponse { status });
    }
    let create = |id: &str| {
        let root = "InitiateMultipartUploadResult";
        response::upload_id(&answer(
            200,
            &format!("<{root}><UploadId>{id}</UploadId></{root}>"),
        ))
    };
    assert_eq!(create("a&amp;b").unwrap(), "a&b");
    for id in ["", "a b", "\u{e9}", &"x".repeat(1025)] {
        assert!(create(id).is_err(), "{id}");
    }
    let partless = LISTED.replacen("<PartNumber>2</PartNumber>", "", 1);
    assert!(response::parts(&answer(200, &partless)).is_err());
    let etagless = "<CompleteMultipartUploadResult/>";
    assert!(response::completed(&answer(200, etagless)).is_err());
}

#[test]
fn elements_are_read_by_their_place() {
    let create = "<InitiateMultipartUploadResult><Detail><UploadId>x</UploadId></Detail><UploadId>u-1</UploadId>\
        <UploadId>x</UploadId><More><UploadId>x</UploadId></More></InitiateMultipartUploadResult>";
    assert_eq!(response::upload_id(&answer(200, create)).unwrap(), "u-1");

    let complete = "<CompleteMultipartUploadResult><Detail><ETag>x</ETag></Detail><ETag>\"e-1\"</ETag>\
        <ETag>x</ETag></CompleteMultipartUploadResult>";
    let completed = response::completed(&answer(200, complete)).unwrap();
    assert_eq!(completed.etag, "\"e-1\"");

    let plain = response::parts(&answer(200, LISTED)).unwrap();
    let other = "<Owner><ETag>x</ETag><PartNumber>9</PartNumber><Size>1</Size><LastModified>x</LastModified></Owner>";
    let within = LISTED.replace("<Part>", &format!("<Part><Detail>{other}</Detail>"));
    let before = LISTED.replace("<Part>", &format!("{other}<Part>"));
    let repeated = LISTED.replace(
        "</Part>",
        "<ETag>x</ETag><PartNumber>9</PartNumber><Size>1</Size></Part>",
    );
    for list in [within, before, repeated] {
        assert_eq!(
            response::parts(&answer(200, &list)).unwrap(),
            plain,
            "{list}"
        );
    }
}

#[test]
fn an_object_that_is_found_has_its_etag_in_quotes() {
    let mut found = answer(200, "");
    found
        .headers_mut()
        .insert(header::ETAG, HeaderValue::from_static("e-1"));
    assert_eq!(response::found(&found).unwrap().etag, "\"e-1\"");
    // As proxies that compress weaken it: https://nginx.org/en/docs/http/ngx_http_gzip_module.html
    let weak = HeaderValue::from_static("W/\"e-1\"");
    found.headers_mut().insert(header::ETAG, weak);
    assert_eq!(response::found(&found).unwrap().etag, "\"e-1\"");
    assert_eq!(response::found(&answer(200, "")), None);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn no_answer_brings_the_worker_down(body in r"(<(/?(ListPartsResult|Part|ETag|Code)|[a-z!?&/]{0,3})>?|[ -~]{0,6}){0,30}") {
        let response = answer(200, &body);
        let _ = response::check(Operation::ListParts, &response);
        let _ = (response::parts(&response), response::upload_id(&response), response::completed(&response));
    }
}
