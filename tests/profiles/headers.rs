//! What is closed unless a profile names it: headers that decide more than the content, and versions.

use super::{asked, detail, location, path};
use crate::support::answers::parameter;
use crate::support::uploads::{OPERATIONS, ask, handle as upload_handle, profiles, uploads_with};
use crate::support::{Fake, bindings, json as body, ready, request, service_with, with_key};
use edge_presigner::presign::{Operation, header_names, is_closed};
use edge_presigner::profiles::HeaderRule;
use edge_presigner::service::Service;
use http::{Method, Response};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// 32 zeros, and their MD5 by md5sum.
const ZEROS: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const ZEROS_MD5: &str = "cLyPS3KoaSFGi/joRB3OUQ==";

/// Requests with closed headers, and the names of these headers.
fn closed() -> Vec<(&'static str, Value)> {
    let customer = json!({
        "x-amz-server-side-encryption-customer-algorithm": "AES256",
        "x-amz-server-side-encryption-customer-key": ZEROS,
        "x-amz-server-side-encryption-customer-key-md5": ZEROS_MD5,
    });
    let lock = json!({
        "x-amz-object-lock-mode": "COMPLIANCE", "x-amz-object-lock-retain-until-date": "2126-03-01T12:00:00Z",
    });
    let kms = json!({
        "x-amz-server-side-encryption": "aws:kms",
        "x-amz-server-side-encryption-aws-kms-key-id": "arn:aws:kms:eu-central-1:999999999999:key/k",
        "x-amz-server-side-encryption-bucket-key-enabled": "true",
        "x-amz-server-side-encryption-context": "e30=",
    });
    vec![
        (
            "deleteObject",
            json!({"x-amz-bypass-governance-retention": "true"}),
        ),
        ("deleteObject", json!({"x-amz-mfa": "serial 123456"})),
        ("getObject", customer.clone()),
        ("getObject", json!({"x-amz-request-payer": "requester"})),
        (
            "listObjectsV2",
            json!({"x-amz-optional-object-attributes": "RestoreStatus"}),
        ),
        ("putObject", customer),
        ("putObject", json!({"x-amz-acl": "public-read"})),
        ("putObject", json!({"x-amz-grant-full-control": "id=a"})),
        ("putObject", json!({"x-amz-grant-read": "id=a"})),
        ("putObject", json!({"x-amz-grant-read-acp": "id=a"})),
        ("putObject", json!({"x-amz-grant-write-acp": "id=a"})),
        ("putObject", json!({"x-amz-object-lock-event-hold": "ON"})),
        (
            "putObject",
            json!({"x-amz-object-lock-event-hold-duration-days": "1"}),
        ),
        (
            "putObject",
            json!({"x-amz-object-lock-event-hold-duration-years": "1"}),
        ),
        (
            "createMultipartUpload",
            json!({"x-amz-object-lock-legal-hold": "ON"}),
        ),
        ("createMultipartUpload", lock),
        ("putObject", kms),
        ("putObject", json!({"x-amz-storage-class": "DEEP_ARCHIVE"})),
        ("putObject", json!({"x-amz-tagging": "public=yes"})),
        (
            "putObject",
            json!({"x-amz-website-redirect-location": "https://evil.example"}),
        ),
        ("putObject", json!({"x-amz-write-offset-bytes": "1"})),
    ]
}

/// A profile for every operation, with `headers`.
fn of(headers: &Value) -> Service {
    let operations = Operation::ALL.map(Operation::name);
    let profile = json!({"p": {"bucket": "bucket", "keyPrefix": "", "callers": ["app", "link"],
        "operations": operations, "maxLifetimeSecs": 900, "headers": headers}});
    service_with(&[
        ("PROFILES", &profile.to_string()),
        ("LINK_KEY", crate::support::links::LINK_KEY),
    ])
}

fn sent(service: &Service, route: &str, asked: &Value) -> Response<String> {
    let request = request(Method::POST, route, &asked.to_string());
    ready(service.handle(with_key(request), &Fake::new()))
}

fn request_for(operation: &str, headers: &Value) -> Value {
    let mut asked = json!({"profile": "p", "operation": operation, "headers": headers});
    if operation != "listObjectsV2" {
        asked["key"] = json!("x");
    }
    asked
}

#[test]
fn headers_that_decide_more_than_the_content_are_signed_only_where_the_profile_names_them() {
    let plain = of(&json!([]));
    for (operation, headers) in closed() {
        let asked = request_for(operation, &headers);
        let names: Vec<&String> = headers.as_object().unwrap().keys().collect();
        let reason = format!("headers.{}: is not allowed by this profile", names[0]);
        assert_eq!(detail(&sent(&plain, "/v1/sign", &asked)), reason);
        let batch = sent(&plain, "/v1/sign/batch", &json!({"items": [asked]}));
        assert_eq!(body(&batch)["items"][0]["problem"]["detail"], reason);

        let answer = sent(&of(&json!(names)), "/v1/sign", &asked);
        assert_eq!(answer.status(), 200, "{}", answer.body());
        assert_eq!(body(&answer)["headers"], headers);
        if names.len() > 1 {
            // One of them is not enough.
            let some = sent(&of(&json!(names[1..])), "/v1/sign", &asked);
            assert_eq!(detail(&some), reason);
        }
    }
}

