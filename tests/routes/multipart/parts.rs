//! Signing the parts of an upload, and listing them.

use crate::support::uploads::{ask, handle, last_url, opened_uploads, problem, uploads};
use crate::support::{Fake, answer, json as body_of, secs};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn parts_are_signed_as_urls_are() {
    let (service, fake) = (uploads(), Fake::new());
    let handle = handle(&service, &fake);
    fake.pass(secs(7));
    let part = json!({"partNumber": 7, "headers": {"Content-MD5": "XrY7u+Ae7tCTyyK7j1rNww=="}});
    let asked = json!({"handle": handle, "parts": [part], "expiresIn": 600});
    let response = ask(&service, &fake, "/sign", &asked);
    let signed = body_of(&response);
    assert_eq!(signed["profile"], "films");
    assert_eq!(signed["key"], "users/a b.mov");
    // Signed as of the window that began at noon, and longer by a window.
    assert_eq!(signed["expiresAt"], "2026-03-01T12:11:00Z");
    assert_eq!(signed["expiresIn"], 653);
    let part = &signed["parts"][0];
    assert_eq!(
        (&part["partNumber"], &part["method"]),
        (&json!(7), &json!("PUT"))
    );
    assert_eq!(
        part["headers"],
        json!({"content-md5": "XrY7u+Ae7tCTyyK7j1rNww=="})
    );
    let url = part["url"].as_str().unwrap();
    for piece in [
        "https://bucket.s3.eu-central-1.amazonaws.com/users/a%20b.mov?",
        "X-Amz-Date=20260301T120000Z&X-Amz-Expires=660&",
        "&X-Amz-SignedHeaders=content-md5%3Bhost&",
        "&partNumber=7&uploadId=upload-1&X-Amz-Signature=",
    ] {
        assert!(url.contains(piece), "{piece} in {url}");
    }
    // S3 heard of the creation only.
    assert_eq!(fake.s3_requests.borrow().len(), 1);
}

#[test]
fn a_hundred_parts_with_a_checksum_and_a_key_of_the_customers_each_are_signed_at_once() {
    let (service, fake) = (opened_uploads(), Fake::new());
    // 32 zeros, and their MD5 by md5sum.
    let key = format!("{}=", "A".repeat(43));
    let md5 = "cLyPS3KoaSFGi/joRB3OUQ==";
    let part = |number| {
        json!({"partNumber": number, "headers": {
            "content-length": "5368709120",
            "x-amz-checksum-sha256": key,
            "x-amz-sdk-checksum-algorithm": "SHA256",
            "x-amz-server-side-encryption-customer-algorithm": "AES256",
            "x-amz-server-side-encryption-customer-key": key,
            "x-amz-server-side-encryption-customer-key-md5": md5,
        }})
    };
    let parts: Vec<Value> = (9_901..=10_000).map(part).collect();
    let asked = json!({"handle": handle(&service, &fake), "parts": parts});
    let response = ask(&service, &fake, "/sign", &asked);
    assert_eq!(response.status(), 200, "{}", response.body());
    assert_eq!(body_of(&response)["parts"].as_array().unwrap().len(), 100);
}

#[test]
fn the_urls_of_parts_never_outlive_their_session() {
    let (service, fake) = (uploads(), Fake::new());
    fake.grants.set(secs(120));
    let handle = handle(&service, &fake);
    let asked = json!({"handle": handle, "parts": [{"partNumber": 1}], "expiresIn": 600});
    let response = ask(&service, &fake, "/sign", &asked);
    assert_eq!(problem(&response), (422, "lifetime-unavailable".to_owned()));
}

#[test]
fn parts_are_listed_page_by_page() {
    let (service, fake) = (uploads(), Fake::new());
    let handle = handle(&service, &fake);
    let listed = include_str!("../../fixtures/s3/list_parts.xml");
    let listed = listed.replacen(
        "</Size>",
        "</Size><ChecksumCRC32>AAAAAA==</ChecksumCRC32>",
        1,
    );
    fake.s3_will_answer(Ok(answer(200, &listed)));
    let asked = json!({"handle": handle, "maxParts": 2, "partNumberMarker": 1});
    let page = body_of(&ask(&service, &fake, "/list", &asked));
    assert_eq!(
        page,
        json!({
            "profile": "films", "key": "users/a b.mov", "nextPartNumberMarker": 3, "parts": [
                {
                    "partNumber": 2, "etag": "\"7778aef83f66abc1fa1e8477f296d394\"", "sizeBytes": 10_485_760,
                    "lastModified": "2010-11-10T20:48:34.000Z", "checksum": {"crc32": "AAAAAA=="}
                },
                {
                    "partNumber": 3, "etag": "\"aaaa18db4cc2f85cedef654fccc4a4x8\"", "sizeBytes": 10_485_760,
                    "lastModified": "2010-11-10T20:48:33.000Z"
                }
            ]
        })
    );
    let query = "?max-parts=2&part-number-marker=1&uploadId=upload-1";
    assert!(last_url(&fake).ends_with(query), "{}", last_url(&fake));
}
