//! Uploads in parts: plans, handles, what S3 is asked, and what its answers come down to.

use crate::support::{CACHE_KEY, Fake, answer, noon, ready, secs, session};
use edge_presigner::aws::{Cause as _, S3_REQUEST_ID, VERSION_ID};
use edge_presigner::multipart::request::{self, UploadedPart};
use edge_presigner::multipart::response::{self, ListedPart};
use edge_presigner::multipart::{Cause, Checksum, Handle, Plan, S3Failure, etag, plan};
use edge_presigner::presign::{
    AddressingStyle, BucketUrl, Headers, Location, Operation, Presign, Signer, Variant,
};
use edge_presigner::sealed::CacheKey;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use proptest::prelude::*;
use serde_json::{Map, Value};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const MIB: u64 = 1024 * 1024;

/// The sample answers in AWS's documentation of ListParts and CompleteMultipartUpload.
const LISTED: &str = include_str!("../fixtures/s3/list_parts.xml");
const COMPLETED: &str = include_str!("../fixtures/s3/completed.xml");
const ERROR_AFTER_ALL: &str = include_str!("../fixtures/s3/error_after_200.xml");

#[test]
fn a_plan_has_parts_of_a_size_that_suits() {
    for (size, part_size, parts) in [
        (0, 8 * MIB, 1),
        (1, 8 * MIB, 1),
        (8 * MIB, 8 * MIB, 1),
        (8 * MIB + 1, 8 * MIB, 2),
        (30_000_000, 8 * MIB, 4),
        (80_000 * MIB, 8 * MIB, 10_000),
        (80_000 * MIB + 1, 9 * MIB, 8889),
        (plan::MAX_OBJECT_BYTES, 5120 * MIB, 10_000),
    ] {
        let plan = Plan::of(size).unwrap();
        assert_eq!(
            (plan.part_size_bytes(), plan.parts()),
            (part_size, parts),
            "{size}"
        );
    }
    assert_eq!(Plan::of(plan::MAX_OBJECT_BYTES + 1), None);
    assert_eq!(Plan::of(u64::MAX), None);
}

#[test]
fn a_plan_that_s3_would_not_take_is_none() {
    assert!(Plan::new(10 * MIB, 5 * MIB).is_some());
    assert!(Plan::new(50_000 * MIB, 5 * MIB).is_some());
    for (size, part_size) in [
        (10 * MIB, 5 * MIB - 1),
        (10 * MIB, 5120 * MIB + 1),
        (10 * MIB, 0),
        (50_000 * MIB + 1, 5 * MIB),
        (u64::MAX, 5120 * MIB),
    ] {
        assert_eq!(Plan::new(size, part_size), None, "{size} {part_size}");
    }
}

fn bucket() -> BucketUrl {
    let location = Location {
        bucket: "bucket",
        region: "eu-central-1",
        style: AddressingStyle::Virtual,
        endpoint: None,
        variant: Variant::default(),
        accelerate: false,
    };
    location.resolve().unwrap().bucket_url
}

fn sent(request: &Presign<'_>) -> Request<String> {
    let session = session(1, noon(), secs(3600));
    let signer = Signer::new(&session.credentials, "eu-central-1", noon());
    signer.authorize(request, String::new(), noon()).unwrap()
}

#[test]
fn calls_are_as_the_api_wants_them() {
    let bucket = bucket();
    let object = || bucket.object("users/a b");
    let mut headers = Headers::NONE;
    headers
        .insert("Content-Type", "image/png".to_owned())
        .unwrap();
    let (none, id) = (Headers::NONE, "an/id+=");
    for (request, method, query) in [
        (
            request::create(object(), &headers),
            Method::POST,
            "?uploads=",
        ),
        (
            request::part(object(), id, 7, &headers),
            Method::PUT,
            "?partNumber=7&uploadId=an%2Fid%2B%3D",
        ),
        (
            request::list(object(), id, 7, Some(3), &none),
            Method::GET,
            "?max-parts=7&part-number-marker=3&uploadId=an%2Fid%2B%3D",
        ),
        (
            request::list(object(), id, 1000, None, &none),
            Method::GET,
            "?max-parts=1000&uploadId=an%2Fid%2B%3D",
        ),
        (
            request::complete(object(), id, &none),
            Method::POST,
            "?uploadId=an%2Fid%2B%3D",
        ),
        (
            request::abort(object(), id, &none),
            Method::DELETE,
            "?uploadId=an%2Fid%2B%3D",
        ),
        (request::head(object(), &none), Method::HEAD, ""),
    ] {
        let has_headers = request.headers.get("content-type").is_some();
        let request = sent(&request);
        assert_eq!(request.method(), method);
        let url = "https://bucket.s3.eu-central-1.amazonaws.com/users/a%20b";
        assert_eq!(request.uri().to_string(), format!("{url}{query}"));
        let sent = request.headers().contains_key(header::CONTENT_TYPE);
        assert_eq!(sent, has_headers);
    }
}