#[test]
fn no_other_header_is_closed() {
    let cases = closed();
    let expected = cases
        .iter()
        .flat_map(|(_, headers)| headers.as_object().unwrap().keys());
    let mut expected: Vec<&str> = expected.map(String::as_str).collect();
    let mut found: Vec<&str> = Operation::ALL.into_iter().flat_map(header_names).collect();
    found.retain(|name| is_closed(name));
    for names in [&mut expected, &mut found] {
        names.sort_unstable();
        names.dedup();
    }
    assert_eq!(found, expected);
    let harmless = json!({
        "cache-control": "no-store", "content-disposition": "inline", "content-encoding": "br",
        "content-language": "de", "content-length": "1", "content-md5": ZEROS_MD5, "content-type": "a/b",
        "expires": "Wed, 21 Oct 2026 07:28:00 GMT", "if-none-match": "*", "x-amz-checksum-crc32": "AAAAAA==",
        "x-amz-sdk-checksum-algorithm": "CRC32", "X-Amz-Meta-A": "b", "x-amz-expected-bucket-owner": "123456789012",
    });
    let response = sent(
        &of(&json!([])),
        "/v1/sign",
        &request_for("putObject", &harmless),
    );
    assert_eq!(response.status(), 200, "{}", response.body());
}

#[test]
fn a_profile_names_headers_in_any_case() {
    let headers = json!({"x-amz-acl": "private", "X-AMZ-Tagging": "a=b"});
    let answer = asked(
        "named",
        "putObject",
        &json!({"key": "x", "headers": headers}),
    );
    assert_eq!(answer.status(), 200, "{}", answer.body());
    let storage = json!({"key": "x", "headers": {"x-amz-storage-class": "GLACIER"}});
    assert_eq!(
        detail(&asked("named", "putObject", &storage)),
        "headers.x-amz-storage-class: is not allowed by this profile"
    );
}

#[test]
fn a_profile_cannot_name_a_header_to_no_effect() {
    let open = |name: &str| HeaderRule::default().open(name, &[Operation::PutObject]);
    assert_eq!(open("x-amz-acl"), Ok(()));
    assert_eq!(open("success_action_redirect"), Ok(()));
    for name in ["content-type", "X-Amz-Meta-A", "if-match", "range"] {
        assert_eq!(open(name), Err("is a header that every profile allows"));
    }
    for name in [
        "",
        "host",
        "x-amz-acls",
        "x-amz-date",
        "acl",
        "tagging",
        "success_action_status",
    ] {
        assert_eq!(open(name), Err("is not a header that can be signed"));
    }
    for name in ["x-amz-mfa", "x-amz-optional-object-attributes"] {
        let reason = "is not a header of any operation of the profile";
        assert_eq!(open(name), Err(reason));
    }
    let mut reading = HeaderRule::default();
    assert!(
        reading
            .open("success_action_redirect", &[Operation::GetObject])
            .is_err()
    );
}

#[test]
fn every_step_of_a_multipart_upload_keeps_to_the_headers_of_its_profile() {
    let payer = json!({"x-amz-request-payer": "requester"});
    let reason = "headers.x-amz-request-payer: is not allowed by this profile";
    let part = json!([{"partNumber": 1, "headers": payer}]);
    let completed = json!([{"partNumber": 1, "etag": "e"}]);
    let service = uploads_with(&[("PROFILES", &profiles("bucket", OPERATIONS))]);
    let fake = Fake::new();
    let handle = upload_handle(&service, &fake);
    let calls = fake.s3_requests.borrow().len();
    for (step, asked, named) in [
        (
            "",
            json!({"profile": "films", "key": "users/a", "headers": payer}),
            reason.to_owned(),
        ),
        (
            "/sign",
            json!({"handle": handle, "parts": part}),
            format!("parts[0].{reason}"),
        ),
        (
            "/list",
            json!({"handle": handle, "headers": payer}),
            reason.to_owned(),
        ),
        (
            "/complete",
            json!({"handle": handle, "parts": completed, "headers": payer}),
            reason.to_owned(),
        ),
        (
            "/abort",
            json!({"handle": handle, "headers": payer}),
            reason.to_owned(),
        ),
    ] {
        let response = ask(&service, &fake, step, &asked);
        assert_eq!(detail(&response), named, "{step}");
    }
    assert_eq!(fake.s3_requests.borrow().len(), calls);
}

