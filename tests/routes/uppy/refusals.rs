//! What is refused, and how Uppy is told.

use super::{
    Begun, Fake, OTHER_KEY, begin, body_of, complete_with, films, get, link, post, ready, request,
    succeed, with_bearer,
};
use crate::support::answers::{header, problem};
use crate::support::uploads::expect_invalid;
use crate::support::{NOON_SECS, with_key};
use http::{HeaderValue, Method, Request};
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const PARAMS: &str = "/uppy/films/s3/params?filename=a&type=a/b";

#[test]
fn an_error_says_the_same_in_the_members_that_uppy_shows() {
    let (service, fake) = (films(), Fake::new());
    for request in [
        get("/uppy/films/s3/params"),
        get("/uppy/closed/s3/params?filename=a"),
        get("/uppy/none/s3/params?filename=a"),
        get("/uppy/films/s3/none"),
        request(Method::GET, PARAMS, ""),
        with_bearer(request(Method::GET, PARAMS, ""), "wrong"),
    ] {
        let path = request.uri().to_string();
        let response = ready(service.handle(request, &fake));
        problem(&response);
        let body = body_of(&response);
        assert!(
            body["message"].as_str().is_some_and(|it| !it.is_empty()),
            "{path}"
        );
        assert_eq!(body["message"], body["detail"]);
        assert_eq!(body["error"], body["detail"]);
    }
    let elsewhere = body_of(&ready(service.handle(get("/v1/none"), &fake)));
    assert_eq!(
        (elsewhere.get("message"), elsewhere.get("error")),
        (None, None)
    );
}

#[test]
fn a_profile_is_served_only_where_it_says_so_and_to_its_callers_only() {
    let (service, fake) = (films(), Fake::new());
    let body = json!({"method": "PUT", "key": "a"});
    for (path, body) in [
        ("s3/params?filename=a", None),
        ("s3/multipart", Some(json!({"filename": "a"}))),
        ("sign", Some(body)),
    ] {
        let ask = |profile: &str| {
            let path = format!("/uppy/{profile}/{path}");
            match &body {
                Some(body) => post(&path, body),
                None => get(&path),
            }
        };
        let closed = ready(service.handle(ask("closed"), &fake));
        expect_invalid(&closed, "profile: is not served to Uppy", &json!(path));
        let none = ready(service.handle(ask("none"), &fake));
        assert_eq!(problem(&none), (403, "not-allowed".to_owned()));
        let mut nobody = ask("closed");
        nobody.headers_mut().remove("authorization");
        assert_eq!(
            problem(&ready(service.handle(nobody, &fake))),
            (401, "key-required".to_owned())
        );
    }
}

fn steps(begun: &Begun, key: &str) -> [Request<String>; 4] {
    let path = |step: &str| format!("{}{step}{key}", begun.path);
    let complete = complete_with(&[(1, "a")]);
    [
        get(&path("")),
        get(&path("/1")),
        post(&path("/complete"), &complete),
        with_key(request(Method::DELETE, &path(""), "")),
    ]
}

#[test]
fn the_key_must_be_that_of_the_handle() {
    let (service, fake) = (films(), Fake::new());
    let begun = begin(&service, &fake);
    for (key, named) in [
        ("", "key: is missing"),
        ("?key=", "key: is not that of the upload"),
        ("?key=users/other", "key: is not that of the upload"),
    ] {
        for request in steps(&begun, key) {
            let what = json!(request.uri().to_string());
            expect_invalid(&ready(service.handle(request, &fake)), named, &what);
        }
    }
    assert_eq!(fake.s3_requests.borrow().len(), 1);
}

#[test]
fn an_upload_belongs_to_its_caller_and_its_profile() {
    let (service, fake) = (films(), Fake::new());
    let begun = begin(&service, &fake);
    let key = format!("?key={}", begun.key);
    for request in steps(&begun, &key) {
        let stolen = with_bearer(request, OTHER_KEY);
        assert_eq!(
            problem(&ready(service.handle(stolen, &fake))),
            (403, "not-allowed".to_owned())
        );
    }
    let others = Begun {
        path: begun.path.replace("/films/", "/others/"),
        key: begun.key.clone(),
    };
    for request in steps(&others, &key) {
        let what = json!(request.uri().to_string());
        expect_invalid(
            &ready(service.handle(request, &fake)),
            "uploadId: is not of an upload",
            &what,
        );
    }
    let forged = Begun {
        path: format!("{}x", begun.path),
        key: begun.key,
    };
    for request in steps(&forged, &key) {
        let what = json!(request.uri().to_string());
        expect_invalid(&ready(service.handle(request, &fake)), "handle: ", &what);
    }
    assert_eq!(fake.s3_requests.borrow().len(), 1);
}