#[test]
fn completing_names_every_part_with_its_etag_and_checksum() {
    let part = |number, checksum| UploadedPart {
        number,
        etag: format!("\"<{number}>\""),
        checksum,
    };
    let checksum = Checksum::new("crc64nvme", "ccn1/jwr52c=").unwrap();
    assert_eq!(
        request::complete_body(&[part(1, None), part(10_000, Some(checksum))]),
        "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
         <Part><ETag>&quot;&lt;1&gt;&quot;</ETag><PartNumber>1</PartNumber></Part>\
         <Part><ETag>&quot;&lt;10000&gt;&quot;</ETag><ChecksumCRC64NVME>ccn1/jwr52c=</ChecksumCRC64NVME>\
         <PartNumber>10000</PartNumber></Part></CompleteMultipartUpload>"
    );
}

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
    assert_eq!(page.next_after, Some(3));

    let last = LISTED.replace("<IsTruncated>true", "<IsTruncated>false");
    assert_eq!(
        response::parts(&answer(200, &last)).unwrap().next_after,
        None
    );
}

/// What botocore's model of S3 has in a part, and samples of all headers.
fn parts_of_the_model() -> (Vec<String>, Vec<String>, Map<String, Value>) {
    let mut vectors: Value =
        serde_json::from_str(include_str!("../vectors/operations.json")).unwrap();
    let mut take = |name: &str| vectors[name].take();
    (
        serde_json::from_value(take("completedPart")).unwrap(),
        serde_json::from_value(take("listedPart")).unwrap(),
        serde_json::from_value(take("samples")).unwrap(),
    )
}

#[test]
fn parts_have_every_checksum_that_s3_knows_and_no_other() {
    let (completed, listed, samples) = parts_of_the_model();
    let checksums = |elements: &[String]| -> Vec<String> {
        let names = elements.iter().filter_map(|it| it.strip_prefix("Checksum"));
        names.map(str::to_ascii_lowercase).collect()
    };
    let algorithms = checksums(&completed);
    assert!(algorithms.len() >= 10);
    assert_eq!(algorithms, checksums(&listed));
    for (header, sample) in &samples {
        let Some(algorithm) = header.strip_prefix("x-amz-checksum-") else {
            continue;
        };
        let value = sample.as_str().unwrap();
        let checksum = Checksum::new(algorithm, value);
        let known = algorithms.iter().any(|it| it == algorithm);
        assert_eq!(checksum.is_some(), known, "{algorithm}");
        if !known {
            continue;
        }
        assert_eq!(Checksum::new(algorithm, &value[4..]), None, "{algorithm}");
        let part = UploadedPart {
            number: 1,
            etag: "e".to_owned(),
            checksum: checksum.clone(),
        };
        let body = request::complete_body(&[part]);
        let is_meant = |it: &&String| it.eq_ignore_ascii_case(&format!("Checksum{algorithm}"));
        let element = completed.iter().find(is_meant).unwrap();
        let written = format!("<{element}>{value}</{element}>");
        assert!(body.contains(&written), "{body}");

        let checked = LISTED.replacen("</Size>", &format!("</Size>{written}"), 1);
        let page = response::parts(&answer(200, &checked)).unwrap();
        assert_eq!(page.parts[0].checksum, checksum);
        assert_eq!(page.parts[1].checksum, None);
    }
}

