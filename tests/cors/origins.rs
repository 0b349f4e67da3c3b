//! Origins: which may be listed, and which a pattern stands for. Origins are written as the Fetch standard serializes them
//! and as Tauri, Capacitor, Ionic, Electron and the browsers' extensions document theirs; suffixes below which strangers
//! have names are those of the Public Suffix List.

use super::{APP, from, handle, header, preflight, profiles};
use crate::support::jose::ISSUER;
use crate::support::{self, Fake, bindings_with, ready, request, service_with, with_key};
use edge_presigner::config::Config;
use http::{Method, Response};
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// What is wrong with `origin` in a configuration.
fn error(origin: &str) -> Option<String> {
    let mut profiles = profiles();
    profiles["avatars"]["corsOrigins"] = json!([origin]);
    let bindings = bindings_with(&[("PROFILES", &profiles.to_string())]);
    let errors = Config::read(|name| bindings.get(name).cloned()).err()?;
    Some(errors.texts().join("; "))
}

#[test]
fn origins_are_checked_with_the_configuration() {
    for (origin, good) in [
        ("https://app.example.com", true),
        ("http://localhost:3000", true),
        ("https://[::1]:8443", true),
        ("*", true),
        ("https://app.example.com/", false),
        ("https://App.example.com", false),
        ("https://app.example.com:443", false),
        ("http://app.example.com:80", false),
        ("https://user@app.example.com", false),
        ("app.example.com", false),
        ("null", false),
        ("", false),
        ("https://", false),
    ] {
        let error = error(origin);
        assert_eq!(error.is_none(), good, "{origin}: {error:?}");
    }
}

#[test]
fn apps_and_extensions_have_origins_too() {
    for origin in [
        "tauri://localhost",
        "https://tauri.localhost",
        "http://tauri.localhost",
        "capacitor://localhost",
        "ionic://localhost",
        "http://localhost",
        "app://obsidian.md",
        "app://-",
        "app://.",
        "com.example.app://localhost",
        "capacitor-electron://-",
        "vscode-webview://1h3n6g",
        "chrome-extension://nmmhkkegccagdldgiimedpiccmgmieda",
        "moz-extension://0cf2a3c4-6fd1-4b8e-9d61-8e1f1a2b3c4d",
        "safari-web-extension://5F2C5E0A-7A3A-4F6B-8C43-0A9D3E6C8B11",
        "app://localhost:3000",
    ] {
        assert_eq!(error(origin), None, "{origin}");
        let mut profiles = profiles();
        profiles["avatars"]["corsOrigins"] = json!([origin]);
        let service = service_with(&[("PROFILES", &profiles.to_string())]);
        let asked = from(
            origin,
            with_key(request(Method::GET, "/o/avatars/users/a", "")),
        );
        let response = ready(service.handle(asked, &Fake::new()));
        let allowed = header(&response, "access-control-allow-origin");
        assert_eq!(allowed, Some(origin));
        assert_eq!(header(&response, "vary"), Some("Origin"));
        // Another scheme, host or port is another origin.
        for other in [&format!("x{origin}"), &format!("{origin}1"), "null"] {
            let response =
                ready(service.handle(preflight(other, "POST", "/v1/sign"), &Fake::new()));
            assert_eq!(header(&response, "access-control-allow-origin"), None);
        }
    }
    for origin in [
        // The origins of pages without one are all alike: `null`, or `file://` in some web views.
        "file://",
        "file://localhost",
        "data://x",
        "blob://x",
        "about://blank",
        "javascript://x",
        "ws://app.example.com",
        "wss://app.example.com",
        "tauri://",
        "tauri:localhost",
        "tauri://localhost/",
        "tauri://localhost/index.html",
        "tauri://user@localhost",
        "tauri://local host",
        "tauri://localhost?x",
        "tauri://localhost#x",
        "tauri://localhost:",
        "tauri://localhost:x",
        "tauri://localhost:70000",
        "Tauri://localhost",
        "1app://localhost",
        "://localhost",
        "chrome-extension://*",
        "moz-extension://*",
    ] {
        assert!(error(origin).is_some(), "{origin}");
    }
}

