//! Who may take which step of an upload in parts, with which handle, and within which bounds.

use crate::support::uploads::{
    COMPLETED, CREATED, MIB, OPERATIONS, OTHER_KEY, ask, create, detail, expect_invalid, handle,
    limited, problem, profiles, step, uploads, uploads_with, wish,
};
use crate::support::{CACHE_KEY, Fake, answer, json as body_of, ready, secs};
use http::{HeaderValue, Request, header};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn the_upload_limit_of_the_profile_is_held_by_announced_sizes() {
    let (service, fake) = (limited(), Fake::new());
    let typed = json!({"content-type": "video/mp4"});
    for (more, named) in [
        (json!({"headers": typed}), "sizeBytes: is missing"),
        (json!({"headers": typed, "sizeBytes": 9}), "sizeBytes:"),
        (
            json!({"headers": typed, "sizeBytes": 12 * MIB + 1}),
            "sizeBytes:",
        ),
        (json!({"sizeBytes": 10}), "headers.content-type:"),
        (
            json!({"sizeBytes": 10, "headers": {"content-type": "text/html"}}),
            "headers.content-type:",
        ),
    ] {
        let response = ask(&service, &fake, "", &wish(&more));
        expect_invalid(&response, named, &more);
    }
    let created = create(
        &service,
        &fake,
        &json!({"headers": typed, "sizeBytes": 12 * MIB}),
    );
    let handle = created["handle"].as_str().unwrap();
    let numbers = [1, 2].map(|number| json!({"partNumber": number}));
    let signed = ask(
        &service,
        &fake,
        "/sign",
        &json!({"handle": handle, "parts": numbers}),
    );
    let lengths = [8 * MIB, 4 * MIB];
    for (part, length) in body_of(&signed)["parts"]
        .as_array()
        .unwrap()
        .iter()
        .zip(lengths)
    {
        assert_eq!(part["headers"]["content-length"], length.to_string());
    }
    let etags = [1, 2].map(|number| json!({"partNumber": number, "etag": "x"}));
    fake.s3_will_answer(Ok(answer(200, COMPLETED)));
    let response = ask(
        &service,
        &fake,
        "/complete",
        &json!({"handle": handle, "parts": etags}),
    );
    assert_eq!(response.status(), 200, "{}", response.body());
    let requests = fake.s3_requests.borrow();
    let sent = requests.last().unwrap().headers();
    assert_eq!(sent["x-amz-mp-object-size"], (12 * MIB).to_string());
}

#[test]
fn an_upload_from_before_there_was_a_limit_is_held_to_it_too() {
    let fake = Fake::new();
    let handle = handle(&uploads(), &fake);
    let service = limited();
    let part = |headers: Value| json!({"handle": handle, "parts": [{"partNumber": 1, "headers": headers}]});
    let complete = |headers: Value| json!({"handle": handle, "parts": [{"partNumber": 1, "etag": "x"}], "headers": headers});
    let (too_large, fine) = ((12 * MIB + 1).to_string(), (12 * MIB).to_string());
    for (name, body, named) in [
        ("/sign", part(json!({})), "parts[0].headers.content-length:"),
        (
            "/sign",
            part(json!({"content-length": too_large})),
            "parts[0].headers.content-length:",
        ),
        (
            "/complete",
            complete(json!({})),
            "headers.x-amz-mp-object-size:",
        ),
        (
            "/complete",
            complete(json!({"x-amz-mp-object-size": too_large})),
            "headers.x-amz-mp-object-size:",
        ),
    ] {
        let response = ask(&service, &fake, name, &body);
        expect_invalid(&response, named, &body);
    }
    let signed = ask(
        &service,
        &fake,
        "/sign",
        &part(json!({"content-length": fine})),
    );
    assert_eq!(signed.status(), 200);
    fake.s3_will_answer(Ok(answer(200, COMPLETED)));
    let response = ask(
        &service,
        &fake,
        "/complete",
        &complete(json!({"x-amz-mp-object-size": fine})),
    );
    assert_eq!(response.status(), 200, "{}", response.body());
}