/// Uppy does not say how long a part is, so that one whose length has to be signed would get around that.
#[test]
fn an_upload_of_announced_size_is_not_continued_here() {
    let (service, fake) = (films(), Fake::new());
    fake.s3_will_answer(Ok(super::answer(200, super::CREATED)));
    let body = json!({"profile": "films", "filename": "a", "sizeBytes": 6_000_000});
    let created = succeed(&service, &fake, post("/v1/multipart", &body));
    let [handle, key] = ["handle", "key"].map(|name| created[name].as_str().unwrap());
    let path = format!("/uppy/films/s3/multipart/{handle}/1?key={key}");
    expect_invalid(
        &ready(service.handle(get(&path), &fake)),
        "uploadId: is not of an upload",
        &body,
    );
}

#[test]
fn what_is_malformed_is_named() {
    let (service, fake) = (films(), Fake::new());
    let begun = begin(&service, &fake);
    let number = |number: &str| get(&begun.step(&format!("/{number}")));
    let create = |body| post("/uppy/films/s3/multipart", &body);
    let complete = |body| post(&begun.step("/complete"), &body);
    for (request, named) in [
        (get("/uppy/films/s3/params"), "filename: is missing"),
        (
            get("/uppy/films/s3/params?filename="),
            "filename: is missing",
        ),
        (
            get("/uppy/films/s3/params?filename=a&filename=b"),
            "filename: is given twice",
        ),
        (
            get("/uppy/films/s3/params?filename=a&type=undefined"),
            "contentType: must be a media type",
        ),
        (
            get("/uppy/films/s3/params?filename=a/"),
            "filename: must be the name of a file",
        ),
        (create(json!({})), "filename: is missing"),
        (create(json!({"filename": 1})), "filename: must be"),
        (
            create(json!({"filename": "a", "type": "ä/b"})),
            "content-type: must be visible ASCII",
        ),
        (number("0"), "partNumber: must be"),
        (number("10001"), "partNumber: must be"),
        (number("batch"), "partNumber: must be"),
        (complete(json!({"parts": []})), "parts: must not be empty"),
        (
            complete(json!({"parts": [{"PartNumber": 1}]})),
            "parts[0].ETag: is missing",
        ),
        (
            complete(complete_with(&[(2, "a"), (1, "b")])),
            "parts[1].partNumber: must be higher",
        ),
    ] {
        let what = json!(request.uri().to_string());
        expect_invalid(&ready(service.handle(request, &fake)), named, &what);
    }
    assert_eq!(fake.s3_requests.borrow().len(), 1);
}

#[test]
fn other_paths_and_methods_are_told_apart() {
    let (service, fake) = (films(), Fake::new());
    for path in [
        "/uppy",
        "/uppy/films",
        "/uppy/films/",
        "/uppy/films/s3",
        "/uppy/films/s3/params/",
        "/uppy/films/s3/multipart/a/b/c",
        "/uppy/films//s3/params",
    ] {
        assert_eq!(
            problem(&ready(service.handle(get(path), &fake))),
            (404, "no-such-route".to_owned()),
            "{path}"
        );
    }
    for (path, allow) in [
        ("s3/params", "GET"),
        ("s3/multipart", "POST"),
        ("s3/multipart/a", "GET, DELETE"),
        ("s3/multipart/a/1", "GET"),
        ("s3/multipart/a/complete", "POST"),
        ("sign", "POST"),
    ] {
        let path = format!("/uppy/films/{path}");
        let response = ready(service.handle(request(Method::PUT, &path, ""), &fake));
        assert_eq!(header(&response, "allow"), Some(allow), "{path}");
        let mut preflight = request(Method::OPTIONS, &path, "");
        let headers = preflight.headers_mut();
        headers.insert("origin", HeaderValue::from_static("https://app.example"));
        headers.insert(
            "access-control-request-method",
            HeaderValue::from_static("POST"),
        );
        headers.insert(
            "access-control-request-headers",
            HeaderValue::from_static("content-type"),
        );
        let response = ready(service.handle(preflight, &fake));
        assert_eq!(response.status(), 204);
        assert_eq!(
            header(&response, "access-control-allow-methods"),
            Some(allow)
        );
        let headers = header(&response, "access-control-allow-headers").unwrap();
        assert!(
            headers.to_ascii_lowercase().contains("content-type"),
            "{headers}"
        );
    }
}

#[test]
fn a_link_opens_what_it_grants_and_nothing_else() {
    let (service, fake) = (films(), Fake::new());
    let grant = |prefix: &str, operation: &str| {
        link(
            &json!({"profile": "films", "keyPrefix": prefix, "operations": [operation], "exp": NOON_SECS + 600}),
        )
    };
    let ask = |link: String| {
        ready(service.handle(request(Method::GET, &format!("{link}{PARAMS}"), ""), &fake))
    };
    let form = ask(grant("users/mine/", "putObject"));
    assert_eq!(form.status(), 200, "{}", form.body());
    assert!(
        body_of(&form)["key"]
            .as_str()
            .unwrap()
            .starts_with("users/mine/")
    );
    assert_eq!(problem(&ask(grant("users/", "uploadPart"))).0, 403);
    assert_eq!(problem(&ask(grant("elsewhere/", "putObject"))).0, 403);
}
