//! Bindings of a worker, and the worker that has them.

use std::collections::BTreeMap;

use edge_presigner::presign::{Operation, header_names, is_closed};
use edge_presigner::service::Service;
use serde_json::{Value, json};

/// The bearer key of the caller `app`, and its SHA-256 as `sha256sum` prints it.
pub const KEY: &str = "correct horse battery staple";
pub const KEY_SHA256: &str = "c4bbcb1fbec99d65bf59d85c8cb62ee2db963f0fe106f483d9afa73bd4e39a8a";

/// 32 bytes in base64.
pub const CACHE_KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/// Bindings of a working worker: the caller `app` with [`KEY`], and the profiles `avatars` for it
/// and `public` for anyone.
pub fn bindings() -> BTreeMap<String, String> {
    let callers =
        format!(r#"{{"app":{{"bearerSha256":["{KEY_SHA256}"]}},"other":{{"bearerSha256":[]}}}}"#);
    let profiles = r#"{
        "avatars": {
            "bucket": "bucket", "keyPrefix": "users/", "callers": ["app"],
            "operations": ["getObject", "headObject", "putObject", "deleteObject"],
            "maxLifetimeSecs": 900
        },
        "public": {
            "bucket": "bucket", "keyPrefix": "public/", "callers": ["anyone"],
            "operations": ["getObject"], "maxLifetimeSecs": 60, "region": "us-east-1"
        },
        "others": {
            "bucket": "bucket", "keyPrefix": "", "callers": ["other"],
            "operations": ["getObject"], "maxLifetimeSecs": 60
        }
    }"#;
    [
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/presigner"),
        ("CACHE_KEY", CACHE_KEY),
        ("CALLERS", &callers),
        ("PROFILES", profiles),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

/// [`bindings`] with some of them changed; an empty value takes one away.
pub fn bindings_with(changes: &[(&str, &str)]) -> BTreeMap<String, String> {
    let mut bindings = bindings();
    for (name, value) in changes {
        bindings.insert((*name).to_owned(), (*value).to_owned());
    }
    bindings
}

pub fn service_with(changes: &[(&str, &str)]) -> Service {
    let bindings = bindings_with(changes);
    Service::new(|name| bindings.get(name).cloned())
}

pub fn service() -> Service {
    service_with(&[])
}

const OVERRIDES: [&str; 7] = [
    "cacheControl",
    "contentDisposition",
    "download",
    "contentEncoding",
    "contentLanguage",
    "contentType",
    "expires",
];

/// `profiles` with everything open that is closed unless a profile names it, for tests of what S3 itself accepts.
pub fn opened(profiles: &str) -> String {
    let mut profiles: Value = serde_json::from_str(profiles).unwrap();
    for (_, profile) in profiles.as_object_mut().unwrap() {
        let has = |operation: &Operation| {
            let operations = profile["operations"].as_array().unwrap();
            operations.contains(&operation.name().into())
        };
        let operations = Operation::ALL.into_iter().filter(has);
        let mut names: Vec<&str> = operations.flat_map(header_names).collect();
        names.retain(|name| is_closed(name));
        if has(&Operation::PutObject) {
            names.push("success_action_redirect");
        }
        profile["headers"] = json!(names);
        profile["versions"] = json!(true);
        profile["responseOverrides"] = json!(OVERRIDES);
    }
    profiles.to_string()
}
