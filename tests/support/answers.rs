//! What tests read of an answer, and of the log about it.

use super::{Fake, ready, service};
use http::{Request, Response};
use serde_json::Value;

/// The body of an answer as JSON.
pub fn json(response: &Response<String>) -> Value {
    serde_json::from_str(response.body()).unwrap()
}

/// The answer of a worker with the bindings of [`super::bindings()`], in a world of its own.
pub fn handle(request: Request<String>) -> Response<String> {
    ready(service().handle(request, &Fake::new()))
}

/// Status and last part of the problem's type; checks what every problem has.
pub fn problem(response: &Response<String>) -> (u16, String) {
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json"
    );
    assert_eq!(response.headers()["cache-control"], "no-store");
    let body = json(response);
    assert_eq!(body["status"], response.status().as_u16());
    assert_eq!(body["requestId"], "request-1");
    assert!(body["title"].is_string() && body["detail"].is_string());
    let kind = body["type"].as_str().unwrap();
    let slug = kind
        .strip_prefix("urn:problem-type:edge-presigner:")
        .unwrap();
    (response.status().as_u16(), slug.to_owned())
}

pub fn detail(response: &Response<String>) -> String {
    json(response)["detail"].as_str().unwrap().to_owned()
}

/// A header as text.
pub fn header<'r>(response: &'r Response<String>, name: &str) -> Option<&'r str> {
    response
        .headers()
        .get(name)
        .map(|value| value.to_str().unwrap())
}

/// The lines about requests.
pub fn lines(fake: &Fake) -> Vec<Value> {
    let log = fake.log.borrow();
    let lines = log
        .iter()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["event"] == "request").collect()
}

/// The parameter `name` of a URL, decoded.
pub fn parameter(url: &str, name: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    let mut query = form_urlencoded::parse(query.as_bytes());
    let (_, value) = query.find(|(found, _)| found == name)?;
    Some(value.into_owned())
}