const LATER_STEPS: [&str; 4] = ["/sign", "/list", "/complete", "/abort"];

fn any(name: &str, handle: &str) -> Value {
    match name {
        "/sign" => json!({"handle": handle, "parts": [{"partNumber": 1}]}),
        "/complete" => json!({"handle": handle, "parts": [{"partNumber": 1, "etag": "x"}]}),
        _ => json!({"handle": handle}),
    }
}

fn as_other(mut request: Request<String>) -> Request<String> {
    let bearer = HeaderValue::from_str(&format!("Bearer {OTHER_KEY}")).unwrap();
    request.headers_mut().insert(header::AUTHORIZATION, bearer);
    request
}

fn as_nobody(mut request: Request<String>) -> Request<String> {
    request.headers_mut().remove(header::AUTHORIZATION);
    request
}

#[test]
fn a_handle_is_its_callers_alone() {
    let (service, fake) = (uploads(), Fake::new());
    let mine = handle(&service, &fake);
    let open = json!({"profile": "open", "key": "open/x"});
    fake.s3_will_answer(Ok(answer(200, CREATED)));
    let nobodys = ready(service.handle(as_nobody(step("", &open)), &fake));
    let nobodys = body_of(&nobodys)["handle"].as_str().unwrap().to_owned();
    fake.s3_will_answer(Ok(answer(200, CREATED)));
    let open_mine = body_of(&ask(&service, &fake, "", &open));
    let open_mine = open_mine["handle"].as_str().unwrap();
    let asked_before = fake.s3_requests.borrow().len();
    for name in LATER_STEPS {
        for (request, status) in [
            (as_other(step(name, &any(name, &mine))), 403),
            (as_nobody(step(name, &any(name, &mine))), 401),
            (step(name, &any(name, &nobodys)), 403),
            (as_other(step(name, &any(name, &nobodys))), 403),
            (as_nobody(step(name, &any(name, open_mine))), 401),
        ] {
            let response = ready(service.handle(request, &fake));
            assert_eq!(response.status(), status, "{name}: {}", response.body());
        }
        let response = ready(service.handle(as_nobody(step(name, &any(name, &nobodys))), &fake));
        assert!(!matches!(response.status().as_u16(), 401 | 403), "{name}");
    }
    // Only the last one of each step, which was allowed, got as far as S3: three tries, or one.
    assert_eq!(fake.s3_requests.borrow().len() - asked_before, 3 + 1 + 3);
}

#[test]
fn a_handle_ends_when_it_says_and_is_refused_when_it_is_none() {
    let (service, fake) = (uploads(), Fake::new());
    let created = create(&service, &fake, &json!({"expiresIn": 60}));
    let handle = created["handle"].as_str().unwrap();
    assert_eq!(created["expiresAt"], "2026-03-01T12:01:00Z");
    fake.pass(secs(59));
    let signed = ask(&service, &fake, "/sign", &any("/sign", handle));
    assert_eq!(signed.status(), 200);
    fake.pass(secs(1));
    for name in LATER_STEPS {
        let response = ask(&service, &fake, name, &any(name, handle));
        assert_eq!(
            problem(&response),
            (410, "handle-expired".to_owned()),
            "{name}"
        );
        assert!(detail(&response).contains("2026-03-01T12:01:00Z"));
        for none in ["", "x", "AAAA", &handle[1..], &format!("{handle}AAAA")] {
            let response = ask(&service, &fake, name, &any(name, none));
            assert_eq!(
                problem(&response),
                (400, "invalid-request".to_owned()),
                "{name}"
            );
            assert!(detail(&response).starts_with("handle:"));
        }
    }
}

