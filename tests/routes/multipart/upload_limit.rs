//! The profile's upload limit, for an upload in parts.

use crate::support::uploads::{
    COMPLETED, MIB, ask, create, expect_invalid, handle, limited, uploads, wish,
};
use crate::support::{Fake, answer, json as body_of};
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
    // Whatever the client says of the size, and if it says nothing, S3 is asked for it.
    for headers in [json!({}), json!({"x-amz-mp-object-size": fine})] {
        let part = "<Part><PartNumber>1</PartNumber><ETag>x</ETag><Size>10</Size></Part>";
        let listed = format!("<ListPartsResult>{part}</ListPartsResult>");
        fake.s3_will_answer(Ok(answer(200, &listed)));
        fake.s3_will_answer(Ok(answer(200, COMPLETED)));
        let response = ask(&service, &fake, "/complete", &complete(headers));
        assert_eq!(response.status(), 200, "{}", response.body());
    }
}
