//! What comes in: at random, or close to what is right.

use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;
use serde_json::{Map, Value};

/// Path segments of everything that decoders stumble over.
pub(super) fn path() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-z]{1,8}",
        "[!-~]{0,6}",
        "%[0-9A-Fa-f]{2}",
        "%[0-9A-Za-z%]{0,2}",
        Just("/".to_owned()),
        Just("%2F".to_owned()),
        Just(".".to_owned()),
        Just("%2e".to_owned()),
        Just("%00".to_owned()),
        Just("+".to_owned()),
        Just("%C3%A9".to_owned()),
        Just("%F0%9F%A6%80".to_owned()),
        Just("%ED%A0%80".to_owned()),
        "x{0,300}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

pub(super) fn query() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        Just("expires".to_owned()),
        Just("download".to_owned()),
        Just("versionId".to_owned()),
        "[!-~]{0,8}",
    ];
    let value = prop_oneof!["[0-9]{0,25}", "[!-~]{0,12}", "(%[0-9A-F]{2}){0,6}"];
    prop::collection::vec((name, value), 0..4).prop_map(|pairs| {
        pairs
            .iter()
            .map(|(name, value)| format!("{name}={value}&"))
            .collect()
    })
}

/// JSON with the names that mean something, and values that do and do not fit.
pub(super) fn sign_body() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        prop::sample::select(vec![
            "avatars",
            "public",
            "getObject",
            "putObject",
            "uploadPart",
            "listObjectsV2",
            "users/a",
            "users/../a",
            "url",
            "image/png",
            "AES256",
            "aws:kms",
            "*",
            "true",
            "12",
            "1B2M2Y8AsgTpgAmY7PhCfg==",
            "Wed, 21 Oct 2026 07:28:00 GMT",
            "2027-01-01T00:00:00Z",
            "",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,20}",
        "[\\x00-\\x7f]{0,20}",
    ];
    let leaf = prop_oneof![
        text.prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (0_u64..20_000).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
    ];
    let name = prop_oneof![
        prop::sample::select(vec![
            "profile",
            "operation",
            "key",
            "expiresIn",
            "headers",
            "versionId",
            "response",
            "download",
            "partNumber",
            "uploadId",
            "maxParts",
            "partNumberMarker",
            "prefix",
            "delimiter",
            "maxKeys",
            "continuationToken",
            "startAfter",
            "encodingType",
            "fetchOwner",
            "contentType",
            "contentDisposition",
            "expires",
            "content-type",
            "Content-Type",
            "content-length",
            "content-md5",
            "range",
            "x-amz-acl",
            "x-amz-meta-a",
            "x-amz-checksum-crc32",
            "x-amz-server-side-encryption",
            "x-amz-server-side-encryption-customer-key",
            "items",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,12}",
    ];
    leaf.prop_recursive(4, 48, 12, move |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            4 => prop::collection::vec((name.clone(), inner), 0..12)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// `text` with a few of its characters taken out, doubled or replaced.
pub(super) fn mutated(text: String) -> impl Strategy<Value = String> {
    let length = text.chars().count();
    let change = (0..length.max(1), 0..3_u8, any::<char>());
    prop::collection::vec(change, 0..5).prop_map(move |changes| {
        let mut chars: Vec<char> = text.chars().collect();
        for (place, kind, other) in changes {
            let place = place.min(chars.len().saturating_sub(1));
            match kind {
                0 if !chars.is_empty() => {
                    chars.remove(place);
                }
                1 => chars.insert(place, other),
                _ => chars.truncate(place),
            }
        }
        chars.into_iter().collect()
    })
}

/// The headers that decide what becomes of an object, with values that do and do not fit.
pub(super) fn answer_headers() -> impl Strategy<Value = HeaderMap> {
    let name = prop::sample::select(vec![
        "content-type",
        "content-length",
        "content-range",
        "content-encoding",
        "cache-control",
        "etag",
        "range",
        "if-range",
        "if-none-match",
    ]);
    let value = prop_oneof![
        prop::sample::select(vec![
            "text/html",
            "application/dash+xml",
            "0",
            "200",
            "18446744073709551616",
            "bytes 0-1/2",
            "bytes 0-1/*",
            "bytes */9",
            "gzip",
            "public, max-age=99999999999999999999",
            "max-age=1, no-cache",
            "W/\"1\"",
        ])
        .prop_map(str::to_owned),
        "[ -~]{0,24}",
    ];
    prop::collection::vec((name, value), 0..5).prop_map(|pairs| {
        let pairs = pairs.into_iter().map(|(name, value)| {
            let value = HeaderValue::from_str(&value).unwrap();
            (HeaderName::from_static(name), value)
        });
        pairs.collect()
    })
}
