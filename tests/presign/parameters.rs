//! Values of parameters: what cannot be right is refused by name.

use super::operation::{refusal, with};
use edge_presigner::api::body;
use edge_presigner::routes::sign::SignRequest;
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_value_that_cannot_be_right_is_refused_by_name() {
    for (operation, more, named) in [
        (
            "getObject",
            json!({"requestPayer": "owner"}),
            "requestPayer: must be requester",
        ),
        (
            "putObject",
            json!({"requestPayer": "requester", "headers": {"x-amz-request-payer": "requester"}}),
            "requestPayer: must not be given together with headers.x-amz-request-payer",
        ),
        (
            "getObject",
            json!({"versionId": ""}),
            "versionId: must not be empty",
        ),
        (
            "getObject",
            json!({"partNumber": 0}),
            "partNumber: must be 1 to 10000",
        ),
        (
            "uploadPart",
            json!({"partNumber": 10_001}),
            "partNumber: must be 1 to 10000",
        ),
        (
            "uploadPart",
            json!({"uploadId": ""}),
            "uploadId: must not be empty",
        ),
        (
            "listParts",
            json!({"maxParts": 1001}),
            "maxParts: must be 1 to 1000",
        ),
        (
            "listParts",
            json!({"partNumberMarker": 10_001}),
            "partNumberMarker: must be 0 to 10000",
        ),
        (
            "listObjectsV2",
            json!({"maxKeys": 0}),
            "maxKeys: must be 1 to 1000",
        ),
        (
            "listObjectsV2",
            json!({"encodingType": "xml"}),
            "encodingType: must be url",
        ),
        (
            "getObject",
            json!({"response": {"contentType": "text/plain\r\nx: y"}}),
            "response.contentType: must be visible",
        ),
        (
            "getObject",
            json!({"response": {"contentType": " text/plain"}}),
            "response.contentType: must be visible",
        ),
        (
            "getObject",
            json!({"response": {"contentType": ""}}),
            "response.contentType: must be visible",
        ),
        (
            "getObject",
            json!({"response": {"contentDisposition": "attachment; filename=é"}}),
            "response.contentDisposition: must be visible",
        ),
        (
            "getObject",
            json!({"response": {"expires": "tomorrow"}}),
            "response.expires: must be a date",
        ),
        (
            "getObject",
            json!({"response": {"etag": "x"}}),
            "response.etag: is not known here",
        ),
        (
            "getObject",
            json!({"response": "x"}),
            "response: must be an object",
        ),
        (
            "getObject",
            json!({"download": "a/b"}),
            "download: must be a file name",
        ),
        (
            "getObject",
            json!({"download": "a\nb"}),
            "download: must be a file name",
        ),
        (
            "getObject",
            json!({"download": "a\\b"}),
            "download: must be a file name",
        ),
        (
            "getObject",
            json!({"download": ".."}),
            "download: must be a file name",
        ),
        (
            "getObject",
            json!({"download": "photo\u{202e}gpj.exe"}),
            "download: must be a file name",
        ),
        (
            "getObject",
            json!({"download": "a\u{85}b"}),
            "download: must be a file name",
        ),
        (
            "getObject",
            json!({"download": ""}),
            "download: must have 1 to 1020 bytes",
        ),
        (
            "putObject",
            json!({"download": "a"}),
            "download: is not a parameter of putObject",
        ),
        (
            "getObject",
            json!({"download": "a", "response": {"contentDisposition": "inline"}}),
            "download: must not be given together",
        ),
        (
            "getObject",
            json!({"partNumber": 1, "headers": {"range": "bytes=0-1"}}),
            "partNumber: must not be given together",
        ),
    ] {
        let said = refusal(&with(operation, &more)).unwrap_or_default();
        assert!(said.starts_with(named), "{operation} {more}: {said}");
    }
}

