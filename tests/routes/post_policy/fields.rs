//! Fields of forms: what S3 takes, and what it would not take.

use super::{ask, asked, conditions, form, handle};
use crate::support::json as body_of;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A document with tags, of which `key` makes the keys from the numbers.
fn tagging(tags: u32, key: impl Fn(u32) -> String, value: &str) -> String {
    let tags = (0..tags).map(|n| format!("<Tag><Key>{}</Key><Value>{value}</Value></Tag>", key(n)));
    format!(
        "<Tagging><TagSet>{}</TagSet></Tagging>",
        tags.collect::<String>()
    )
}

/// The detail of the answer to what has to be refused.
fn refusal(body: &Value) -> String {
    let response = handle(ask(body));
    assert_eq!(response.status(), 400, "{body}: {}", response.body());
    body_of(&response)["detail"].as_str().unwrap().to_owned()
}

#[test]
fn what_s3_would_not_take_is_refused_by_the_name_of_its_field() {
    for (more, named) in [
        (json!({"key": ""}), "key:"),
        (json!({"key": "users/${filename}/x"}), "key:"),
        (json!({"key": "users/${filename}${filename}"}), "key:"),
        (json!({"key": "users/../${filename}"}), "key:"),
        (
            json!({"key": format!("users/{}${{filename}}", "x".repeat(1018))}),
            "key:",
        ),
        (json!({"expiresIn": 901}), "expiresIn:"),
        (json!({"minBytes": 6, "maxBytes": 5}), "minBytes:"),
        (json!({"maxBytes": 5_368_709_121_u64}), "maxBytes:"),
        (json!({"maxBytes": -1}), "maxBytes:"),
        (json!({"contentType": ""}), "contentType:"),
        (json!({"contentType": "image"}), "contentType:"),
        (json!({"contentType": "image/p*"}), "contentType:"),
        (json!({"contentType": "*"}), "contentType:"),
        (json!({"contentType": "*/png"}), "contentType:"),
        (json!({"contentType": "/*"}), "contentType:"),
        (json!({"contentType": "/png"}), "contentType:"),
        (json!({"contentType": "image/"}), "contentType:"),
        (json!({"contentType": "image/*; a=b"}), "contentType:"),
        (json!({"contentType": "image/${filename}"}), "contentType:"),
        (
            json!({"contentType": "image/png; a=${filename}"}),
            "contentType:",
        ),
        (json!({"contentType": "image/png\r\n"}), "contentType:"),
        (json!({"contentType": "image/\u{e9}"}), "contentType:"),
        (json!({"operation": "putObject"}), "operation:"),
        (json!({"fields": {"acl": 7}}), "fields.acl:"),
        (json!({"fields": {"acl": ""}}), "fields.acl:"),
        (json!({"fields": {"acl": " private"}}), "fields.acl:"),
        (
            json!({"fields": {"acl": "private", "ACL": "private"}}),
            "fields.",
        ),
        (
            json!({"fields": {"Content-Type": "a/b"}}),
            "fields.content-type:",
        ),
        (json!({"fields": {"file": "x"}}), "fields.file:"),
        (json!({"fields": {"key": "x"}}), "fields.key:"),
        (json!({"fields": {"bucket": "x"}}), "fields.bucket:"),
        (json!({"fields": {"policy": "x"}}), "fields.policy:"),
        (json!({"fields": {"x-amz-date": "x"}}), "fields.x-amz-date:"),
        (
            json!({"fields": {"x-amz-security-token": "x"}}),
            "fields.x-amz-security-token:",
        ),
        (
            json!({"fields": {"x-ignore-me": "x"}}),
            "fields.x-ignore-me:",
        ),
        (
            json!({"fields": {"x-amz-meta-": "x"}}),
            "fields.x-amz-meta-:",
        ),
        (
            json!({"fields": {"x-amz-meta-a b": "x"}}),
            "fields.x-amz-meta-a b:",
        ),
        (
            json!({"fields": {"x-amz-meta-\u{e9}": "a"}}),
            "fields.x-amz-meta-\u{e9}: is not the name",
        ),
        (
            json!({"fields": {"x-amz-meta-a": "a\nb"}}),
            "fields.x-amz-meta-a: must not have control characters",
        ),
        (
            json!({"fields": {"x-amz-meta-a": "a\u{85}"}}),
            "fields.x-amz-meta-a: must not have control characters",
        ),
        (
            json!({"fields": {"x-amz-meta-a": "\u{e9} "}}),
            "fields.x-amz-meta-a: must not have control characters, nor spaces at its ends",
        ),
        (
            json!({"fields": {"cache-control": "\u{e9}"}}),
            "fields.Cache-Control: must be visible ASCII",
        ),
        // 1,024 characters of two bytes each, and a name of one.
        (
            json!({"fields": {"x-amz-meta-a": "\u{e9}".repeat(1024)}}),
            "fields.x-amz-meta-\u{2026}: must have at most 2048 bytes",
        ),
        (
            json!({"fields": {"x-amz-meta-a": "a${filename}"}}),
            "fields.x-amz-meta-a:",
        ),
        (
            json!({"fields": {"success_action_status": "302"}}),
            "fields.success_action_status:",
        ),
        (
            json!({"fields": {"success_action_redirect": "javascript:x"}}),
            "fields.success_action_redirect:",
        ),
        (
            json!({"fields": {"success_action_redirect": "//evil.example"}}),
            "fields.success_action_redirect:",
        ),
        (
            json!({"fields": {"success_action_redirect": "https://a.example", "success_action_status": "201"}}),
            "fields.success_action_status:",
        ),
        (json!({"fields": {"tagging": "a=b"}}), "fields.tagging:"),
        (
            json!({"fields": {"tagging": "<Tagging>"}}),
            "fields.tagging:",
        ),
        (
            json!({"fields": {"tagging": "<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>"}}),
            "fields.tagging: must be a <Tagging> document",
        ),
        (
            json!({"fields": {"tagging": tagging(11, |n| n.to_string(), "")}}),
            "fields.tagging: must be up to 10 tags",
        ),
        (
            json!({"fields": {"tagging": tagging(2, |_| "a".to_owned(), "")}}),
            "fields.tagging: must be up to 10 tags",
        ),
        (
            json!({"fields": {"tagging": tagging(1, |_| "a".repeat(129), "")}}),
            "fields.tagging: must be up to 10 tags",
        ),
        (
            json!({"fields": {"tagging": tagging(1, |_| "a".to_owned(), &"b".repeat(257))}}),
            "fields.tagging: must be up to 10 tags",
        ),
        (
            json!({"fields": {"tagging": tagging(1, |_| "a".to_owned(), "b*")}}),
            "fields.tagging: must have only letters",
        ),
        (
            json!({"fields": {"tagging": tagging(5, |n| n.to_string(), &"&#000233;".repeat(256))}}),
            "fields: make a form of",
        ),
        // What a header of putObject may not be, a field may not be either.
        (
            json!({"fields": {"x-amz-meta-long": "x".repeat(2048)}}),
            "fields.x-amz-meta-…:",
        ),
        (
            json!({"fields": {"acl": "public"}}),
            "fields.acl: must be one of",
        ),
        (
            json!({"fields": {"content-md5": "x"}}),
            "fields.content-md5:",
        ),
        (
            json!({"fields": {"expires": "2027-01-01"}}),
            "fields.expires:",
        ),
        (
            json!({"fields": {"x-amz-checksum-crc32": "AAAAAA==", "x-amz-checksum-sha1": "FbEWdqQQJYlHc5Ad+5Nx8X2k7TM="}}),
            "fields.x-amz-checksum-sha1: must not be given together",
        ),
        (
            json!({"fields": {"x-amz-checksum-algorithm": "CRC32"}}),
            "fields.x-amz-checksum-algorithm: needs the checksum itself",
        ),
        (
            json!({"fields": {"x-amz-server-side-encryption-aws-kms-key-id": "k"}}),
            "fields.x-amz-server-side-encryption-aws-kms-key-id: needs",
        ),
        (
            json!({"fields": {"x-amz-server-side-encryption-customer-algorithm": "AES256"}}),
            "fields.x-amz-server-side-encryption-customer-key: is missing",
        ),
        (
            json!({"fields": {"x-amz-website-redirect-location": "javascript:x"}}),
            "fields.x-amz-website-redirect-location:",
        ),
    ] {
        let detail = refusal(&asked(more.clone()));
        assert!(detail.starts_with(named), "{more}: {detail}");
    }
}

