//! What a release has left in KV and in the hands of others: sessions, a pushed token, the handle of an upload, signed
//! links and a receipt. Every later release takes them, with the keys, the configuration and the clock of then.
//!
//! `UPDATE=1 cargo test records` writes the file of a new version; see tests/fixtures/records/README.md.

#[cfg(not(target_arch = "wasm32"))]
mod make;

use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

use crate::support::answers::problem;
use crate::support::{
    Fake, KEY, jose, json as body_of, ready, request, service_with, with, with_bearer,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use edge_presigner::credentials::kv_record;
use edge_presigner::multipart::{Handle, HandleError};
use edge_presigner::platform::SignatureAlgorithm;
use edge_presigner::sealed::{self, CacheKey};
use edge_presigner::service::Service;
use http::{Method, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// The files of all releases that are supported.
const RELEASES: [&str; 1] = [include_str!("../fixtures/records/0.1.0.json")];

/// What one release has left behind.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Release {
    version: String,
    /// The clock of then.
    now_secs: u64,
    /// Variables and secrets.
    vars: BTreeMap<String, String>,
    /// Access key ids of the sessions in KV, by profile.
    sessions: BTreeMap<String, String>,
    pushed_token: String,
    /// S3's id of the upload of `handle`.
    upload_id: String,
    handle: String,
    /// Paths that a signed link opens.
    links: Vec<String>,
    receipt: String,
    /// What is in KV, in base64.
    kv: BTreeMap<String, String>,
}

impl Release {
    fn all() -> impl Iterator<Item = Self> {
        RELEASES
            .iter()
            .map(|text| serde_json::from_str(text).unwrap())
    }

    fn service(&self) -> Service {
        let vars = self.vars.iter();
        service_with(
            &vars
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect::<Vec<_>>(),
        )
    }

    /// The platform of then, where KV has what the release wrote under a KV key that begins with one of `kinds`.
    fn platform(&self, kinds: &[&str]) -> Fake {
        let fake = Fake::with_issuer();
        fake.now
            .set(UNIX_EPOCH + Duration::from_secs(self.now_secs));
        fake.token.replace(None);
        for (key, record) in &self.kv {
            if kinds.iter().any(|kind| key.starts_with(kind)) {
                let kept = (STANDARD.decode(record).unwrap(), u64::MAX);
                fake.kv.borrow_mut().insert(key.clone(), kept);
            }
        }
        fake
    }

    fn cache_key(&self) -> CacheKey {
        CacheKey::from_base64(&self.vars["CACHE_KEY"]).unwrap()
    }

    /// The KV key that begins with `kind` and is that of the profile `files`.
    fn kv_key(&self, kind: &str) -> String {
        let fake = self.platform(&["token/"]);
        ask(&self.service(), &fake, "files");
        let kv = fake.kv.borrow();
        kv.keys().find(|key| key.starts_with(kind)).unwrap().clone()
    }
}

fn ask(service: &Service, fake: &Fake, profile: &str) -> Response<String> {
    let body = json!({"profile": profile, "operation": "getObject", "key": format!("{profile}/a")});
    let asked = request(Method::POST, "/v1/sign", &body.to_string());
    ready(service.handle(with_bearer(asked, KEY), fake))
}

/// The token with which STS was asked last.
fn exchanged(fake: &Fake) -> String {
    let requests = fake.requests.borrow();
    let (_, token) = requests
        .last()
        .unwrap()
        .body()
        .split_once("&WebIdentityToken=")
        .unwrap();
    token.split('&').next().unwrap().to_owned()
}

#[test]
fn the_sessions_in_kv_are_found_and_nobody_asks_sts() {
    for release in Release::all() {
        let fake = release.platform(&["session/"]);
        assert!(!release.sessions.is_empty());
        for (profile, access_key_id) in &release.sessions {
            let response = ask(&release.service(), &fake, profile);
            let url = body_of(&response)["url"].as_str().unwrap().to_owned();
            let scope = format!("X-Amz-Credential={access_key_id}%2F");
            assert!(url.contains(&scope), "{} {profile}: {url}", release.version);
        }
        assert_eq!(fake.sts_calls(), 0, "{}", release.version);
        assert!(!fake.logged("kvRecordForeign"));
    }
}

#[test]
fn the_pushed_token_is_found_and_exchanged() {
    for release in Release::all() {
        let fake = release.platform(&["token/"]);
        assert_eq!(
            ask(&release.service(), &fake, "files").status(),
            200,
            "{}",
            release.version
        );
        assert_eq!(exchanged(&fake), release.pushed_token);
    }
}

#[test]
fn the_upload_goes_on() {
    for release in Release::all() {
        let fake = release.platform(&["session/"]);
        let body = json!({"handle": release.handle, "parts": [{"partNumber": 1}]}).to_string();
        let asked = with_bearer(request(Method::POST, "/v1/multipart/sign", &body), KEY);
        let response = ready(release.service().handle(asked, &fake));
        assert_eq!(
            response.status(),
            200,
            "{}: {}",
            release.version,
            response.body()
        );
        let id = format!("uploadId={}", release.upload_id);
        assert!(response.body().contains(&id));
    }
}

#[test]
fn the_links_open() {
    for release in Release::all() {
        let fake = release.platform(&["session/"]);
        assert!(!release.links.is_empty());
        for path in &release.links {
            let response = ready(
                release
                    .service()
                    .handle(request(Method::GET, path, ""), &fake),
            );
            assert_eq!(response.status(), 302, "{} {path}", release.version);
        }
    }
}

#[test]
fn the_published_key_verifies_the_receipt() {
    for release in Release::all() {
        let asked = request(Method::GET, "/oidc/.well-known/jwks.json", "");
        let keys = body_of(&ready(release.service().handle(asked, &Fake::new())));
        let (signed, signature) = release.receipt.rsplit_once('.').unwrap();
        let (header, _) = signed.split_once('.').unwrap();
        let header: Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
        assert_eq!(header["kid"], keys["keys"][0]["kid"]);
        let jwk = keys["keys"][0].to_string();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let es256 = SignatureAlgorithm::Es256;
        assert!(
            jose::verify(es256, &jwk, signed.as_bytes(), &signature),
            "{}",
            release.version
        );
    }
}

/// Records of a release to come, under the KV key of today: in another envelope, and in this one with other contents.
#[test]
fn records_of_an_unknown_version_count_as_absent() {
    let release = Release::all().last().unwrap();
    for kind in ["session/", "token/"] {
        let fake = release.platform(&["session/", "token/"]);
        let kv_key = release.kv_key(kind);
        let record = fake.kv.borrow()[&kv_key].0.clone();
        let purpose = kv_key.rsplit_once('/').unwrap().0;
        let key = release.cache_key().derived(purpose);
        let unknown = br#"{"generations":[{"accessKey":"AKIDFUTURE"}]}"#;
        let contents = ready(sealed::seal(unknown, &key, &kv_key, &fake)).unwrap();
        let envelope = [&[2], &record[1..]].concat();
        let mut logged = Vec::new();
        for record in [envelope, contents, Vec::new()] {
            let fake = release.platform(&["token/"]);
            fake.kv
                .borrow_mut()
                .insert(kv_key.clone(), (record, u64::MAX));
            let response = ask(&release.service(), &fake, "files");
            assert_eq!(response.status(), 200, "{}", response.body());
            assert_eq!(fake.sts_calls(), 1);
            // Where it is the token that counts as absent, the worker's own issuer stands in.
            let is_pushed = exchanged(&fake) == release.pushed_token;
            assert_eq!(is_pushed, kind == "session/");
            logged.push(fake.logged("kvRecordForeign"));
        }
        // What opens and is no token is none, and says so itself.
        assert_eq!(logged, [true, kind == "session/", true], "{kind}");
    }
}

#[test]
fn members_that_a_later_release_adds_to_a_session_are_ignored() {
    let release = Release::all().last().unwrap();
    let fake = release.platform(&["session/", "token/"]);
    let kv_key = release.kv_key("session/");
    let record = fake.kv.borrow()[&kv_key].0.clone();
    let key = kv_record::record_key(&release.cache_key());
    let content = ready(sealed::open(&record, &key, &kv_key, &fake)).unwrap();
    let content: Value = serde_json::from_slice(&content).unwrap();
    let session = with(
        content["sessions"][0].clone(),
        json!({"grantedBy": "issuer"}),
    );
    let content = json!({"sessions": [session], "generation": 7}).to_string();
    let sealed = ready(sealed::seal(content.as_bytes(), &key, &kv_key, &fake)).unwrap();
    fake.kv.borrow_mut().insert(kv_key, (sealed, u64::MAX));
    assert_eq!(ask(&release.service(), &fake, "files").status(), 200);
    assert_eq!(fake.sts_calls(), 0);
}

#[test]
fn a_handle_of_an_unknown_version_is_refused_and_so_is_a_link() {
    let release = Release::all().last().unwrap();
    let mut handle = URL_SAFE_NO_PAD.decode(&release.handle).unwrap();
    handle[0] = 2;
    let opened = ready(Handle::open(
        &URL_SAFE_NO_PAD.encode(handle),
        &[release.cache_key()],
        &Fake::new(),
    ));
    assert_eq!(opened, Err(HandleError::Invalid));
    let link = release.links[0].replacen("/c/1.", "/c/2.", 1);
    let fake = release.platform(&["session/"]);
    let response = ready(
        release
            .service()
            .handle(request(Method::GET, &link, ""), &fake),
    );
    assert_eq!(problem(&response), (403, "link-refused".to_owned()));
}