#[test]
fn fields_of_a_form_are_closed_as_their_headers_are() {
    let form = |service: &Service, name: &str, value: &str| {
        let asked = json!({"profile": "p", "key": "x", "fields": {name: value}});
        sent(service, "/v1/post-policy", &asked)
    };
    let tagging = "<Tagging><TagSet/></Tagging>";
    for (field, value, header) in [
        ("acl", "public-read", "x-amz-acl"),
        ("tagging", tagging, "x-amz-tagging"),
        ("x-amz-storage-class", "GLACIER", "x-amz-storage-class"),
        (
            "x-amz-server-side-encryption",
            "AES256",
            "x-amz-server-side-encryption",
        ),
        (
            "x-amz-website-redirect-location",
            "/a",
            "x-amz-website-redirect-location",
        ),
        (
            "success_action_redirect",
            "https://evil.example",
            "success_action_redirect",
        ),
    ] {
        let reason = format!("fields.{field}: is not allowed by this profile");
        assert_eq!(detail(&form(&of(&json!([])), field, value)), reason);
        let named = form(&of(&json!([header])), field, value);
        assert_eq!(named.status(), 200, "{field}: {}", named.body());
    }
    for (field, value) in [
        ("success_action_status", "201"),
        ("cache-control", "no-store"),
        ("Content-MD5", ZEROS_MD5),
        ("x-amz-checksum-crc32", "AAAAAA=="),
        ("x-amz-meta-a", "b"),
    ] {
        let open = form(&of(&json!([])), field, value);
        assert_eq!(open.status(), 200, "{field}: {}", open.body());
    }
}

#[test]
fn a_link_gets_the_headers_of_its_profile_and_no_others() {
    let acl = request_for("putObject", &json!({"x-amz-acl": "private"}));
    for (headers, status) in [(json!([]), 400), (json!(["x-amz-acl"]), 200)] {
        let service = of(&headers);
        let asked = json!({"profile": "p", "key": "x", "operations": ["putObject"]});
        let link = body(&sent(&service, "/v1/links", &asked))["link"]
            .as_str()
            .unwrap()
            .to_owned();
        let path = format!(
            "{}/v1/sign",
            link.strip_prefix("https://presign.example").unwrap()
        );
        let response =
            ready(service.handle(request(Method::POST, &path, &acl.to_string()), &Fake::new()));
        assert_eq!(response.status(), status, "{}", response.body());
    }
}

#[test]
fn a_version_is_signed_only_where_the_profile_allows_versions() {
    let reason = "versionId: is not allowed by this profile";
    let version = json!({"key": "x", "versionId": "v"});
    for operation in ["getObject", "headObject", "deleteObject"] {
        let response = asked("kept", operation, &version);
        assert_eq!(response.status(), 200, "{operation}");
        assert_eq!(
            parameter(body(&response)["url"].as_str().unwrap(), "versionId").as_deref(),
            Some("v")
        );
    }
    assert_eq!(detail(&asked("named", "getObject", &version)), reason);
    assert_eq!(
        detail(&path(Method::GET, "/o/named/x?versionId=v", &[])),
        reason
    );
    let closed = service_with(&[("PROFILES", &bindings()["PROFILES"])]);
    let delete = request(Method::DELETE, "/o/avatars/users/x?versionId=v", "");
    assert_eq!(
        detail(&ready(closed.handle(with_key(delete), &Fake::new()))),
        reason
    );
}

#[test]
fn the_payer_is_signed_as_a_parameter_so_that_clients_send_nothing() {
    let payer = "x-amz-request-payer";
    let check = |url: &str| {
        assert_eq!(parameter(url, payer).as_deref(), Some("requester"));
        let signed = parameter(url, "X-Amz-SignedHeaders");
        assert_eq!(signed.as_deref(), Some("host"), "{url}");
    };
    for method in [Method::GET, Method::HEAD, Method::PUT, Method::DELETE] {
        let response = path(method, "/o/paid/x?requestPayer=requester", &[]);
        check(location(&response));
    }
    for (operation, more) in [
        ("getObject", json!({"key": "x"})),
        ("putObject", json!({"key": "x"})),
        ("listObjectsV2", json!({})),
    ] {
        let mut more = more;
        more["requestPayer"] = json!("requester");
        let answer = body(&asked("paid", operation, &more));
        check(answer["url"].as_str().unwrap());
        assert_eq!(answer["headers"], json!({}));
        let closed = "requestPayer: is not allowed by this profile";
        if operation != "listObjectsV2" {
            assert_eq!(detail(&asked("named", operation, &more)), closed);
        }
    }
    let response = path(Method::GET, "/o/named/x?requestPayer=requester", &[]);
    assert_eq!(
        detail(&response),
        "requestPayer: is not allowed by this profile"
    );
    for (query, said) in [
        ("requestPayer=", "requestPayer: must be requester"),
        ("requestPayer=owner", "requestPayer: must be requester"),
        (
            "requestPayer=requester&requestPayer=requester",
            "requestPayer: is given twice",
        ),
    ] {
        let response = path(Method::GET, &format!("/o/paid/x?{query}"), &[]);
        assert_eq!(detail(&response), said);
    }
}