#[test]
fn every_media_type_and_field_that_s3_takes_is_taken() {
    for media_type in [
        "image/png",
        "text/plain; charset=utf-8",
        "application/vnd.a+json",
    ] {
        let form = form(json!({"contentType": media_type}));
        assert_eq!(form["fields"]["Content-Type"], media_type);
        assert!(conditions(&form).contains(&json!({"Content-Type": media_type})));
    }
    let any = json!(["starts-with", "$Content-Type", ""]);
    assert!(conditions(&form(json!({"contentType": "*/*"}))).contains(&any));
    for (name, value) in [
        ("acl", "public-read"),
        ("content-md5", "XrY7u+Ae7tCTyyK7j1rNww=="),
        ("success_action_redirect", "http://a.example/b?c#d"),
        (
            "tagging",
            "<Tagging><TagSet><Tag><Key>&#233;</Key><Value/></Tag></TagSet></Tagging>",
        ),
        (
            "x-amz-checksum-SHA256",
            "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=",
        ),
        ("x-amz-server-side-encryption", "aws:kms:dsse"),
        ("x-amz-meta-A.b_c-1", "a  b"),
        // A form is sent in UTF-8: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
        ("x-amz-meta-name", "Übersicht 日本🦀.pdf"),
        ("x-amz-meta-empty", ""),
        ("x-amz-meta-cost", "$5 \\ \"key\" [\"starts-with\",\"$key\""),
        (
            "tagging",
            "<Tagging><TagSet><Tag><Key>日本</Key><Value>a +-=._:/@1</Value></Tag></TagSet></Tagging>",
        ),
    ] {
        let form = form(json!({"fields": {name: value}}));
        let fields = form["fields"].as_object().unwrap();
        let sent = fields
            .iter()
            .find(|(sent, _)| sent.eq_ignore_ascii_case(name));
        let (sent, sent_value) = sent.unwrap();
        assert_eq!(sent_value, value);
        assert!(conditions(&form).contains(&json!({sent: value})), "{name}");
    }
}

/// [What AWS has escaped](https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html#sigv4-HTTPPOSTEscaping),
/// by escapes that JSON has.
#[test]
fn a_policy_escapes_dollar_signs_backslashes_and_everything_beyond_ascii() {
    let value = "$key \\ é 🦀";
    let asked = json!({
        "key": "users/$a/${filename}", "contentType": "image/*", "fields": {"x-amz-meta-a": value},
    });
    let form = form(asked);
    let policy = STANDARD.decode(form["fields"]["policy"].as_str().unwrap());
    let policy = String::from_utf8(policy.unwrap()).unwrap();
    assert!(policy.is_ascii());
    for part in [
        r#"{"x-amz-meta-a":"\u0024key \\ \u00e9 \ud83e\udd80"}"#,
        r#"["starts-with","$key","users/\u0024a/"]"#,
        r#"["starts-with","$Content-Type","image/"]"#,
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert_eq!(policy.matches('$').count(), 2);
    assert!(conditions(&form).contains(&json!({"x-amz-meta-a": value})));
}
