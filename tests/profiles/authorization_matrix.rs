//! Who may do what: every kind of principal, against every kind of profile, with every operation, at every
//! route.

use std::collections::BTreeMap;

use crate::support::principals::{EVERY, READ, everybody, profiles, proof, service, service_of};
use crate::support::uploads::CREATED;
use crate::support::{Fake, answer, json as body_of, ready};
use http::{Method, Response};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// What is opened at a place: these operations to these principals.
type Opened = &'static [(&'static [&'static str], &'static [&'static str])];

/// All that is opened, by profile and key; whatever is not in here has to be refused.
const MATRIX: [(&str, &str, Opened); 19] = [
    ("apps", "files/a", &[(&EVERY, &["app"])]),
    ("apps", "other/a", &[]),
    ("apps", "users/ada/a", &[]),
    (
        "users",
        "users/ada/a",
        &[
            (&EVERY, &["ada", "ada by Access", "ada's link"]),
            (&READ, &["link to read"]),
            (&ALL_BUT_LISTING, &["link to one key"]),
        ],
    ),
    (
        "users",
        "users/ada/b",
        &[
            (&EVERY, &["ada", "ada by Access", "ada's link"]),
            (&READ, &["link to read"]),
        ],
    ),
    ("users", "users/bob/a", &[(&EVERY, &["bob"])]),
    ("users", "users/adam/a", &[]),
    ("users", "users/ada", &[]),
    ("users", "users/eve/a", &[]),
    ("tenants", "t/7/u/ada/a", &[(&EVERY, &["ada"])]),
    ("tenants", "t/77/u/ada/a", &[]),
    (
        "shared",
        "files/a",
        &[(&READ, &["app", "ada", "bob", "no sub", "link to all"])],
    ),
    (
        "shared",
        "other/a",
        &[(&READ, &["app", "ada", "bob", "no sub"])],
    ),
    (
        "team",
        "shared/a",
        &[(&READ, &["app", "ada", "bob", "no sub"])],
    ),
    ("open", "pub/a", &[(&EVERY, &ALL_BUT_LINKS)]),
    ("published", "pub/a", &[(&READ, &ALL_BUT_LINKS)]),
    ("closed", "a", &[]),
    ("shut", "closed/a", &[]),
    ("nothing", "a", &[]),
];
const ALL_BUT_LISTING: [&str; 9] = [
    "getObject",
    "headObject",
    "putObject",
    "deleteObject",
    "createMultipartUpload",
    "uploadPart",
    "listParts",
    "completeMultipartUpload",
    "abortMultipartUpload",
];
/// Who may use what is open to anyone: a key that is wrong is refused, and a link is for its own profile.
const ALL_BUT_LINKS: [&str; 7] = [
    "nobody",
    "app",
    "other",
    "ada",
    "bob",
    "no sub",
    "ada by Access",
];
/// The profiles to which links can be made.
const LINKED: [&str; 5] = ["users", "shared", "team", "open", "published"];

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
fn each_principal_gets_what_its_profiles_open_at_every_route_and_nothing_else() {
    let (service, fake, everybody) = (service(), Fake::with_issuer(), everybody());
    let mut given: BTreeMap<&str, u32> = BTreeMap::new();
    for (profile, key, opened) in MATRIX {
        for (who, proof) in &everybody {
            let may = |operation: &str| {
                let opens = |(operations, principals): &(&[&str], &[&str])| {
                    operations.contains(&operation) && principals.contains(who)
                };
                opened.iter().any(opens)
            };
            let refusal = match *who {
                "nobody" | "wrong key" => 401,
                _ => 403,
            };
            let mut expect = |route, what: &str, allowed, good: u16, response: Response<String>| {
                let expected = if allowed { good } else { refusal };
                assert_eq!(
                    response.status(),
                    expected,
                    "{who}: {what} of {key} in {profile} at {route}: {}",
                    response.body()
                );
                *given.entry(route).or_default() += u32::from(allowed);
            };
            let post = |path, body: &Value| proof.send(&service, &fake, (Method::POST, path), body);
            for operation in EVERY {
                let asked = asked(profile, key, operation);
                let response = post("/v1/sign", &asked);
                expect("sign", operation, may(operation), 200, response);
            }
            // A link to one key lists nothing; and there are none to what takes none.
            for operation in ALL_BUT_LISTING {
                let asked = json!({"profile": profile, "key": key, "operations": [operation]});
                let allowed = may(operation) && LINKED.contains(&profile);
                let response = post("/v1/links", &asked);
                expect("links", operation, allowed, 200, response);
            }
            let methods = [Method::GET, Method::HEAD, Method::PUT, Method::DELETE];
            for (method, operation) in methods.into_iter().zip(EVERY) {
                let good = if READ.contains(&operation) { 302 } else { 307 };
                let path = format!("/o/{profile}/{key}");
                let response = ready(service.handle(proof.request(method, &path, ""), &fake));
                expect("path", operation, may(operation), good, response);
            }
            let form = json!({"profile": profile, "key": key, "maxBytes": 1});
            let response = post("/v1/post-policy", &form);
            expect("form", "putObject", may("putObject"), 200, response);

            let before = fake.s3_requests.borrow().len();
            fake.s3_answers.borrow_mut().clear();
            fake.s3_will_answer(Ok(answer(200, CREATED)));
            let operation = "createMultipartUpload";
            let allowed = may(operation) && *who != "no sub";
            let response = post("/v1/multipart", &json!({"profile": profile, "key": key}));
            expect("upload", operation, allowed, 200, response);
            let calls = fake.s3_requests.borrow().len() - before;
            assert_eq!(calls, usize::from(allowed), "{who} {key} in {profile}");
        }
    }
    // Counted by hand, row by row, so that the matrix cannot empty itself.
    let expected = [
        ("form", 1 + 4 + 3 + 1 + 1 + 7),
        (
            "links",
            (4 * 9 + 2) + (3 * 9 + 2) + 9 + 5 * 2 + 4 * 2 + 4 * 2 + 7 * 9 + 7 * 2,
        ),
        (
            "path",
            4 + (4 * 4 + 2) + (3 * 4 + 2) + 4 + 4 + 5 * 2 + 4 * 2 + 4 * 2 + 7 * 4 + 7 * 2,
        ),
        (
            "sign",
            10 + (3 * 10 + 2 + 9) + (3 * 10 + 2) + 10 + 10 + 5 * 2 + 4 * 2 + 4 * 2 + 7 * 10 + 7 * 2,
        ),
        ("upload", 1 + 4 + 3 + 1 + 1 + 6),
    ];
    assert_eq!(given, BTreeMap::from(expected));
}

#[test]
fn each_item_of_a_batch_is_allowed_or_refused_for_itself() {
    let (service, fake, everybody) = (service(), Fake::with_issuer(), everybody());
    let batch = (Method::POST, "/v1/sign/batch");
    for (who, proof) in &everybody {
        for operation in ["getObject", "putObject"] {
            let items = MATRIX.map(|(profile, key, _)| asked(profile, key, operation));
            let response = proof.send(&service, &fake, batch.clone(), &json!({"items": items}));
            if *who == "wrong key" {
                assert_eq!(response.status(), 401, "refused as a whole");
                continue;
            }
            assert_eq!(response.status(), 200, "{}", response.body());
            let answers = body_of(&response)["items"].clone();
            let answers = answers.as_array().unwrap();
            assert_eq!(answers.len(), MATRIX.len());
            for ((profile, key, opened), item) in MATRIX.iter().zip(answers) {
                let opens = |(operations, principals): &(&[&str], &[&str])| {
                    operations.contains(&operation) && principals.contains(who)
                };
                let allowed = opened.iter().any(opens);
                let what = format!("{who}: {operation} of {key} in {profile}: {item}");
                assert_eq!(item["url"].is_string(), allowed, "{what}");
                if !allowed {
                    let expected = if *who == "nobody" { 401 } else { 403 };
                    assert_eq!(item["problem"]["status"], expected, "{what}");
                }
            }
        }
    }
    let none = proof("wrong key").send(&service, &fake, batch, &json!({"items": []}));
    assert_eq!(none.status(), 401, "refused as a whole");
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
        let created = proof.send(&service(), &fake, created, &create);
        let handle = body_of(&created)["handle"].clone();
        for (operation, (path, body)) in &mut steps {
            body["handle"] = handle.clone();
            let path = format!("/v1/multipart{path}");
            let step = |operations: Vec<&str>| {
                let mut profiles = profiles();
                profiles["users"]["operations"] = json!(operations);
                let step = (Method::POST, path.as_str());
                let response = proof.send(&service_of(&profiles), &fake, step, body);
                response.status()
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