#[test]
fn a_pattern_has_one_whole_label_below_a_name_that_is_no_strangers() {
    for origin in [
        "https://*.my-app.pages.dev",
        "https://*.my-app.workers.dev",
        "https://*.preview.example.com",
        "https://*.example.co.uk",
        "https://*.my-app.pages.dev:8443",
        "http://*.app.example.test:3000",
    ] {
        assert_eq!(error(origin), None, "{origin}");
    }
    for (origins, reason) in [
        (
            &[
                "https://*.com",
                "https://*.pages.dev",
                "https://*.workers.dev",
                "https://*.vercel.app",
                "https://*.netlify.app",
                "https://*.github.io",
                "https://*.web.app",
                "https://*.co.uk",
                "https://*.com.au",
                "https://*.pages.dev:8443",
                "https://*.s3.amazonaws.com",
                "https://*.s3.eu-west-1.amazonaws.com",
                "https://*.execute-api.eu-west-1.amazonaws.com",
                "https://*.eu-west-1.elasticbeanstalk.com",
                "https://*.blob.core.windows.net",
                "https://*.a.run.app",
                "https://*.nyc3.digitaloceanspaces.com",
                "https://*.localhost",
                "https://*.example.com",
                "https://*.0.0.1",
                "https://*..pages.dev",
            ][..],
            "at least three labels",
        ),
        (
            &[
                "https://my-*.my-app.pages.dev",
                "https://*-my.my-app.pages.dev",
                "https://**.my-app.pages.dev",
                "https://*.*.my-app.pages.dev",
                "https://a.*.my-app.pages.dev",
                "https://my-app.pages.*",
                "https://*",
                "https://*:3000",
                "https://app.example.com:*",
                "https://*.my-app.pages.dev/",
                "https://*.my-app.pages.dev:443",
                "https://*.My-App.pages.dev",
                "https://*.user@my-app.pages.dev",
                "chrome-extension://*.a.b.c",
            ],
            "only as the whole first label",
        ),
        (&["*.my-app.pages.dev", "*://my-app.pages.dev"], "must"),
    ] {
        for origin in origins {
            let error = error(origin).unwrap_or_default();
            assert!(
                error.contains("PROFILES.avatars.corsOrigins "),
                "{origin}: {error}"
            );
            assert!(error.contains(reason), "{origin}: {error}");
        }
    }
}

#[test]
fn a_pattern_stands_for_exactly_one_label() {
    let mut profiles = profiles();
    profiles["avatars"]["corsOrigins"] = json!([
        "https://*.my-app.pages.dev",
        "https://*.staging.example.com:8443"
    ]);
    let service = service_with(&[("PROFILES", &profiles.to_string())]);
    let allowed = |response: &Response<String>| {
        assert_eq!(header(response, "vary"), Some("Origin"));
        header(response, "access-control-allow-origin").map(str::to_owned)
    };
    for (origin, matches) in [
        ("https://a1b2c3d4.my-app.pages.dev", true),
        ("https://feature-x.my-app.pages.dev", true),
        ("https://feature_x.my-app.pages.dev", true),
        ("https://a.staging.example.com:8443", true),
        ("https://my-app.pages.dev", false),
        ("https://.my-app.pages.dev", false),
        ("https://*.my-app.pages.dev", false),
        ("https://a.b.my-app.pages.dev", false),
        ("https://evil.my-app.pages.dev.evil.example", false),
        ("https://evilmy-app.pages.dev", false),
        ("https://evil/.my-app.pages.dev", false),
        ("https://a@evil.my-app.pages.dev", false),
        ("https://a:1.my-app.pages.dev", false),
        ("https://A.my-app.pages.dev", false),
        ("http://a.my-app.pages.dev", false),
        ("https://a.my-app.pages.dev:8443", false),
        ("https://a.staging.example.com", false),
        ("https://a.staging.example.com:84430", false),
        ("null", false),
    ] {
        let expected = matches.then(|| origin.to_owned());
        let asked = preflight(origin, "GET", "/o/avatars/users/a");
        let response = ready(service.handle(asked, &Fake::new()));
        assert_eq!(allowed(&response), expected, "{origin}");
        let asked = with_key(request(Method::GET, "/o/avatars/users/a", ""));
        let response = ready(service.handle(from(origin, asked), &Fake::new()));
        assert_eq!(response.status(), 302);
        assert_eq!(allowed(&response), expected, "{origin}");
    }
    // A pattern of one profile opens no other.
    let origin = "https://a.my-app.pages.dev";
    let asked = request(Method::GET, "/o/public/public/a", "");
    let response = ready(service.handle(from(origin, asked), &Fake::new()));
    assert_eq!(
        (response.status().as_u16(), allowed(&response)),
        (302, None)
    );
}

#[test]
fn only_an_origin_that_is_listed_itself_may_use_what_a_proxy_adds() {
    let mut profiles = profiles();
    profiles["public"]["corsOrigins"] = json!(["*"]);
    profiles["avatars"]["corsOrigins"] = json!(["https://*.my-app.pages.dev", APP]);
    let callers = json!({"app": {"bearerSha256": [support::KEY_SHA256]},
        "web": {"jwt": {"issuer": ISSUER, "audience": "web", "header": "Cf-Access-Jwt-Assertion"}},
        "other": {"bearerSha256": []}});
    let service = service_with(&[
        ("PROFILES", &profiles.to_string()),
        ("CALLERS", &callers.to_string()),
    ]);
    let preview = "https://a.my-app.pages.dev";
    for (origin, allowed, credentials) in [
        (APP, APP, Some("true")),
        (preview, preview, None),
        ("https://my-app.pages.dev", "*", None),
        ("null", "*", None),
    ] {
        let response = ready(service.handle(preflight(origin, "POST", "/v1/sign"), &Fake::new()));
        let answered = |name| header(&response, name);
        assert_eq!(answered("access-control-allow-origin"), Some(allowed));
        assert_eq!(answered("access-control-allow-credentials"), credentials);
    }
}

#[test]
fn no_origin_is_taken_for_the_pattern_that_it_spells() {
    for origin in ["*", "https://*"] {
        let response = handle(preflight(origin, "POST", "/v1/sign"));
        assert_eq!(header(&response, "access-control-allow-origin"), None);
    }
}
