//! Every kind of caller, against every kind of profile, at every route and with every operation.

use std::collections::BTreeMap;

use crate::support;
use crate::support::jose::{self, ISSUER};
use crate::support::links::{LINK_KEY, link};
use crate::support::{Fake, KEY, KEY_SHA256, NOON_SECS, answer, ready, request, service_with};
use edge_presigner::service::Service;
use http::{HeaderValue, Method, Request, Response};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const EVERY: [&str; 10] = [
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
const READ: [&str; 2] = ["getObject", "headObject"];
const CREATED: &str =
    "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>";

fn profiles() -> Value {
    let profile = |prefix: &str, callers: &[&str], operations: &[&str]| {
        json!({"bucket": "bucket", "keyPrefix": prefix, "callers": callers, "operations": operations,
            "maxLifetimeSecs": 60})
    };
    json!({
        "apps": profile("files/", &["app"], &EVERY),
        "users": profile("users/{sub}/", &["web", "staff", "link"], &EVERY),
        "shared": profile("shared/", &["app", "web", "link"], &READ),
        "open": profile("pub/", &["anyone"], &EVERY),
        "closed": profile("closed/", &[], &EVERY),
    })
}

fn service_of(profiles: &Value) -> Service {
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

/// What a caller puts in front of the path, and into which header it puts what.
#[derive(Default)]
struct Proof {
    front: String,
    header: Option<(&'static str, String)>,
}

fn token(sub: &Value) -> String {
    let claims = json!({"iss": ISSUER, "aud": "web", "sub": sub, "exp": NOON_SECS + 600});
    jose::ed25519(1).token(&json!({"alg": "EdDSA", "kid": "k1"}), &claims)
}

/// All kinds of callers, by name.
fn everybody() -> BTreeMap<&'static str, Proof> {
    let bearing = |value: &str| Proof {
        header: Some(("authorization", format!("Bearer {value}"))),
        ..Proof::default()
    };
    let holding = |profile: &str, scope: (&str, &str), operations: &[&str]| {
        let mut grant =
            json!({"profile": profile, "operations": operations, "exp": NOON_SECS + 600});
        grant[scope.0] = json!(scope.1);
        Proof {
            front: link(&grant),
            ..Proof::default()
        }
    };
    BTreeMap::from([
        ("nobody", Proof::default()),
        ("wrong key", bearing("wrong")),
        ("app", bearing(KEY)),
        ("other", bearing("other key")),
        ("ada", bearing(&token(&json!("ada")))),
        ("bob", bearing(&token(&json!("bob")))),
        ("no sub", bearing(&token(&json!(null)))),
        (
            "ada by Access",
            Proof {
                header: Some(("cf-access-jwt-assertion", token(&json!("ada")))),
                ..Proof::default()
            },
        ),
        (
            "ada's link",
            holding("users", ("keyPrefix", "users/ada/"), &EVERY),
        ),
        (
            "link to read",
            holding("users", ("keyPrefix", "users/ada/"), &READ),
        ),
        (
            "link to one key",
            holding("users", ("key", "users/ada/a"), &EVERY),
        ),
    ])
}

/// Sends `body`, or nothing, as whoever has `proof`.
fn send(
    service: &Service,
    fake: &Fake,
    proof: &Proof,
    (method, path): (Method, &str),
    body: Option<&Value>,
) -> Response<String> {
    let body = body.map(ToString::to_string).unwrap_or_default();
    let mut request: Request<String> = request(method, &format!("{}{path}", proof.front), &body);
    if let Some((name, value)) = &proof.header {
        let value = HeaderValue::from_str(value).unwrap();
        request.headers_mut().insert(*name, value);
    }
    ready(service.handle(request, fake))
}

/// What `/v1/sign` takes.
fn asked(profile: &str, key: &str, operation: &str) -> Value {
    let mut asked = json!({"profile": profile, "operation": operation, "key": key});
    match operation {
        "listObjectsV2" => {
            asked = json!({"profile": profile, "operation": operation, "prefix": key});
        }
        "uploadPart" => {
            asked["uploadId"] = json!("u");
            asked["partNumber"] = json!(1);
        }
        "completeMultipartUpload" | "abortMultipartUpload" | "listParts" => {
            asked["uploadId"] = json!("u");
        }
        _ => {}
    }
    asked
}

#[test]
fn each_caller_gets_what_its_profiles_open_at_every_route_and_nothing_else() {
    let (service, fake, everybody) = (service_of(&profiles()), Fake::with_issuer(), everybody());
    // Profile, key, the operations that are opened, and who gets them.
    let all_but_wrong = [
        "nobody",
        "app",
        "other",
        "ada",
        "bob",
        "no sub",
        "ada by Access",
    ];
    let table: [(&str, &str, &[&str], &[&str]); 10] = [
        ("apps", "files/a", &EVERY, &["app"]),
        ("apps", "other/a", &EVERY, &[]),
        (
            "users",
            "users/ada/a",
            &EVERY,
            &[
                "ada",
                "ada by Access",
                "ada's link",
                "link to read",
                "link to one key",
            ],
        ),
        (
            "users",
            "users/ada/b",
            &EVERY,
            &["ada", "ada by Access", "ada's link", "link to read"],
        ),
        ("users", "users/bob/a", &EVERY, &["bob"]),
        ("users", "users/adam/a", &EVERY, &[]),
        (
            "shared",
            "shared/a",
            &READ,
            &["app", "ada", "bob", "no sub"],
        ),
        ("open", "pub/a", &EVERY, &all_but_wrong),
        ("closed", "closed/a", &EVERY, &[]),
        ("nothing", "a", &EVERY, &[]),
    ];
    let mut given: BTreeMap<&str, u32> = BTreeMap::new();
    for (profile, key, opened, callers) in table {
        for (who, proof) in &everybody {
            let may = |operation: &str| {
                opened.contains(&operation)
                    && callers.contains(who)
                    && (*who != "link to read" || READ.contains(&operation))
                    && (*who != "link to one key" || operation != "listObjectsV2")
            };
            let refusal = match *who {
                "nobody" | "wrong key" => 401,
                _ => 403,
            };
            let mut expect = |route, allowed: bool, good: u16, response: Response<String>| {
                let expected = if allowed { good } else { refusal };
                let what = format!("{who} at {route} for {key} in {profile}");
                assert_eq!(response.status(), expected, "{what}: {}", response.body());
                *given.entry(route).or_default() += u32::from(allowed);
            };
            let post =
                |path, body: &Value| send(&service, &fake, proof, (Method::POST, path), Some(body));
            for operation in EVERY {
                let asked = asked(profile, key, operation);
                expect("sign", may(operation), 200, post("/v1/sign", &asked));

                let linked = json!({"profile": profile, "key": key, "operations": [operation]});
                // A link to one key lists nothing; and there are none to what takes none.
                let allowed = may(operation)
                    && operation != "listObjectsV2"
                    && matches!(profile, "users" | "shared" | "open");
                if operation != "listObjectsV2" {
                    expect("links", allowed, 200, post("/v1/links", &linked));
                }
            }
            let methods = [Method::GET, Method::HEAD, Method::PUT, Method::DELETE];
            for (method, operation) in methods.into_iter().zip(EVERY) {
                let good = if READ.contains(&operation) { 302 } else { 307 };
                let path = format!("/o/{profile}/{key}");
                let response = send(&service, &fake, proof, (method, &path), None);
                expect("path", may(operation), good, response);
            }
            let form = json!({"profile": profile, "key": key, "maxBytes": 1});
            expect(
                "form",
                may("putObject"),
                200,
                post("/v1/post-policy", &form),
            );

            let before = fake.s3_requests.borrow().len();
            fake.s3_answers.borrow_mut().clear();
            fake.s3_will_answer(Ok(answer(200, CREATED)));
            let upload = json!({"profile": profile, "key": key});
            let allowed = may("createMultipartUpload") && *who != "no sub";
            expect("upload", allowed, 200, post("/v1/multipart", &upload));
            let calls = fake.s3_requests.borrow().len() - before;
            assert_eq!(calls, usize::from(allowed), "{who} {key}");
        }
    }
    // Counted by hand, so that the table cannot empty itself.
    let expected = [
        ("form", 1 + 4 + 3 + 1 + 7),
        (
            "links",
            9 * (3 + 1) + 2 + 9 + (9 * 3 + 2) + 9 + 4 * 2 + 9 * 7 - 9,
        ),
        ("path", 4 + (4 * 4 + 2) + (3 * 4 + 2) + 4 + 4 * 2 + 7 * 4),
        (
            "sign",
            10 + (3 * 10 + 2 + 9) + (3 * 10 + 2) + 10 + 4 * 2 + 7 * 10,
        ),
        ("upload", 1 + 4 + 3 + 1 + 6),
    ];
    assert_eq!(given, BTreeMap::from(expected));
}

#[test]
fn each_item_of_a_batch_is_allowed_or_refused_for_itself() {
    let (service, fake, everybody) = (service_of(&profiles()), Fake::with_issuer(), everybody());
    let places = [
        ("apps", "files/a"),
        ("users", "users/ada/a"),
        ("users", "users/bob/a"),
        ("shared", "shared/a"),
        ("open", "pub/a"),
        ("closed", "closed/a"),
        ("nothing", "a"),
    ];
    for (who, opened) in [
        ("nobody", vec!["pub/a"]),
        ("app", vec!["files/a", "shared/a", "pub/a"]),
        ("other", vec!["pub/a"]),
        ("ada", vec!["users/ada/a", "shared/a", "pub/a"]),
        ("ada by Access", vec!["users/ada/a", "pub/a"]),
        ("bob", vec!["users/bob/a", "shared/a", "pub/a"]),
        ("no sub", vec!["shared/a", "pub/a"]),
        ("ada's link", vec!["users/ada/a"]),
        ("link to read", vec!["users/ada/a"]),
        ("link to one key", vec!["users/ada/a"]),
    ] {
        for operation in ["getObject", "putObject"] {
            let items = places.map(|(profile, key)| asked(profile, key, operation));
            let body = json!({"items": items});
            let batch = (Method::POST, "/v1/sign/batch");
            let response = send(&service, &fake, &everybody[who], batch, Some(&body));
            assert_eq!(response.status(), 200, "{}", response.body());
            let items = support::json(&response)["items"].clone();
            let items = items.as_array().unwrap().iter().zip(places);
            let mut signed = Vec::new();
            for (item, (_, key)) in items {
                if item["url"].is_string() {
                    signed.push(key);
                    continue;
                }
                let expected = if who == "nobody" { 401 } else { 403 };
                assert_eq!(item["problem"]["status"], expected, "{who} {key} {item}");
            }
            let writes = operation == "putObject";
            let mut expected = opened.clone();
            expected.retain(|key| !(writes && (*key == "shared/a" || who == "link to read")));
            assert_eq!(signed, expected, "{who} {operation}");
        }
    }
    let body = json!({"items": []});
    let batch = (Method::POST, "/v1/sign/batch");
    let wrong = send(&service, &fake, &everybody["wrong key"], batch, Some(&body));
    assert_eq!(wrong.status(), 401, "refused as a whole");
}

#[test]
fn each_step_of_an_upload_needs_its_operation() {
    let fake = Fake::with_issuer();
    let everybody = everybody();
    let mut steps = BTreeMap::from([
        (
            "uploadPart",
            ("/sign", json!({"parts": [{"partNumber": 1}]})),
        ),
        ("listParts", ("/list", json!({}))),
        (
            "completeMultipartUpload",
            (
                "/complete",
                json!({"parts": [{"partNumber": 1, "etag": "\"e\""}]}),
            ),
        ),
        ("abortMultipartUpload", ("/abort", json!({}))),
    ]);
    for who in ["ada", "ada by Access", "ada's link", "link to one key"] {
        let proof = &everybody[who];
        fake.s3_will_answer(Ok(answer(200, CREATED)));
        let create = json!({"profile": "users", "key": "users/ada/a"});
        let created = (Method::POST, "/v1/multipart");
        let created = send(
            &service_of(&profiles()),
            &fake,
            proof,
            created,
            Some(&create),
        );
        let handle = support::json(&created)["handle"].clone();
        for (operation, (path, body)) in &mut steps {
            body["handle"] = handle.clone();
            let path = format!("/v1/multipart{path}");
            let step = |operations: Vec<&str>| {
                let mut profiles = profiles();
                profiles["users"]["operations"] = json!(operations);
                let service = service_of(&profiles);
                let step = (Method::POST, path.as_str());
                send(&service, &fake, proof, step, Some(body)).status()
            };
            let all_but = EVERY.into_iter().filter(|it| it != operation).collect();
            assert_eq!(step(all_but), 403, "{who} {operation}");
            assert!(fake.s3_requests.borrow().len() <= 1);
            // S3 does not answer, which is how far this goes.
            let expected = if *operation == "uploadPart" { 200 } else { 503 };
            assert_eq!(step(vec![*operation]), expected, "{who} {operation}");
            fake.s3_requests.borrow_mut().clear();
        }
    }
}
