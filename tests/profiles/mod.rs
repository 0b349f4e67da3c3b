//! What a profile opens, to whom, and what it demands or adds.

mod authorization_matrix;
mod checksum;
mod content;
mod headers;
mod inline;
mod key_rule;
mod key_template;
mod listing;
mod many;
mod overwrite;
mod refusals;
mod upload_limit;

use crate::support::links::LINK_KEY;
use crate::support::{Fake, json as body, ready, request, service_with, sign, with_key};
use http::{HeaderName, HeaderValue, Method, Request, Response};
use serde_json::{Value, json};

const PROFILES: &str = r#"{
    "limited": {
        "bucket": "bucket", "keyPrefix": "in/", "callers": ["app"], "maxLifetimeSecs": 900,
        "operations": ["getObject", "putObject", "createMultipartUpload", "uploadPart", "completeMultipartUpload"],
        "upload": {"minBytes": 10, "maxBytes": 1000, "contentTypes": ["image/*", "text/plain"]}
    },
    "sized": {
        "bucket": "bucket", "keyPrefix": "", "callers": ["app"], "maxLifetimeSecs": 900,
        "operations": ["putObject"], "upload": {"maxBytes": 5}
    },
    "kept": {
        "bucket": "bucket", "keyPrefix": "", "callers": ["app"], "maxLifetimeSecs": 900,
        "operations": ["getObject", "headObject", "putObject", "deleteObject"],
        "responseCacheControl": "private, max-age=86400", "cacheBuster": "v", "versions": true,
        "responseOverrides": ["cacheControl", "contentDisposition", "download", "contentEncoding", "contentLanguage",
            "contentType", "expires"]
    },
    "once": {
        "bucket": "bucket", "keyPrefix": "", "callers": ["app", "link"], "maxLifetimeSecs": 900, "overwrite": false,
        "operations": ["getObject", "putObject", "deleteObject", "createMultipartUpload", "uploadPart",
            "completeMultipartUpload"]
    },
    "checked": {
        "bucket": "bucket", "keyPrefix": "", "callers": ["app"], "maxLifetimeSecs": 900,
        "operations": ["getObject", "putObject", "createMultipartUpload", "uploadPart", "completeMultipartUpload"],
        "upload": {"maxBytes": 10, "requireChecksum": true}
    },
    "attached": {
        "bucket": "bucket", "keyPrefix": "", "callers": ["app"], "maxLifetimeSecs": 900,
        "operations": ["getObject", "headObject", "putObject"], "downloadAs": "attachment"
    },
    "named": {
        "bucket": "bucket", "keyPrefix": "", "callers": ["app"], "maxLifetimeSecs": 900,
        "operations": ["getObject", "putObject"],
        "headers": ["X-Amz-ACL", "x-amz-tagging", "success_action_redirect"]
    },
    "paid": {
        "bucket": "bucket", "keyPrefix": "", "callers": ["app"], "maxLifetimeSecs": 900,
        "operations": ["getObject", "headObject", "putObject", "deleteObject", "listObjectsV2"],
        "headers": ["x-amz-request-payer"]
    },
    "saved": {
        "bucket": "bucket", "keyPrefix": "", "callers": ["app"], "maxLifetimeSecs": 900,
        "operations": ["getObject", "headObject"], "responseOverrides": ["download", "contentLanguage"],
        "responseCacheControl": "no-cache"
    },
    "listed": {
        "bucket": "bucket", "keyPrefix": "users/", "callers": ["app"], "maxLifetimeSecs": 900,
        "operations": ["listObjectsV2", "getObject"]
    },
    "whole": {
        "bucket": "bucket", "keyPrefix": "", "callers": ["app"], "maxLifetimeSecs": 900,
        "operations": ["listObjectsV2"], "addressingStyle": "path"
    }
}"#;

fn handle(mut request: Request<String>) -> Response<String> {
    let service = service_with(&[("PROFILES", PROFILES), ("LINK_KEY", LINK_KEY)]);
    // As the platform does, which hands over no others.
    let read = service.read_headers();
    let sent = std::mem::take(request.headers_mut());
    let sent = sent
        .into_iter()
        .filter_map(|(name, value)| Some((name?, value)));
    let handed_over = sent.filter(|(name, _)| read.contains(name));
    request.headers_mut().extend(handed_over);
    ready(service.handle(request, &Fake::new()))
}

fn asked(profile: &str, operation: &str, more: &Value) -> Response<String> {
    let mut asked = json!({"profile": profile, "operation": operation});
    let more = more.as_object().unwrap().clone();
    asked.as_object_mut().unwrap().extend(more);
    handle(sign(&asked.to_string()))
}

fn path(method: Method, path: &str, headers: &[(&str, &str)]) -> Response<String> {
    let mut request = with_key(request(method, path, ""));
    for (name, value) in headers {
        let name: HeaderName = name.parse().unwrap();
        let value = HeaderValue::from_str(value).unwrap();
        request.headers_mut().insert(name, value);
    }
    handle(request)
}

fn detail(response: &Response<String>) -> String {
    assert_eq!(response.status(), 400, "{}", response.body());
    body(response)["detail"].as_str().unwrap().to_owned()
}

fn location(response: &Response<String>) -> &str {
    response.headers()["location"].to_str().unwrap()
}