#[test]
fn dates_of_http_are_those_that_there_are() {
    for (date, taken) in [
        ("Sun, 06 Nov 1994 08:49:37 GMT", true),
        ("Thu, 01 Jan 1970 00:00:00 GMT", true),
        ("Thu, 29 Feb 2024 23:59:60 GMT", true),
        ("Fri, 31 Dec 9999 23:59:59 GMT", true),
        ("Mon, 06 Nov 1994 08:49:37 GMT", false),
        ("Son, 06 Nov 1994 08:49:37 GMT", false),
        ("Tue, 06 Okt 2026 08:49:37 GMT", false),
        ("Sun, 29 Feb 2026 00:00:00 GMT", false),
        ("Sun, 00 Nov 1994 08:49:37 GMT", false),
        ("Sun, 06 Nov 1994 24:00:00 GMT", false),
        ("Sun, 06 Nov 1994 08:60:00 GMT", false),
        ("Sunday, 06-Nov-94 08:49:37 GMT", false),
        ("Sun Nov  6 08:49:37 1994", false),
        ("Sun, 06 Nov 1994 08:49:37 UTC", false),
        ("Sun, 6 Nov 1994 08:49:37 GMT", false),
    ] {
        let header = json!({"headers": {"if-modified-since": date}});
        let response = json!({"response": {"expires": date}});
        for more in [header, response] {
            let said = refusal(&with("getObject", &more));
            assert_eq!(said.is_none(), taken, "{more}: {said:?}");
        }
    }
}

#[test]
fn a_download_has_its_name_in_both_forms_where_one_is_not_enough() {
    for (name, plain, extended) in [
        ("report.pdf", "report.pdf", None),
        ("it's (1).txt", "it's (1).txt", None),
        ("a;b=c,d.txt", "a;b=c,d.txt", None),
        (
            "Übersicht 2026.pdf",
            "_bersicht 2026.pdf",
            Some("%C3%9Cbersicht%202026.pdf"),
        ),
        ("日本.txt", "__.txt", Some("%E6%97%A5%E6%9C%AC.txt")),
        ("say \"hi\".txt", "say _hi_.txt", Some("say%20%22hi%22.txt")),
        ("100%.txt", "100_.txt", Some("100%25.txt")),
        ("🦀", "_", Some("%F0%9F%A6%80")),
        (".htaccess", ".htaccess", None),
        ("...", "...", None),
        ("a'*()!~.txt", "a'*()!~.txt", None),
        ("é'*()!~", "_'*()!~", Some("%C3%A9%27%2A%28%29%21~")),
    ] {
        let asked = with("getObject", &json!({"download": name})).to_string();
        let asked: SignRequest = body::read(&asked).unwrap();
        let mut expected = format!("attachment; filename=\"{plain}\"");
        if let Some(extended) = extended {
            expected.push_str(&format!("; filename*=UTF-8''{extended}"));
        }
        let query = asked.check().unwrap();
        let all: Vec<(&str, &str)> = query.iter().collect();
        assert_eq!(all, [("response-content-disposition", expected.as_str())]);
    }
}

/// 255 bytes are the limit of common file systems; of other ones 255 characters.
#[test]
fn a_long_download_name_is_shortened_and_keeps_its_ending() {
    let disposition = |name: &str| {
        let asked = with("getObject", &json!({"download": name})).to_string();
        let asked: SignRequest = body::read(&asked).unwrap();
        let query = asked.check().unwrap();
        query.iter().next().unwrap().1.to_owned()
    };
    let shortened = |name: &str| {
        let disposition = disposition(name);
        let (_, encoded) = disposition.split_once("; filename*=UTF-8''").unwrap();
        let decoded = percent_encoding::percent_decode_str(encoded).decode_utf8();
        decoded.unwrap().into_owned()
    };
    // Characters of three bytes each: 251 bytes are left of them.
    let report = "報".repeat(100);
    assert_eq!(
        shortened(&format!("{report}.pdf")),
        format!("{}.pdf", "報".repeat(83))
    );
    assert_eq!(
        shortened(&format!("{}.tar.gz", "告".repeat(251))),
        format!("{}.gz", "告".repeat(84))
    );
    // Without an ending, and with one that is none.
    assert_eq!(shortened(&report), "報".repeat(85));
    assert_eq!(
        shortened(&format!("a.{report}")),
        format!("a.{}", "報".repeat(84))
    );
    // What fits stays as it is.
    assert_eq!(shortened(&"報".repeat(85)), "報".repeat(85));
    let plain = "a".repeat(300);
    assert_eq!(
        disposition(&format!("{plain}.txt")),
        format!("attachment; filename=\"{}.txt\"", "a".repeat(251))
    );
    let most = "🦀".repeat(255);
    assert_eq!(shortened(&most), "🦀".repeat(63));
    let longer = json!({"download": format!("{most}.")});
    let said = refusal(&with("getObject", &longer)).unwrap();
    assert_eq!(said, "download: must have 1 to 1020 bytes");
}
