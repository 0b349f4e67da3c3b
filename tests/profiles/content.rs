//! What a profile adds to answers of S3, and what it lets be asked of them.

use super::{asked, detail, handle, location, path};
use crate::support::answers::parameter;
use crate::support::{json as body, request};
use edge_presigner::profiles::OBJECT_PARAMETERS;
use http::Method;
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn what_may_be_kept_for_long_is_said_by_the_profile_unless_the_request_does() {
    let name = "response-cache-control";
    for method in [Method::GET, Method::HEAD] {
        let response = path(method, "/o/kept/x", &[]);
        let kept = parameter(location(&response), name);
        assert_eq!(kept.as_deref(), Some("private, max-age=86400"));
    }
    for method in [Method::PUT, Method::DELETE] {
        let response = path(method, "/o/kept/x", &[]);
        assert_eq!(parameter(location(&response), name), None);
    }
    let own = json!({"key": "x", "response": {"cacheControl": "no-store"}});
    let answer = body(&asked("kept", "getObject", &own));
    let kept = parameter(answer["url"].as_str().unwrap(), name);
    assert_eq!(kept.as_deref(), Some("no-store"));
}

#[test]
fn the_path_takes_a_download_name_and_a_version() {
    let response = path(
        Method::GET,
        "/o/kept/x?download=%C3%9C+1.pdf&versionId=a%2Bb&expires=60",
        &[],
    );
    let url = location(&response);
    assert_eq!(parameter(url, "versionId").unwrap(), "a+b");
    assert_eq!(parameter(url, "X-Amz-Expires").unwrap(), "60");
    let disposition = parameter(url, "response-content-disposition").unwrap();
    assert_eq!(
        disposition,
        "attachment; filename=\"_ 1.pdf\"; filename*=UTF-8''%C3%9C%201.pdf"
    );
    let response = path(Method::DELETE, "/o/kept/x?versionId=1", &[]);
    assert_eq!(parameter(location(&response), "versionId").unwrap(), "1");
    for (method, query, said) in [
        (
            Method::PUT,
            "download=a",
            "download: is not a parameter of putObject",
        ),
        (
            Method::PUT,
            "versionId=a",
            "versionId: is not a parameter of putObject",
        ),
        (
            Method::GET,
            "download=",
            "download: must have 1 to 1020 bytes",
        ),
        (
            Method::GET,
            "download=a&download=b",
            "download: is given twice",
        ),
        (Method::GET, "versionId=", "versionId: must not be empty"),
        (
            Method::GET,
            "versionId=1&versionId=1",
            "versionId: is given twice",
        ),
        (Method::GET, "Download=a", "Download: is not known here"),
        (
            Method::GET,
            "response-content-type=a/b",
            "response-content-type: is not known here",
        ),
        (Method::GET, "w=1", "w: is not known here"),
        (Method::GET, "v=1&w=1", "w: is not known here"),
        (Method::GET, "V=1", "V: is not known here"),
    ] {
        let response = path(method, &format!("/o/kept/x?{query}"), &[]);
        assert_eq!(detail(&response), said, "{query}");
    }
}

#[test]
fn a_cache_buster_changes_nothing_and_is_known_only_where_a_profile_names_it() {
    let plain = path(Method::GET, "/o/kept/x", &[]);
    for query in ["v=1", "v", "v=1&v=2", "v=%00"] {
        let busted = path(Method::GET, &format!("/o/kept/x?{query}"), &[]);
        assert_eq!(location(&busted), location(&plain), "{query}");
    }
    let response = path(Method::GET, "/o/limited/in/x?v=1", &[]);
    assert_eq!(detail(&response), "v: is not known here");
    // Whether a profile knows the parameter is not told to those who may not use it.
    for profile in ["kept", "limited", "none"] {
        let response = handle(request(Method::GET, &format!("/o/{profile}/x?v=1"), ""));
        assert_eq!(response.status(), 401);
    }
}

#[test]
fn a_cache_buster_cannot_be_a_parameter_that_a_path_takes() {
    let known = |name: &str| {
        let response = path(Method::GET, &format!("/o/kept/a?{name}=1"), &[]);
        !response.body().contains("is not known here")
    };
    assert!(!known("w"));
    for name in OBJECT_PARAMETERS {
        assert!(known(name), "{name}");
    }
}

#[test]
fn only_the_response_overrides_that_a_profile_opens_can_be_asked_for() {
    let open = json!({"key": "a", "download": "a.png", "response": {"contentLanguage": "de"}});
    let answer = asked("saved", "getObject", &open);
    assert_eq!(answer.status(), 200);
    for (name, value) in [
        ("response-content-disposition", "attachment"),
        ("response-content-language", "de"),
        ("response-cache-control", "no-cache"),
    ] {
        assert!(answer.body().contains(&format!("{name}={value}")), "{name}");
    }
    for (name, value) in [
        ("cacheControl", "no-store"),
        ("contentDisposition", "inline"),
        ("contentEncoding", "gzip"),
        ("contentType", "text/html"),
        ("expires", "Wed, 21 Oct 2026 07:28:00 GMT"),
    ] {
        let closed = json!({"key": "a", "response": {name: value}});
        for operation in ["getObject", "headObject"] {
            let answer = asked("saved", operation, &closed);
            let detail = detail(&answer);
            assert_eq!(answer.status(), 400);
            assert_eq!(
                detail,
                format!("response.{name}: is not allowed by this profile")
            );
        }
        assert_eq!(asked("kept", "getObject", &closed).status(), 200, "{name}");
    }
}

#[test]
fn without_response_overrides_a_profile_opens_download_alone() {
    let download = json!({"key": "x", "download": "a.png"});
    assert_eq!(asked("named", "getObject", &download).status(), 200);
    assert_eq!(
        path(Method::GET, "/o/named/x?download=a.png", &[]).status(),
        302
    );
    for (name, value) in [
        ("cacheControl", "no-store"),
        ("contentDisposition", "inline"),
        ("contentEncoding", "gzip"),
        ("contentLanguage", "de"),
        ("contentType", "text/html"),
        ("expires", "Wed, 21 Oct 2026 07:28:00 GMT"),
    ] {
        let closed = json!({"key": "x", "response": {name: value}});
        assert_eq!(
            detail(&asked("named", "getObject", &closed)),
            format!("response.{name}: is not allowed by this profile")
        );
    }
}

#[test]
fn what_a_profile_serves_as_attachment_is_never_shown_by_browsers() {
    let name = "response-content-disposition";
    for method in [Method::GET, Method::HEAD] {
        let plain = path(method.clone(), "/o/attached/x.html", &[]);
        let found = parameter(location(&plain), name);
        assert_eq!(found.as_deref(), Some("attachment"));
        let named = path(method, "/o/attached/x.html?download=a.html", &[]);
        let found = parameter(location(&named), name);
        assert_eq!(found.as_deref(), Some("attachment; filename=\"a.html\""));
    }
    let inline = json!({"key": "x", "response": {"contentDisposition": "inline"}});
    assert_eq!(
        detail(&asked("attached", "getObject", &inline)),
        "response.contentDisposition: is not allowed by this profile"
    );
    let put = path(Method::PUT, "/o/attached/x.html", &[]);
    assert_eq!(parameter(location(&put), name), None);
    let elsewhere = path(Method::GET, "/o/kept/x.html", &[]);
    assert_eq!(parameter(location(&elsewhere), name), None);
}
