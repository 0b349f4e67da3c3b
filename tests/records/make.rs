//! Writes the file of the version in Cargo.toml, once.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Release, ask};
use crate::support::jose::{self, RFC7515_P256};
use crate::support::links::LINK_KEY;
use crate::support::{
    CACHE_KEY, Fake, KEY, KEY_SHA256, NOON_SECS, answer, granted, json as body_of, noon, ready,
    request, secs, service_with, with_bearer,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use edge_presigner::callers::{Grant, LinkKey};
use edge_presigner::multipart::{Handle, Plan};
use edge_presigner::presign::Operation;
use edge_presigner::sealed::CacheKey;
use http::{HeaderValue, Method, Response, header};
use serde_json::json;

/// 2100-01-01T00:00:00Z: the tests against the real clock use the records too.
const END_SECS: u64 = 4_102_444_800;
const SUBJECT: &str = "system:serviceaccount:edge-presigner:edge-presigner";

fn vars() -> BTreeMap<String, String> {
    let profile = |prefix: &str| {
        json!({"bucket": "bucket", "keyPrefix": format!("{prefix}/"), "callers": ["app", "link"], "maxLifetimeSecs": 900,
            "operations": ["getObject", "headObject", "putObject", "createMultipartUpload", "uploadPart"]})
    };
    let mut files = profile("files");
    files["receiptAudience"] = json!("https://api.example.com");
    let mut narrow = profile("narrow");
    narrow["policyArns"] = json!(["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]);
    narrow["policy"] = json!(r#"{"Version":"2012-10-17","Statement":[]}"#);
    let vars = [
        ("AWS_REGION", "eu-central-1".to_owned()),
        (
            "AWS_ROLE_ARN",
            "arn:aws:iam::123456789012:role/presigner".to_owned(),
        ),
        ("CACHE_KEY", CACHE_KEY.to_owned()),
        ("LINK_KEY", LINK_KEY.to_owned()),
        ("OIDC_ISSUER", "https://sign.example.com/oidc".to_owned()),
        ("OIDC_SIGNING_KEYS", format!("[{}]", RFC7515_P256.trim())),
        ("PUSHED_TOKEN_ISSUER", jose::ISSUER.to_owned()),
        ("PUSHED_TOKEN_SUBJECT", SUBJECT.to_owned()),
        (
            "CALLERS",
            json!({"app": {"bearerSha256": [KEY_SHA256], "admin": true}}).to_string(),
        ),
        (
            "PROFILES",
            json!({"files": files, "narrow": narrow}).to_string(),
        ),
    ];
    vars.map(|(name, value)| (name.to_owned(), value)).into()
}

/// What the code of today leaves behind at noon.
fn make() -> Release {
    let vars = vars();
    let pairs: Vec<(&str, &str)> = vars.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let service = service_with(&pairs);
    let fake = Fake::with_issuer();
    fake.token.replace(None);
    fake.grants.set(secs(END_SECS - NOON_SECS));

    let claims = json!({"aud": ["sts.amazonaws.com"], "exp": END_SECS, "iat": NOON_SECS, "iss": jose::ISSUER,
        "sub": SUBJECT});
    let header = json!({"alg": "EdDSA", "kid": "k1"});
    let pushed_token = jose::ed25519(1).token(&header, &claims);
    let push = request(Method::PUT, "/v1/token", &pushed_token);
    assert_eq!(ready(service.handle(push, &fake)).status(), 204);

    let mut sessions = BTreeMap::new();
    for (n, profile) in (1..).zip(["files", "narrow"]) {
        fake.will_answer(Ok(granted(n, noon() + secs(END_SECS - NOON_SECS))));
        let response = ask(&service, &fake, profile);
        assert_eq!(response.status(), 200, "{}", response.body());
        sessions.insert(profile.to_owned(), format!("ASIA{n}"));
    }

    let mut object = answer(200, "");
    let headers = object.headers_mut();
    headers.insert(header::ETAG, HeaderValue::from_static("\"e-1\""));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("9"));
    fake.s3_will_answer(Ok(object));
    let confirm =
        json!({"profile": "files", "key": "files/a", "payload": {"order": 7}}).to_string();
    let confirm = with_bearer(request(Method::POST, "/v1/uploads/confirm", &confirm), KEY);
    let confirmed: Response<String> = ready(service.handle(confirm, &fake));
    let kv = fake.kv.borrow();
    Release {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        now_secs: NOON_SECS,
        sessions,
        pushed_token,
        upload_id: "upload-1".to_owned(),
        handle: handle(&fake),
        links: links(),
        receipt: body_of(&confirmed)["receipt"].as_str().unwrap().to_owned(),
        kv: kv
            .iter()
            .map(|(key, (record, _))| (key.clone(), STANDARD.encode(record)))
            .collect(),
        vars,
    }
}

fn handle(fake: &Fake) -> String {
    let handle = Handle {
        profile: "files".to_owned(),
        bucket: "bucket".to_owned(),
        key: "files/film".to_owned(),
        upload_id: "upload-1".to_owned(),
        caller: Some("app".to_owned()),
        plan: Plan::with_default_parts(30_000_000),
        expires_at: noon() + secs(END_SECS - NOON_SECS),
    };
    let cache_key = CacheKey::from_base64(CACHE_KEY).unwrap();
    ready(handle.seal(&cache_key, fake)).unwrap()
}

fn links() -> Vec<String> {
    let one = Grant {
        profile: "files".to_owned(),
        key: Some("files/a".to_owned()),
        key_prefix: None,
        operations: vec![Operation::GetObject],
        exp: END_SECS,
        max_lifetime_secs: None,
        upload: None,
        counted_as: None,
    };
    let upload = json!({"maxBytes": 1000, "contentTypes": ["image/*"]});
    let all = Grant {
        key: None,
        key_prefix: Some("files/".to_owned()),
        operations: vec![Operation::GetObject, Operation::PutObject],
        max_lifetime_secs: Some(60),
        upload: Some(serde_json::from_value(upload).unwrap()),
        counted_as: Some("somebody".to_owned()),
        ..one.clone()
    };
    let key = LinkKey::from_base64(LINK_KEY).unwrap();
    [one, all]
        .map(|grant| format!("/c/{}/o/files/files/a", grant.sign(&key).unwrap()))
        .into()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/records")
}

#[test]
fn this_version_has_its_file_which_update_writes_and_nothing_overwrites() {
    let path = folder().join(concat!(env!("CARGO_PKG_VERSION"), ".json"));
    if std::env::var_os("UPDATE").is_some() && !path.exists() {
        let text = serde_json::to_string_pretty(&make()).unwrap();
        fs::write(&path, format!("{text}\n")).unwrap();
    }
    assert!(
        path.exists(),
        "there is no {}: UPDATE=1 cargo test records",
        path.display()
    );
}

#[test]
fn the_file_of_each_release_is_tested() {
    let files = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let names = files.map(|name| name.into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name != "README.md").collect();
    names.sort();
    let mut tested: Vec<_> = Release::all()
        .map(|it| format!("{}.json", it.version))
        .collect();
    tested.sort();
    assert_eq!(tested, names, "add the missing file to RELEASES");
}
