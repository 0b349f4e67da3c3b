//! What the role may do in the bucket. Messages and codes are those of AWS:
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html> and
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html>.

use super::*;
use edge_presigner::platform::HttpError;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn message(action: &str) -> String {
    format!(
        "User: arn:aws:sts::123456789012:assumed-role/presigner/edge-presigner is not authorized to perform: {action} on \
         resource: &quot;arn:aws:s3:::bucket&quot; because no identity-based policy allows the {action} action"
    )
}

fn refused(status: u16, code: &str) -> Response<String> {
    let body = format!("<Error><Code>{code}</Code><Message>No.</Message></Error>");
    answer(status, &body)
}

const PROBES: [&str; 3] = ["read", "list", "write"];

/// What the doctor says when S3 gives this answer to the n-th request.
fn with_answer(n: usize, answer: Result<Response<String>, HttpError>) -> Value {
    let fake = world_with(all_is_well());
    fake.s3_answers.borrow_mut()[n] = answer;
    examine(&service(), &fake)
}

#[test]
fn the_requests_change_nothing() {
    let fake = world();
    examine(&service(), &fake);
    let sent = fake.s3_requests.borrow();
    let sent: Vec<String> = sent
        .iter()
        .map(|it| format!("{} {}", it.method(), it.uri()))
        .collect();
    let host = "https://bucket.s3.eu-central-1.amazonaws.com/";
    let key = "users/edge-presigner-doctor-";
    assert!(sent[0].starts_with(&format!("GET {host}{key}")), "{sent:?}");
    assert!(
        sent[1].starts_with(&format!(
            "GET {host}?list-type=2&max-keys=1&prefix=users%2F"
        )),
        "{sent:?}"
    );
    // There is no such upload, so a part of it is never stored.
    assert!(sent[2].starts_with(&format!("PUT {host}{key}")), "{sent:?}");
    assert!(
        sent[2].ends_with("?partNumber=1&uploadId=edge-presigner-doctor"),
        "{sent:?}"
    );
    assert!(
        sent[3].starts_with(&format!("OPTIONS {host}{key}")),
        "{sent:?}"
    );
}

#[test]
fn a_claim_in_the_prefix_and_a_template_of_keys_are_kept_to() {
    let profiles = PROFILES
        .replace("users/", "users/{sub}/")
        .replace("\"app\"", "\"web\"");
    let profiles = profiles.replacen(
        "\"bucket\"",
        "\"keyTemplate\": \"users/{sub}/new/{uuid}\", \"bucket\"",
        1,
    );
    let fake = world();
    examine(&service_with(&[("PROFILES", &profiles)]), &fake);
    let sent = fake.s3_requests.borrow();
    let paths: Vec<&str> = sent.iter().map(|it| it.uri().path()).collect();
    assert!(
        paths[0].starts_with("/users/edge-presigner-doctor/edge-presigner-doctor-"),
        "{paths:?}"
    );
    assert!(
        paths[2].starts_with("/users/edge-presigner-doctor/new/edge-presigner-doctor-"),
        "{paths:?}"
    );
}

#[test]
fn who_may_not_list_and_is_not_told_that_there_is_no_object_may_read() {
    let report = with_answer(0, Ok(denied(&message("s3:ListBucket"))));
    assert_eq!(report["status"], "ok");
}

#[test]
fn an_action_that_is_denied_is_named() {
    for (n, action) in [
        (0, "s3:GetObject"),
        (1, "s3:ListBucket"),
        (2, "s3:PutObject"),
        (0, "kms:Decrypt"),
    ] {
        let report = with_answer(n, Ok(denied(&message(action))));
        if action.starts_with("kms") {
            only(&report, "read", "warning");
            continue;
        }
        let step = only(&report, PROBES[n], "failure");
        assert_eq!(
            (&step["cause"], &step["of"]),
            (&json!("access-denied"), &json!("docs"))
        );
        assert!(fix(&step).contains(&format!("allow {action}: ")), "{step}");
    }
    // Without a name, reading may be allowed.
    let step = only(
        &with_answer(0, Ok(denied("Access Denied"))),
        "read",
        "warning",
    );
    assert!(seen(&step).contains("may read but not list"), "{step}");
    for n in [1, 2] {
        let step = only(
            &with_answer(n, Ok(denied("Access Denied"))),
            PROBES[n],
            "failure",
        );
        assert!(fix(&step).contains("allow s3:"), "{step}");
    }
}

#[test]
fn the_region_of_the_bucket_is_named() {
    let body = "<Error><Code>AuthorizationHeaderMalformed</Code><Message>The authorization header is malformed; the region \
                'eu-central-1' is wrong; expecting 'eu-west-3'</Message><Region>eu-west-3</Region></Error>";
    let mut moved = refused(301, "PermanentRedirect");
    let region = HeaderValue::from_static("eu-west-3");
    moved.headers_mut().insert("x-amz-bucket-region", region);
    for (n, name) in PROBES.into_iter().enumerate() {
        for answer in [answer(400, body), moved.clone()] {
            let step = only(&with_answer(n, Ok(answer)), name, "failure");
            assert_eq!(step["cause"], "wrong-region");
            assert!(fix(&step).contains("to eu-west-3"), "{step}");
        }
        let step = only(
            &with_answer(n, Ok(refused(301, "PermanentRedirect"))),
            name,
            "failure",
        );
        assert!(fix(&step).contains("set `region`"), "{step}");
    }
}

