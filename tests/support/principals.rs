//! Principals of every kind, and profiles of which each is open to some of them.

use std::collections::BTreeMap;

use super::jose::{ISSUER, web_token};
use super::links::{LINK_KEY, link};
use super::{Fake, KEY, KEY_SHA256, NOON_SECS, ready, request, service_with};
use edge_presigner::service::Service;
use http::{HeaderValue, Method, Request, Response, header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub const EVERY: [&str; 10] = [
    "getObject",
    "headObject",
    "putObject",
    "deleteObject",
    "listObjectsV2",
    "createMultipartUpload",
    "uploadPart",
    "listParts",
    "completeMultipartUpload",
    "abortMultipartUpload",
];
pub const READ: [&str; 2] = ["getObject", "headObject"];

pub fn profiles() -> Value {
    let profile = |prefix: &str, callers: &[&str], operations: &[&str]| {
        json!({"bucket": "bucket", "keyPrefix": prefix, "callers": callers, "operations": operations,
            "maxLifetimeSecs": 60})
    };
    json!({
        "apps": profile("files/", &["app"], &EVERY),
        "users": profile("users/{sub}/", &["web", "staff", "link"], &EVERY),
        "tenants": profile("t/{org.id}/u/{sub}/", &["web"], &EVERY),
        "shared": profile("", &["app", "web", "link"], &READ),
        "team": profile("shared/", &["app", "web", "link"], &READ),
        "open": profile("pub/", &["anyone"], &EVERY),
        "published": profile("pub/", &["anyone"], &READ),
        "closed": profile("", &[], &EVERY),
        "shut": profile("closed/", &[], &EVERY),
    })
}

pub fn service_of(profiles: &Value) -> Service {
    let jwt = json!({"issuer": ISSUER, "audience": "web"});
    let mut access = jwt.clone();
    access["header"] = json!("Cf-Access-Jwt-Assertion");
    let callers = json!({
        "app": {"bearerSha256": [KEY_SHA256]},
        "other": {"bearerSha256": [hex::encode(Sha256::digest("other key"))]},
        "web": {"jwt": jwt},
        "staff": {"jwt": access},
    });
    service_with(&[
        ("CALLERS", &callers.to_string()),
        ("PROFILES", &profiles.to_string()),
        ("LINK_KEY", LINK_KEY),
    ])
}

pub fn service() -> Service {
    service_of(&profiles())
}

/// What a principal puts in front of the path, and into which header it puts what.
#[derive(Default)]
pub struct Proof {
    front: String,
    header: Option<(&'static str, String)>,
}

impl Proof {
    fn bearing(bearer: &str) -> Self {
        Self {
            header: Some(("authorization", format!("Bearer {bearer}"))),
            ..Self::default()
        }
    }

    /// A link to what `scope` says: a member of a grant and its value.
    pub fn link(profile: &str, scope: (&str, &str), operations: &[&str]) -> Self {
        let mut grant =
            json!({"profile": profile, "operations": operations, "exp": NOON_SECS + 600});
        grant[scope.0] = json!(scope.1);
        Self {
            front: link(&grant),
            ..Self::default()
        }
    }

    /// A request that brings this proof.
    pub fn request(&self, method: Method, path: &str, body: &str) -> Request<String> {
        let mut request = request(method, &format!("{}{path}", self.front), body);
        if let Some((name, value)) = &self.header {
            let value = HeaderValue::from_str(value).unwrap();
            request.headers_mut().insert(*name, value);
        }
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(header::CONTENT_TYPE, json);
        request
    }

    /// The answer to `body` at the route with this method and path.
    pub fn send(
        &self,
        service: &Service,
        fake: &Fake,
        (method, path): (Method, &str),
        body: &Value,
    ) -> Response<String> {
        ready(service.handle(self.request(method, path, &body.to_string()), fake))
    }
}

/// All kinds of principals, by name.
pub fn everybody() -> BTreeMap<&'static str, Proof> {
    let token = |sub: Value| web_token(&sub, NOON_SECS + 600);
    let by_access = Proof {
        header: Some(("cf-access-jwt-assertion", token(json!("ada")))),
        ..Proof::default()
    };
    let own = ("keyPrefix", "users/ada/");
    BTreeMap::from([
        ("nobody", Proof::default()),
        ("wrong key", Proof::bearing("wrong")),
        ("app", Proof::bearing(KEY)),
        ("other", Proof::bearing("other key")),
        ("ada", Proof::bearing(&token(json!("ada")))),
        ("bob", Proof::bearing(&token(json!("bob")))),
        ("no sub", Proof::bearing(&token(json!(null)))),
        ("ada by Access", by_access),
        ("ada's link", Proof::link("users", own, &EVERY)),
        ("link to read", Proof::link("users", own, &READ)),
        (
            "link to one key",
            Proof::link("users", ("key", "users/ada/a"), &EVERY),
        ),
        (
            "link to all",
            Proof::link("shared", ("keyPrefix", "files/"), &EVERY),
        ),
    ])
}

/// The proof of one of them.
pub fn proof(who: &str) -> Proof {
    everybody().remove(who).unwrap()
}
