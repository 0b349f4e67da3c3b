//! `POST /lfs/{profile}/objects/batch`, held against the documents of git-lfs: docs/api/batch.md, basic-transfers.md,
//! locking.md and authentication.md of its repository.

use crate::support::answers::{header, lines};
use crate::support::links::{LINK_KEY, link};
use crate::support::{
    Fake, KEY, NOON_SECS, answer, json as body, ready, request, secs, service_with, with_key,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use edge_presigner::platform::HttpError;
use edge_presigner::routes::lfs::{MAX_LFS_BYTES, MAX_LFS_OBJECTS};
use edge_presigner::service::Service;
use http::{HeaderValue, Method, Request, Response};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const PATH: &str = "/lfs/media/objects/batch";

/// The SHA-256 of nothing, which everybody knows, and the same in base64, as `openssl dgst -sha256 -binary | base64`
/// prints it.
const OID: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const OID_IN_BASE64: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

/// The worker with the profile `media`, and `changes` to it.
fn lfs(changes: &Value) -> Service {
    let mut profile = json!({"bucket": "bucket", "keyPrefix": "lfs/", "callers": ["app", "link"],
        "operations": ["getObject", "putObject"], "maxLifetimeSecs": 900});
    for (name, value) in changes.as_object().unwrap() {
        profile[name] = value.clone();
    }
    let profiles = json!({ "media": profile }).to_string();
    service_with(&[("PROFILES", &profiles), ("LINK_KEY", LINK_KEY)])
}

fn batch(operation: &str, objects: &Value) -> Request<String> {
    let batch = json!({"operation": operation, "transfers": ["basic"], "objects": objects});
    with_key(request(Method::POST, PATH, &batch.to_string()))
}

/// What S3 answers to HEAD: headers, and no body.
fn s3(status: u16, size: Option<u64>) -> Response<String> {
    let mut found = answer(status, "");
    if let Some(size) = size {
        let headers = found.headers_mut();
        headers.insert("content-length", size.into());
        headers.insert("etag", HeaderValue::from_static("\"e\""));
    }
    found
}

/// The only object in the answer to a request for one of `size` bytes, of which S3 says `head`.
fn only(service: &Service, operation: &str, size: u64, head: Response<String>) -> Value {
    let fake = Fake::new();
    fake.s3_will_answer(Ok(head));
    let asked = batch(operation, &json!([{"oid": OID, "size": size}]));
    let response = ready(service.handle(asked, &fake));
    assert_eq!(response.status(), 200, "{}", response.body());
    body(&response)["objects"][0].take()
}

/// `docs/api/batch.md`, "Response Errors": an error has these members, and the media type of the API.
fn error(response: &Response<String>) -> (u16, String) {
    assert_eq!(
        header(response, "content-type"),
        Some("application/vnd.git-lfs+json")
    );
    let error = body(response);
    assert_eq!(error["request_id"], "request-1");
    assert!(error.get("objects").is_none());
    let message = error["message"].as_str().unwrap().to_owned();
    (response.status().as_u16(), message)
}

/// The request of `docs/api/batch.md`, with an oid that is whole.
#[test]
fn the_documented_download_gets_the_documented_answer() {
    let asked = json!({"operation": "download", "transfers": ["basic"], "ref": {"name": "refs/heads/master"},
        "objects": [{"oid": OID, "size": 123}]});
    let mut asked = request(Method::POST, PATH, &asked.to_string());
    for name in ["accept", "content-type"] {
        let json = HeaderValue::from_static("application/vnd.git-lfs+json");
        asked.headers_mut().insert(name, json);
    }
    let fake = Fake::new();
    fake.s3_will_answer(Ok(s3(200, Some(123))));
    let response = ready(lfs(&json!({})).handle(with_key(asked), &fake));
    assert_eq!(
        header(&response, "content-type"),
        Some("application/vnd.git-lfs+json")
    );
    assert_eq!(header(&response, "cache-control"), Some("no-store"));
    let mut answer = body(&response);
    let href = answer["objects"][0]["actions"]["download"]["href"].take();
    let expected = json!({"transfer": "basic", "hash_algo": "sha256", "objects": [{
        "oid": OID, "size": 123, "authenticated": true,
        "actions": {"download": {"href": null, "header": {}, "expires_in": 300}},
    }]});
    assert_eq!(answer, expected);
    let object = "https://bucket.s3.eu-central-1.amazonaws.com/lfs/e3/b0/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b93\
                  4ca495991b7852b855?";
    assert!(href.as_str().unwrap().starts_with(object), "{href}");
    let heads = fake.s3_requests.borrow();
    assert_eq!(heads.len(), 1);
    assert_eq!(heads[0].method(), Method::HEAD);
    let object = object.trim_end_matches('?');
    assert_eq!(heads[0].uri().to_string(), object);
}

/// S3's `x-amz-checksum-sha256` is "the Base64 encoded, 256-bit SHA256 digest of the object" (API_PutObject).
#[test]
fn an_upload_is_signed_for_these_bytes_and_no_others() {
    let object = only(&lfs(&json!({})), "upload", 0, s3(404, None));
    let action = &object["actions"]["upload"];
    let headers = json!({"content-length": "0", "content-type": "application/octet-stream",
        "x-amz-checksum-sha256": OID_IN_BASE64});
    assert_eq!(action["header"], headers);
    let signed = "X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost%3Bx-amz-checksum-sha256";
    assert!(action["href"].as_str().unwrap().contains(signed));
    let actions = object["actions"].as_object().unwrap();
    assert_eq!(actions.len(), 1, "nothing else to do afterwards");
}

/// `docs/api/batch.md`: "the server should omit the `actions` property completely".
#[test]
fn an_object_that_s3_has_is_not_uploaded_again() {
    let service = lfs(&json!({}));
    let object = only(&service, "upload", 7, s3(200, Some(7)));
    assert_eq!(
        object,
        json!({"oid": OID, "size": 7, "authenticated": true})
    );
    // Whatever is there in its place is replaced.
    for other in [
        s3(200, Some(8)),
        s3(200, None),
        s3(403, None),
        s3(500, None),
    ] {
        let object = only(&service, "upload", 7, other);
        assert!(object["actions"]["upload"]["href"].is_string(), "{object}");
    }
}

/// `docs/api/batch.md`: a per-object error with the code 404. AWS answers 403 without s3:ListBucket (API_HeadObject,
/// "Permissions").
#[test]
fn a_missing_object_is_an_error_of_that_object() {
    let service = lfs(&json!({}));
    let object = only(&service, "download", 7, s3(404, None));
    let missing = json!({"code": 404, "message": "the object does not exist"});
    let expected = json!({"oid": OID, "size": 7, "authenticated": true, "error": missing});
    assert_eq!(object, expected);
    let object = only(&service, "download", 7, s3(403, None));
    assert_eq!(object["error"]["code"], 403);
    let message = object["error"]["message"].as_str().unwrap();
    assert!(message.contains("s3:ListBucket"), "{message}");
    assert!(object.get("actions").is_none());
}

#[test]
fn every_object_of_a_batch_is_answered_and_looked_at_in_its_order() {
    let fake = Fake::new();
    let sizes = 0..u64::try_from(MAX_LFS_OBJECTS).unwrap();
    let objects = sizes.clone().map(|n| {
        fake.s3_will_answer(Ok(s3(if n % 2 == 0 { 200 } else { 404 }, Some(n))));
        json!({"oid": format!("{n:064x}"), "size": n})
    });
    let asked = batch("download", &objects.collect());
    let answer = body(&ready(lfs(&json!({})).handle(asked, &fake)));
    let objects = answer["objects"].as_array().unwrap();
    assert_eq!(objects.len(), MAX_LFS_OBJECTS);
    for (n, object) in sizes.zip(objects) {
        assert_eq!(object["oid"], format!("{n:064x}"));
        let code = object["error"]["code"].as_u64();
        assert_eq!(code, (n % 2 == 1).then_some(404));
    }
    assert_eq!(fake.sts_calls(), 1);
    assert_eq!(fake.s3_requests.borrow().len(), MAX_LFS_OBJECTS);
}

/// As when Cloudflare's limit of subrequests is reached, where `fetch` fails.
#[test]
fn an_s3_that_does_not_answer_is_not_asked_again_and_costs_no_object_its_url() {
    for broken in [Err(HttpError::Timeout), Ok(s3(503, None))] {
        let fake = Fake::new();
        fake.s3_will_answer(Ok(s3(200, Some(1))));
        fake.s3_will_answer(broken);
        let objects = (0..50).map(|n| json!({"oid": format!("{n:064x}"), "size": 1}));
        for operation in ["download", "upload"] {
            let asked = batch(operation, &objects.clone().collect());
            let answer = body(&ready(lfs(&json!({})).handle(asked, &fake)));
            let objects = answer["objects"].as_array().unwrap().iter();
            let urls = objects.filter(|it| it["actions"][operation]["href"].is_string());
            assert!(urls.count() >= 49);
        }
        assert_eq!(fake.s3_requests.borrow().len(), 3);
        let log = fake.log.borrow();
        let failures = log.iter().filter(|line| line.contains("s3Failed"));
        assert_eq!(failures.count(), 2, "one a request: {log:?}");
    }
}

#[test]
fn a_role_that_may_not_look_is_one_line_in_the_log() {
    let fake = Fake::new();
    for _ in 0..20 {
        fake.s3_will_answer(Ok(s3(403, None)));
    }
    let objects = (0..20).map(|n| json!({"oid": format!("{n:064x}"), "size": 1}));
    let asked = batch("download", &objects.collect());
    assert_eq!(ready(lfs(&json!({})).handle(asked, &fake)).status(), 200);
    assert_eq!(fake.s3_requests.borrow().len(), 20);
    let log = fake.log.borrow();
    let failures: Vec<_> = log
        .iter()
        .filter(|line| line.contains("s3Failed"))
        .collect();
    assert_eq!(failures.len(), 1, "{log:?}");
    assert!(failures[0].contains("s3:ListBucket") && failures[0].contains("access-denied"));
}

#[test]
fn what_objects_exist_is_for_those_who_may_read() {
    let (writer, fake) = (lfs(&json!({"operations": ["putObject"]})), Fake::new());
    let asked = || batch("upload", &json!([{"oid": OID, "size": 7}]));
    let answer = body(&ready(writer.handle(asked(), &fake)));
    assert!(answer["objects"][0]["actions"]["upload"]["href"].is_string());
    assert_eq!(fake.s3_requests.borrow().len(), 0);

    let grant = |operations: &[&str]| {
        link(
            &json!({"profile": "media", "keyPrefix": "lfs/team/", "operations": operations,
            "exp": NOON_SECS + 600}),
        )
    };
    let (service, fake) = (lfs(&json!({})), Fake::new());
    for (operations, heads) in [
        (["putObject"].as_slice(), 0),
        (&["putObject", "getObject"], 1),
    ] {
        let path = format!("{}{PATH}", grant(operations));
        let text = asked().into_body();
        let response = ready(service.handle(request(Method::POST, &path, &text), &fake));
        let answer = body(&response);
        let href = &answer["objects"][0]["actions"]["upload"]["href"];
        assert!(href.as_str().unwrap().contains("/lfs/team/e3/b0/e3b0"));
        assert_eq!(fake.s3_requests.borrow().len(), heads);
    }
    // A link to read does not write, as docs/api/batch.md has it: 403.
    let path = format!("{}{PATH}", grant(&["getObject"]));
    let read = request(Method::POST, &path, &asked().into_body());
    let (status, _) = error(&ready(service.handle(read, &fake)));
    assert_eq!(status, 403);
}

#[test]
fn a_link_bounds_the_life_of_a_url() {
    let grant = json!({"profile": "media", "keyPrefix": "lfs/", "operations": ["getObject"], "exp": NOON_SECS + 40});
    let path = format!("{}{PATH}", link(&grant));
    let fake = Fake::new();
    fake.s3_will_answer(Ok(s3(200, Some(7))));
    let asked = batch("download", &json!([{"oid": OID, "size": 7}])).into_body();
    let answer = body(&ready(
        lfs(&json!({})).handle(request(Method::POST, &path, &asked), &fake),
    ));
    let action = &answer["objects"][0]["actions"]["download"];
    assert_eq!(action["expires_in"], 40);
}

/// `docs/api/batch.md`: 409 for a hash algorithm that the server does not have, 422 for what is not valid.
#[test]
fn what_this_server_does_not_have_is_an_error_of_every_object() {
    let refusal = |mut asked: Value| {
        asked["operation"] = json!("upload");
        asked["objects"] = json!([{"oid": asked.get("oid").unwrap_or(&json!(OID)), "size": 7}]);
        let fake = Fake::new();
        let asked = with_key(request(Method::POST, PATH, &asked.to_string()));
        let answer = body(&ready(lfs(&json!({})).handle(asked, &fake)));
        assert_eq!(answer["objects"][0].get("actions"), None, "{answer}");
        assert_eq!(fake.s3_requests.borrow().len(), 0);
        answer["objects"][0]["error"]["code"].as_u64().unwrap()
    };
    assert_eq!(refusal(json!({"hash_algo": "sha512"})), 409);
    assert_eq!(refusal(json!({"transfers": ["ssh", "tus"]})), 422);
    let upper = OID.to_uppercase();
    let forged = [
        "",
        "12345678",
        &OID[..63],
        &format!("{OID}0"),
        &upper,
        "../../../../etc/passwd",
        "e3/b0/c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8",
        "éééé",
    ];
    for oid in forged {
        assert_eq!(refusal(json!({"oid": oid})), 422, "{oid}");
    }
}

#[test]
fn clients_that_name_no_transfer_or_no_algorithm_get_the_default() {
    // What git-lfs 3.3.0 sends.
    let debian = json!(["lfs-standalone-file", "basic", "ssh"]);
    for transfers in [None, Some(debian)] {
        let mut asked =
            json!({"operation": "upload", "objects": [{"oid": OID, "size": 7}], "ref": null});
        if let Some(transfers) = transfers {
            asked["transfers"] = transfers;
            asked["hash_algo"] = json!("sha256");
        }
        let asked = with_key(request(Method::POST, PATH, &asked.to_string()));
        let answer = body(&ready(lfs(&json!({})).handle(asked, &Fake::new())));
        assert!(
            answer["objects"][0]["actions"]["upload"].is_object(),
            "{answer}"
        );
    }
}

#[test]
fn the_rules_of_the_profile_hold() {
    // Its own condition is among the headers, although requests may not choose headers here.
    let created = lfs(&json!({"overwrite": false}));
    let object = only(&created, "upload", 7, s3(404, None));
    assert_eq!(object["actions"]["upload"]["header"]["if-none-match"], "*");

    let limited = lfs(&json!({"upload": {"maxBytes": 6, "requireChecksum": true}}));
    assert!(only(&limited, "upload", 6, s3(404, None))["actions"].is_object());
    let error_of =
        |service: &Service, size| only(service, "upload", size, s3(404, None))["error"].take();
    assert_eq!(error_of(&limited, 7)["code"], 422);
    let pictures = lfs(&json!({"upload": {"maxBytes": 600, "contentTypes": ["image/png"]}}));
    let message = error_of(&pictures, 7)["message"].take();
    assert!(
        message
            .as_str()
            .unwrap()
            .starts_with("content-type: must be image/png")
    );
    // AWS takes 5 GiB in one PUT.
    let all = lfs(&json!({}));
    assert_eq!(error_of(&all, 5 * 1024 * 1024 * 1024 + 1)["code"], 422);

    // Its keys are those of the template alone.
    let made = lfs(&json!({"keyTemplate": "lfs/{uuid}"}));
    let asked = batch("upload", &json!([{"oid": OID, "size": 7}]));
    assert_eq!(error(&ready(made.handle(asked, &Fake::new()))).0, 400);
    let reader = lfs(&json!({"operations": ["headObject"]}));
    let asked = batch("download", &json!([{"oid": OID, "size": 7}]));
    assert_eq!(error(&ready(reader.handle(asked, &Fake::new()))).0, 403);
}

/// `docs/api/batch.md`: 413 when there are "too many objects or the request was otherwise too large".
#[test]
fn a_batch_is_bounded() {
    let many: Value = (0..=MAX_LFS_OBJECTS)
        .map(|_| json!({"oid": OID, "size": 7}))
        .collect();
    let refused = |asked| error(&ready(lfs(&json!({})).handle(asked, &Fake::new())));
    let (status, message) = refused(batch("upload", &many));
    assert_eq!(
        (status, message.as_str()),
        (413, "The body is too large: objects: must be at most 100")
    );
    let mut long = batch("upload", &json!([]));
    *long.body_mut() = " ".repeat(MAX_LFS_BYTES + 1);
    assert_eq!(refused(long).0, 413);
    // With all blanks that one could want, the largest batch fits.
    let object = json!({"oid": OID, "size": 9_007_199_254_740_991_u64});
    let many = vec![object; MAX_LFS_OBJECTS];
    let text = serde_json::to_string_pretty(&json!({"objects": many})).unwrap();
    assert!(text.len() < MAX_LFS_BYTES / 2);
    for objects in [
        json!([{"oid": OID, "size": -1}]),
        json!([{"size": 1}]),
        json!({}),
        json!([1]),
    ] {
        assert_eq!(refused(batch("upload", &objects)).0, 400, "{objects}");
    }
    assert_eq!(refused(batch("erase", &json!([]))).0, 400);
}

/// `docs/api/batch.md`: "HTTP 401 responses should include an `LFS-Authenticate` header"; `docs/api/authentication.md`:
/// Basic.
#[test]
fn credentials_are_asked_for_in_the_words_of_git_lfs() {
    let (service, fake) = (lfs(&json!({})), Fake::new());
    let asked = batch("download", &json!([])).into_body();
    let without = || request(Method::POST, PATH, &asked);
    let mut wrong = without();
    wrong
        .headers_mut()
        .insert("authorization", HeaderValue::from_static("Bearer wrong"));
    for request in [without(), wrong] {
        let response = ready(service.handle(request, &fake));
        let (status, message) = error(&response);
        assert_eq!(status, 401);
        assert!(message.contains("key or token"), "{message}");
        assert_eq!(
            header(&response, "lfs-authenticate"),
            Some("Basic realm=\"edge-presigner\"")
        );
    }
    let mut basic = without();
    let credentials = format!("Basic {}", STANDARD.encode(format!("git:{KEY}")));
    for (name, value) in [
        ("authorization", credentials.as_str()),
        (
            "content-type",
            "application/vnd.git-lfs+json; charset=utf-8",
        ),
    ] {
        basic
            .headers_mut()
            .insert(name, HeaderValue::from_str(value).unwrap());
    }
    assert_eq!(ready(service.handle(basic, &fake)).status(), 200);
}

/// A browser sends a password that it remembers with any form.
#[test]
fn a_form_of_another_site_is_refused() {
    let mut form = request(
        Method::POST,
        PATH,
        &batch("download", &json!([])).into_body(),
    );
    let credentials = format!("Basic {}", STANDARD.encode(format!("git:{KEY}")));
    for (name, value) in [
        ("authorization", credentials.as_str()),
        ("content-type", "text/plain"),
    ] {
        form.headers_mut()
            .insert(name, HeaderValue::from_str(value).unwrap());
    }
    assert_eq!(
        error(&ready(lfs(&json!({})).handle(form, &Fake::new()))).0,
        400
    );
}

/// `docs/api/locking.md`: "an LFS server that doesn't implement any locking endpoints should return 404".
#[test]
fn locks_do_not_exist() {
    let service = lfs(&json!({}));
    for (method, path) in [
        (Method::POST, "/lfs/media/locks/verify"),
        (Method::POST, "/lfs/media/locks"),
        (
            Method::GET,
            "/lfs/media/locks?path=&id=&cursor=&limit=&refspec=",
        ),
        (Method::POST, "/lfs/media/locks/1/unlock"),
    ] {
        for asked in [
            request(method.clone(), path, "{}"),
            with_key(request(method, path, "{}")),
        ] {
            let (status, message) = error(&ready(service.handle(asked, &Fake::new())));
            assert_eq!(status, 404, "{path}");
            assert!(message.contains("locks"), "{message}");
        }
    }
    for (method, path, status) in [
        (Method::GET, PATH, 405),
        (Method::POST, "/lfs/media/objects/verify", 404),
        (Method::POST, "/lfs/media/objects", 404),
        (Method::POST, "/lfs/media", 404),
        (Method::POST, "/lfs/media/locksmith", 404),
    ] {
        let asked = with_key(request(method, path, "{}"));
        assert_eq!(
            error(&ready(service.handle(asked, &Fake::new()))).0,
            status,
            "{path}"
        );
    }
    let nobody = with_key(request(
        Method::POST,
        "/lfs/nobodys/objects/batch",
        &batch("upload", &json!([])).into_body(),
    ));
    assert_eq!(error(&ready(service.handle(nobody, &Fake::new()))).0, 403);
}

#[test]
fn the_body_of_a_stranger_is_read_only_for_a_profile_that_is_open() {
    let profile = |callers: &str| {
        json!({"bucket": "bucket", "keyPrefix": "", "callers": [callers],
        "operations": ["getObject"], "maxLifetimeSecs": 900})
    };
    let profiles = json!({"open": profile("anyone"), "shut": profile("app")}).to_string();
    let service = service_with(&[("PROFILES", &profiles)]);
    let asked = |name: &str| {
        request(
            Method::POST,
            &format!("/lfs/{name}/objects/batch"),
            "no JSON",
        )
    };
    assert_eq!(
        error(&ready(service.handle(asked("open"), &Fake::new()))).0,
        400
    );
    assert_eq!(
        error(&ready(service.handle(asked("shut"), &Fake::new()))).0,
        401
    );
    assert_eq!(
        error(&ready(service.handle(asked("none"), &Fake::new()))).0,
        401
    );
}

#[test]
fn the_line_in_the_log_says_who_did_what() {
    let fake = Fake::new();
    fake.s3_will_answer(Ok(s3(404, None)));
    fake.send_takes.set(secs(1));
    let asked = batch("upload", &json!([{"oid": OID, "size": 7}]));
    let response = ready(lfs(&json!({})).handle(asked, &fake));
    let line = lines(&fake).remove(0);
    assert_eq!(line["caller"], "app");
    assert_eq!(
        (&line["profile"], &line["operation"]),
        (&json!("media"), &json!("putObject"))
    );
    assert_eq!(line["outcome"], "ok");
    let timing = header(&response, "server-timing").unwrap();
    assert!(timing.contains("s3;dur=1000"), "{timing}");
}