#[test]
fn everything_else_that_s3_says_has_its_cause_and_fix() {
    for (n, name) in PROBES.into_iter().enumerate() {
        for (answer, status, cause, says) in [
            (
                Ok(absent("NoSuchBucket")),
                "failure",
                "no-such-bucket",
                "correct its name",
            ),
            (
                Ok(refused(403, "RequestTimeTooSkewed")),
                "failure",
                "clock-skewed",
                "clock",
            ),
            (
                Ok(refused(403, "InvalidAccessKeyId")),
                "failure",
                "session-rejected",
                "trusts the STS",
            ),
            (
                Ok(refused(403, "SignatureDoesNotMatch")),
                "failure",
                "signature-rejected",
                "changes host",
            ),
            (
                Ok(refused(503, "SlowDown")),
                "warning",
                "throttled",
                "later",
            ),
            (Ok(answer(500, "")), "warning", "server-fault", "later"),
            (
                Ok(answer(403, "<html>")),
                "failure",
                "foreign-answer",
                "endpoint of S3",
            ),
            (Err(HttpError::Timeout), "warning", "timeout", "no answer"),
            (
                Err(HttpError::Connection),
                "warning",
                "connection-failed",
                "endpoint of S3",
            ),
        ] {
            let step = only(&with_answer(n, answer), name, status);
            assert_eq!(step["cause"], cause);
            assert!(fix(&step).contains(says), "{step}");
        }
    }
    for n in [0, 2] {
        let step = only(
            &with_answer(n, Ok(answer(200, "hello"))),
            PROBES[n],
            "warning",
        );
        assert!(seen(&step).contains("200 for what does not exist"));
    }
}

#[test]
fn only_what_the_profile_opens_is_tried() {
    for (operations, expected) in [
        (r#"["headObject"]"#, &["read"][..]),
        (r#"["uploadPart"]"#, &["write"]),
        (r#"["deleteObject"]"#, &[]),
        (
            r#"["listObjectsV2", "createMultipartUpload"]"#,
            &["list", "write"],
        ),
    ] {
        let profiles =
            PROFILES.replace(r#"["getObject", "listObjectsV2", "putObject"]"#, operations);
        let profiles = profiles.replace(r#", "corsOrigins": ["https://app.example"]"#, "");
        let report = examine(&service_with(&[("PROFILES", &profiles)]), &world());
        let made = PROBES
            .into_iter()
            .filter(|name| !steps(&report, name).is_empty());
        assert_eq!(made.collect::<Vec<_>>(), expected, "{operations}");
        assert!(steps(&report, "cors").is_empty());
    }
}

#[test]
fn a_bucket_that_keeps_browsers_out_is_told() {
    let mut without_methods = open_to("*");
    without_methods
        .headers_mut()
        .remove(ACCESS_CONTROL_ALLOW_METHODS);
    let mut only_reads = open_to("*");
    only_reads.headers_mut().insert(
        ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET, HEAD"),
    );
    for answer in [
        answer(403, "<Error><Code>AccessForbidden</Code></Error>"),
        answer(200, ""),
        open_to("https://other.example"),
        without_methods,
        only_reads,
    ] {
        let step = only(&with_answer(3, Ok(answer)), "cors", "failure");
        assert!(
            seen(&step).contains("PUT is not open to https://app.example"),
            "{step}"
        );
        assert!(fix(&step).contains("put-bucket-cors"));
    }
    only(
        &with_answer(3, Err(HttpError::Connection)),
        "cors",
        "warning",
    );
    assert_eq!(with_answer(3, Ok(open_to("*")))["status"], "ok");
}

/// `Access-Control-Expose-Headers` of a preflight: <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTOPTIONSobject.html>.
#[test]
fn a_bucket_that_hides_etags_from_uppy_is_told() {
    let of_uppy = PROFILES.replacen(
        "\"bucket\"",
        "\"uppy\": true, \"keyTemplate\": \"users/{uuid}\", \"bucket\"",
        1,
    );
    let elsewhere = of_uppy.replacen(
        "\"bucket\"",
        "\"endpointUrl\": \"https://s3.example\", \"bucket\"",
        1,
    );
    for (profiles, exposed, status) in [
        (&of_uppy[..], None, "warning"),
        (&of_uppy, Some("Location, x-amz-version-id"), "warning"),
        (&of_uppy, Some("Location, etag"), "ok"),
        (&of_uppy, Some("*"), "ok"),
        (&elsewhere, Some("Location"), "warning"),
        // Other servers need not say it yet.
        (&elsewhere, None, "ok"),
        // Others do not send parts from a page.
        (PROFILES, None, "ok"),
    ] {
        let mut open = open_to("*");
        if let Some(exposed) = exposed {
            let value = HeaderValue::from_static(exposed);
            open.headers_mut()
                .insert("access-control-expose-headers", value);
        }
        let fake = world_with(all_is_well());
        fake.s3_answers.borrow_mut()[3] = Ok(open);
        let report = examine(&service_with(&[("PROFILES", profiles)]), &fake);
        assert_eq!(report["status"], status);
        let step = step(&report, "cors");
        assert_eq!(
            step.to_string().contains("cannot read ETag"),
            status == "warning",
            "{step}"
        );
    }
}