#[test]
fn a_list_that_leaves_out_its_marker_goes_on_after_its_last_part() {
    let unmarked = LISTED.replace("<NextPartNumberMarker>3</NextPartNumberMarker>", "");
    assert_eq!(
        response::parts(&answer(200, &unmarked)).unwrap().next_after,
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
        assert_eq!(failure, S3Failure::Garbled { status });
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
fn an_object_that_is_found_has_its_etag_in_quotes() {
    let mut found = answer(200, "");
    found
        .headers_mut()
        .insert(header::ETAG, HeaderValue::from_static("e-1"));
    assert_eq!(response::found(&found).etag, "\"e-1\"");
    assert_eq!(response::found(&answer(200, "")).etag, "");
}

fn refused(status: u16, code: &str) -> Response<String> {
    let body = format!("<Error><Code>{code}</Code><Message>m</Message></Error>");
    let mut response = answer(status, &body);
    let id = HeaderValue::from_static("S3ID");
    response.headers_mut().insert(S3_REQUEST_ID, id);
    response
}

#[test]
fn every_refusal_has_one_cause() {
    for (status, code, cause) in [
        (404, "NoSuchUpload", Cause::UploadUnknown),
        (400, "InvalidPart", Cause::PartInvalid),
        (400, "InvalidPartOrder", Cause::PartInvalid),
        (400, "EntityTooSmall", Cause::PartTooSmall),
        (400, "EntityTooLarge", Cause::TooLarge),
        (400, "BadDigest", Cause::ChecksumMismatch),
        (412, "PreconditionFailed", Cause::PreconditionFailed),
        (409, "ConditionalRequestConflict", Cause::Conflict),
        (409, "OperationAborted", Cause::Conflict),
        (400, "InvalidArgument", Cause::RequestInvalid),
        (400, "InvalidRequest", Cause::RequestInvalid),
        (501, "NotImplemented", Cause::NotImplemented),
        (400, "KMS.DisabledException", Cause::KmsKey),
        (403, "AccessDenied", Cause::Denied),
        (404, "NoSuchBucket", Cause::BucketUnknown),
        (301, "PermanentRedirect", Cause::WrongRegion),
        (307, "TemporaryRedirect", Cause::WrongRegion),
        (400, "AuthorizationHeaderMalformed", Cause::WrongRegion),
        (403, "InvalidAccessKeyId", Cause::SessionNotAccepted),
        (400, "ExpiredToken", Cause::SessionNotAccepted),
        (400, "InvalidToken", Cause::SessionNotAccepted),
        (403, "SignatureDoesNotMatch", Cause::SignatureNotAccepted),
        (403, "RequestTimeTooSkewed", Cause::SignatureNotAccepted),
        (
            400,
            "XAmzContentSHA256Mismatch",
            Cause::SignatureNotAccepted,
        ),
        (400, "UnsupportedSignature", Cause::SessionNotAccepted),
        (400, "IncorrectEndpoint", Cause::WrongRegion),
        (307, "Redirect", Cause::WrongRegion),
        (404, "NoSuchAccessPoint", Cause::BucketUnknown),
        (403, "InvalidPayer", Cause::Denied),
        (400, "MalformedACLError", Cause::RequestInvalid),
        (400, "InvalidRedirectLocation", Cause::RequestInvalid),
        (503, "SlowDown", Cause::Throttled),
        (503, "ServiceUnavailable", Cause::Throttled),
        (400, "RequestTimeout", Cause::ServerFault),
        (429, "SomethingNew", Cause::Throttled),
        (500, "InternalError", Cause::ServerFault),
        (200, "InternalError", Cause::ServerFault),
        (502, "SomethingNew", Cause::ServerFault),
        (400, "SomethingNew", Cause::Other),
    ] {
        let failure = response::check(Operation::ListParts, &refused(status, code)).unwrap_err();
        let refusal = failure.refusal().unwrap();
        assert_eq!((refusal.cause, refusal.code.as_str()), (cause, code));
        assert_eq!(refusal.request_id.as_deref(), Some("S3ID"));
        assert!(cause.advice().len() > 20);
        // What passes is nothing that the caller could mend.
        assert!(!(cause.is_transient() && cause.is_callers()));
    }
}

#[test]
fn the_etag_of_parts_is_the_md5_of_their_md5s() {
    let part = |number, etag: &str| UploadedPart {
        number,
        etag: etag.to_owned(),
        checksum: None,
    };
    // md5sum of "a" and of "b"; (printf a | md5sum; printf b | md5sum) | cut -c1-32 | xxd -r -p | md5sum
    let a = "\"0cc175b9c0f1b6a831c399e269772661\"";
    let b = "92eb5ffee6ae2fec3ad71c777531578f";
    let composed = etag::composite(&[part(1, a), part(7, b)]);
    assert_eq!(
        composed.as_deref(),
        Some("\"96e024ba2074fe77e8e965ba43a704be-2\"")
    );
    assert_eq!(etag::composite(&[part(1, a), part(2, "\"no md5\"")]), None);
}

fn handle() -> Handle {
    Handle {
        profile: "avatars".to_owned(),
        bucket: "bucket".to_owned(),
        key: "users/\u{e9}".to_owned(),
        upload_id: "id".to_owned(),
        caller: Some("app".to_owned()),
        plan: Plan::of(30_000_000),
        expires_at: noon() + secs(60),
    }
}

fn key() -> CacheKey {
    CacheKey::from_base64(CACHE_KEY).unwrap()
}

#[test]
fn a_handle_opens_to_what_was_sealed() {
    let fake = Fake::new();
    let bare = Handle {
        caller: None,
        plan: None,
        ..handle()
    };
    for handle in [handle(), bare] {
        let text = ready(handle.seal(&key(), &fake)).unwrap();
        let opened = ready(Handle::open(&text, &[key()], &fake));
        assert_eq!(opened, Some(handle));
    }
}

#[test]
fn a_handle_opens_under_any_key_that_is_listed_and_no_other() {
    let fake = Fake::new();
    let other = CacheKey::from_base64(&CACHE_KEY.replace('M', "N")).unwrap();
    let text = ready(handle().seal(&key(), &fake)).unwrap();
    let both = [other.clone(), key()];
    assert!(ready(Handle::open(&text, &both, &fake)).is_some());
    assert!(ready(Handle::open(&text, &[other], &fake)).is_none());
    assert!(ready(Handle::open(&text, &[], &fake)).is_none());
}

#[test]
fn a_handle_of_which_one_character_is_another_does_not_open() {
    let fake = Fake::new();
    let text = ready(handle().seal(&key(), &fake)).unwrap();
    for place in 0..text.len() {
        let mut altered = text.clone().into_bytes();
        altered[place] = if altered[place] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(altered).unwrap();
        // The last character has bits that mean nothing, and base64 wants them to be zero.
        assert!(
            ready(Handle::open(&altered, &[key()], &fake)).is_none(),
            "{place}"
        );
        assert!(
            ready(Handle::open(&text[..place], &[key()], &fake)).is_none(),
            "{place}"
        );
    }
}

#[test]
fn a_record_of_kv_is_no_handle_and_no_other_keys_text() {
    // Sealed under CACHE_KEY itself, and under the derived key for another purpose.
    let fake = Fake::new();
    let plain =
        br#"{"profile":"p","bucket":"b","key":"k","uploadId":"u","expiresAtSecs":1800000000}"#;
    for (key, purpose) in [
        (key(), "multipart/v1"),
        (key().derived("multipart/v1"), "session/v1/x"),
        (key().derived("other"), "multipart/v1"),
    ] {
        let sealed = ready(edge_presigner::sealed::seal(plain, &key, purpose, &fake)).unwrap();
        let text = base64_url(&sealed);
        assert!(
            ready(Handle::open(&text, &[self::key()], &fake)).is_none(),
            "{purpose}"
        );
    }
    let key = key().derived("multipart/v1");
    let sealed = ready(edge_presigner::sealed::seal(
        plain,
        &key,
        "multipart/v1",
        &fake,
    ))
    .unwrap();
    assert!(ready(Handle::open(&base64_url(&sealed), &[self::key()], &fake)).is_some());
}

fn base64_url(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

#[test]
fn a_derived_key_is_the_hmac_of_its_purpose() {
    // printf multipart/v1 | openssl dgst -sha256 -mac HMAC -macopt key:0123456789abcdef0123456789abcdef
    let derived = hex::encode(key().derived("multipart/v1").expose());
    let expected = "5614b73784b1f1b757968e2458061b9d15ce0f8eaca2ffff739035856cfa19d7";
    assert_eq!(derived, expected);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn the_parts_of_a_plan_add_up_to_the_object(
        size in prop_oneof![0_u64..200 * MIB, 0_u64..=plan::MAX_OBJECT_BYTES],
        part_size in prop::option::of(plan::MIN_PART_BYTES..=plan::MAX_PART_BYTES),
    ) {
        let plan = match part_size {
            None => Plan::of(size),
            Some(part_size) => Plan::new(size, part_size),
        };
        if let Some(plan) = plan {
            prop_assert!((1..=10_000).contains(&plan.parts()));
            let lengths: Vec<u64> = (1..=plan.parts()).map(|n| plan.length_bytes(n).unwrap()).collect();
            prop_assert_eq!(lengths.iter().sum::<u64>(), size);
            let (last, others) = lengths.split_last().unwrap();
            prop_assert!(others.iter().all(|length| *length == plan.part_size_bytes()));
            prop_assert!((1..=plan.part_size_bytes()).contains(last) || size == 0);
            prop_assert_eq!(plan.length_bytes(0), None);
            prop_assert_eq!(plan.length_bytes(plan.parts() + 1), None);
        } else {
            prop_assert!(part_size.is_some());
        }
    }

    #[test]
    fn no_text_brings_the_opening_of_a_handle_down(text in ".{0,200}", sealed in "[A-Za-z0-9_-]{0,300}") {
        let fake = Fake::new();
        for text in [text, sealed] {
            prop_assert!(ready(Handle::open(&text, &[key()], &fake)).is_none());
        }
    }

    #[test]
    fn no_answer_brings_the_worker_down(body in r#"(<(/?(ListPartsResult|Part|ETag|Code)|[a-z!?&/]{0,3})>?|[ -~]{0,6}){0,30}"#) {
        let response = answer(200, &body);
        let _ = response::check(Operation::ListParts, &response);
        let _ = (response::parts(&response), response::upload_id(&response), response::completed(&response));
    }
}