#[test]
fn a_handle_is_good_for_what_the_profile_says_now() {
    let fake = Fake::new();
    let handle = handle(&uploads(), &fake);
    for (bucket, operations) in [("another", OPERATIONS), ("bucket", r#""getObject""#)] {
        let profiles = profiles(bucket, operations);
        let changed = uploads_with(&[("PROFILES", &profiles)]);
        for name in LATER_STEPS {
            let response = ask(&changed, &fake, name, &any(name, &handle));
            assert_eq!(
                problem(&response),
                (403, "not-allowed".to_owned()),
                "{name} {bucket}"
            );
        }
    }
}

#[test]
fn without_cache_key_there_are_no_uploads_and_s3_hears_nothing() {
    let fake = Fake::new();
    let handle = handle(&uploads(), &fake);
    let keyless = uploads_with(&[("CACHE_KEY", "")]);
    let mut answers = vec![ask(&keyless, &fake, "", &wish(&json!({})))];
    answers.extend(LATER_STEPS.map(|name| ask(&keyless, &fake, name, &any(name, &handle))));
    for response in answers {
        assert_eq!(problem(&response), (501, "cache-key-required".to_owned()));
    }
    assert_eq!(fake.s3_requests.borrow().len(), 1);
}

#[test]
fn a_handle_outlives_the_rotation_of_cache_key() {
    let fake = Fake::new();
    let handle = handle(&uploads(), &fake);
    let other = CACHE_KEY.replace('M', "N");
    let rotated = uploads_with(&[("CACHE_KEY", &format!("{other},{CACHE_KEY}"))]);
    assert_eq!(
        ask(&rotated, &fake, "/sign", &any("/sign", &handle)).status(),
        200
    );
    let replaced = uploads_with(&[("CACHE_KEY", &other)]);
    assert_eq!(
        ask(&replaced, &fake, "/sign", &any("/sign", &handle)).status(),
        400
    );
}

#[test]
fn only_who_may_create_an_upload_creates_one() {
    let (service, fake) = (uploads(), Fake::new());
    for wish in [
        json!({"profile": "films", "key": "other/x"}),
        json!({"profile": "nothing", "key": "users/x"}),
        json!({"profile": "open", "key": "users/x"}),
    ] {
        let response = ask(&service, &fake, "", &wish);
        assert_eq!(
            problem(&response),
            (403, "not-allowed".to_owned()),
            "{wish}"
        );
        let response = ready(service.handle(as_nobody(step("", &wish)), &fake));
        assert_eq!(
            problem(&response),
            (401, "key-required".to_owned()),
            "{wish}"
        );
    }
    assert_eq!((fake.s3_requests.borrow().len(), fake.sts_calls()), (0, 0));
}

#[test]
fn bad_input_is_refused_by_the_name_of_its_field_before_anything_is_asked() {
    let (service, fake) = (uploads(), Fake::new());
    let handle = handle(&service, &fake);
    let calls = || (fake.s3_requests.borrow().len(), fake.sts_calls());
    let before = calls();
    let with = |name: &str, more: Value| {
        let mut body = any(name, &handle);
        let more = more.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(more);
        body
    };
    let etag = |number: u32, etag: &str| json!({"partNumber": number, "etag": etag});
    for (name, body, named) in [
        ("", wish(&json!({"key": ""})), "key:"),
        ("", wish(&json!({"key": 7})), "key:"),
        ("", wish(&json!({"expiresIn": 0})), "expiresIn:"),
        ("", wish(&json!({"expiresIn": 604_801})), "expiresIn:"),
        (
            "",
            wish(&json!({"partSizeBytes": 5 * MIB})),
            "partSizeBytes:",
        ),
        (
            "",
            wish(&json!({"sizeBytes": 1, "partSizeBytes": 1})),
            "partSizeBytes:",
        ),
        ("", wish(&json!({"sizeBytes": 1_u64 << 50})), "sizeBytes:"),
        ("", wish(&json!({"sizeBytes": -1})), "sizeBytes:"),
        ("", wish(&json!({"uploadId": "x"})), "uploadId:"),
        (
            "",
            wish(&json!({"headers": {"content-type": "a\nb"}})),
            "headers.content-type:",
        ),
        (
            "",
            wish(&json!({"headers": {"x-amz-date": "x"}})),
            "headers.x-amz-date:",
        ),
        (
            "",
            wish(&json!({"headers": {"authorization": "x"}})),
            "headers.authorization:",
        ),
        (
            "",
            wish(&json!({"headers": {"host": "x"}})),
            "headers.host:",
        ),
        (
            "",
            wish(&json!({"headers": {"content-md5": "x"}})),
            "headers.content-md5:",
        ),
        ("/sign", with("/sign", json!({"parts": []})), "parts:"),
        (
            "/sign",
            with(
                "/sign",
                json!({"parts": vec![json!({"partNumber": 1}); 101]}),
            ),
            "parts:",
        ),
        (
            "/sign",
            with("/sign", json!({"parts": [{}]})),
            "parts[0].partNumber:",
        ),
        (
            "/sign",
            with("/sign", json!({"parts": [{"partNumber": 0}]})),
            "parts[0].partNumber:",
        ),
        (
            "/sign",
            with("/sign", json!({"parts": [{"partNumber": 10_001}]})),
            "parts[0].partNumber:",
        ),
        (
            "/sign",
            with(
                "/sign",
                json!({"parts": [{"partNumber": 1}, {"partNumber": 2, "headers": {"x-amz-acl": "private"}}]}),
            ),
            "parts[1].headers.x-amz-acl:",
        ),
        (
            "/sign",
            with("/sign", json!({"expiresIn": 901})),
            "expiresIn:",
        ),
        (
            "/sign",
            with("/sign", json!({"key": "users/other"})),
            "key:",
        ),
        ("/list", with("/list", json!({"maxParts": 0})), "maxParts:"),
        (
            "/list",
            with("/list", json!({"maxParts": 1001})),
            "maxParts:",
        ),
        (
            "/list",
            with("/list", json!({"partNumberMarker": 10_001})),
            "partNumberMarker:",
        ),
        ("/list", json!({}), "handle:"),
        (
            "/complete",
            with("/complete", json!({"parts": []})),
            "parts:",
        ),
        (
            "/complete",
            with("/complete", json!({"parts": [etag(2, "x"), etag(1, "x")]})),
            "parts[1].partNumber:",
        ),
        (
            "/complete",
            with("/complete", json!({"parts": [etag(1, "x"), etag(1, "x")]})),
            "parts[1].partNumber:",
        ),
        (
            "/complete",
            with("/complete", json!({"parts": [etag(1, "")]})),
            "parts[0].etag:",
        ),
        (
            "/complete",
            with("/complete", json!({"parts": [etag(1, "a\"b")]})),
            "parts[0].etag:",
        ),
        (
            "/complete",
            with("/complete", json!({"parts": [etag(1, "\u{e9}")]})),
            "parts[0].etag:",
        ),
        (
            "/complete",
            with(
                "/complete",
                json!({"parts": [{"partNumber": 1, "etag": "x", "checksum": {"mode": "ENABLED"}}]}),
            ),
            "parts[0].checksum:",
        ),
        (
            "/complete",
            with(
                "/complete",
                json!({"parts": [{"partNumber": 1, "etag": "x", "checksum": {"sha1": "AAAAAA=="}}]}),
            ),
            "parts[0].checksum:",
        ),
        (
            "/complete",
            with(
                "/complete",
                json!({"headers": {"content-type": "text/xml"}}),
            ),
            "headers.content-type:",
        ),
        ("/abort", with("/abort", json!({"parts": []})), "parts:"),
        (
            "/abort",
            with("/abort", json!({"headers": {"if-match": "e"}})),
            "headers.if-match:",
        ),
        (
            "/list",
            with("/list", json!({"headers": {"range": "bytes=0-1"}})),
            "headers.range:",
        ),
    ] {
        let response = ask(&service, &fake, name, &body);
        assert_eq!(
            problem(&response),
            (400, "invalid-request".to_owned()),
            "{body}"
        );
        assert!(
            detail(&response).starts_with(named),
            "{body}: {}",
            detail(&response)
        );
    }
    assert_eq!(calls(), before);
}
