//! Credentials of R2, as its pages say: <https://developers.cloudflare.com/r2/api/s3/temporary-credentials/> has the actions and
//! paths, and <https://developers.cloudflare.com/r2/examples/authenticate-r2-temp-credentials/> the claims and what is made of them.

use crate::support::{NOON_SECS, noon, secs};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use edge_presigner::aws::Credentials;
use edge_presigner::credentials::Session;
use edge_presigner::presign::Operation;
use edge_presigner::secret::Secret;
use edge_presigner::vending::r2::{Scope, temporary_credentials};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn made(prefix: &str, operations: &[Operation]) -> Session {
    let token = Credentials {
        access_key_id: "parent".to_owned(),
        secret_access_key: Secret::new(SECRET),
        session_token: None,
    };
    let scope = Scope {
        host: "account.eu.r2.cloudflarestorage.com",
        bucket: "my-bucket",
        prefix,
        operations,
    };
    temporary_credentials(&token, scope, secs(900), noon()).unwrap()
}

/// Header and claims of the JWT, once its signature and what is derived of it have been checked.
fn read(session: &Session) -> [Value; 2] {
    let token = session.credentials.session_token.as_ref().unwrap();
    let token = String::from_utf8(STANDARD.decode(token.expose()).unwrap()).unwrap();
    let jwt = token.strip_prefix("jwt/").unwrap();
    let digest = hex::encode(Sha256::digest(jwt));
    assert_eq!(session.credentials.secret_access_key.expose(), digest);
    let (signed, signature) = jwt.rsplit_once('.').unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(signed.as_bytes());
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    mac.verify_slice(&signature).unwrap();
    let parts = signed.split_once('.').unwrap();
    [parts.0, parts.1]
        .map(|part| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap())
}

#[test]
fn the_token_is_what_cloudflares_example_makes() {
    let session = made("data/", &[Operation::GetObject, Operation::HeadObject]);
    assert_eq!(session.credentials.access_key_id, "parent");
    assert_eq!(session.expires_at, noon() + secs(900));
    let [header, claims] = read(&session);
    assert_eq!(header, json!({"alg": "HS256", "typ": "JWT"}));
    let expected = json!({
        "sub": "account", "iss": "parent", "aud": "account.eu.r2.cloudflarestorage.com", "iat": NOON_SECS,
        "exp": NOON_SECS + 900, "bucket": "my-bucket", "scope": "object-read-only",
        "actions": ["GetObject", "HeadObject"], "paths": {"prefixPaths": ["data/"], "objectPaths": []},
    });
    assert_eq!(claims, expected);
}

#[test]
fn all_keys_are_meant_only_where_the_profile_opens_all() {
    let [_, claims] = read(&made("", &[Operation::ListObjectsV2]));
    assert_eq!(claims.get("paths"), None);
    assert_eq!(claims["actions"], json!(["ListObjectsV2"]));
}

#[test]
fn every_operation_is_an_action_and_writing_has_its_scope() {
    let actions = [
        "GetObject",
        "HeadObject",
        "PutObject",
        "DeleteObject",
        "CreateMultipartUpload",
        "UploadPart",
        "CompleteMultipartUpload",
        "AbortMultipartUpload",
        "ListParts",
        "ListObjectsV2",
    ];
    let [_, claims] = read(&made("a/", &Operation::ALL));
    assert_eq!(claims["actions"], json!(actions));
    assert_eq!(claims["scope"], "object-read-write");
}

#[test]
fn the_secret_of_the_api_token_is_not_given_away() {
    let session = made("a/", &[Operation::GetObject]);
    assert!(
        !session
            .credentials
            .secret_access_key
            .expose()
            .contains(SECRET)
    );
    assert!(!format!("{session:?}").contains(SECRET));
}
