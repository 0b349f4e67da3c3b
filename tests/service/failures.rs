//! What a client is told when AWS or the configuration fails.

use crate::support::answers::{detail, problem};
use crate::support::{
    Fake, SIGN, answer, json, ready, request, secs, service, service_with, sign, token,
};
use http::Method;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_refusal_of_sts_is_told_with_the_code_of_aws() {
    let refused = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error>\
        <RequestId>aws-1</RequestId></ErrorResponse>";
    let fake = Fake::new();
    fake.will_answer(Ok(answer(403, refused)));
    let response = ready(service().handle(sign(SIGN), &fake));
    assert_eq!(problem(&response), (502, "sts-refused".to_owned()));
    assert_eq!(json(&response)["awsCode"], "AccessDenied");
    assert_eq!(json(&response)["awsRequestId"], "aws-1");
    assert!(response.headers().get("retry-after").is_none());
    assert!(detail(&response).contains("trust policy"));
}

#[test]
fn a_passing_failure_of_sts_says_when_to_come_back() {
    let fake = Fake::new();
    for _ in 0..3 {
        fake.will_answer(Ok(answer(
            503,
            "<Error><Code>ServiceUnavailable</Code></Error>",
        )));
    }
    let response = ready(service().handle(sign(SIGN), &fake));
    assert_eq!(problem(&response), (503, "sts-unavailable".to_owned()));
    assert_eq!(response.headers()["retry-after"], "5");
}

#[test]
fn a_gateway_that_answers_for_sts_is_not_taken_for_a_wrong_endpoint() {
    for (status, slug) in [(429, "sts-throttled"), (503, "sts-unavailable")] {
        let fake = Fake::new();
        for _ in 0..3 {
            fake.will_answer(Ok(answer(status, "<html>busy</html>")));
        }
        let response = ready(service().handle(sign(SIGN), &fake));
        assert_eq!(problem(&response), (503, slug.to_owned()));
        assert_eq!(response.headers()["retry-after"], "5");
        assert_eq!(fake.sts_calls(), 3);
    }
}

#[test]
fn an_expired_token_is_told_with_its_expiry() {
    let fake = Fake::new();
    fake.token.replace(Some(token(secs(60))));
    fake.pass(secs(61));
    let response = ready(service().handle(sign(SIGN), &fake));
    assert_eq!(problem(&response), (503, "token-expired".to_owned()));
    assert!(detail(&response).contains("2026-03-01T12:01:00Z"));
}

#[test]
fn a_refused_configuration_signs_nothing_and_is_listed_in_the_log() {
    let fake = Fake::new();
    let service = service_with(&[("AWS_REGION", ""), ("AWS_ROLE_ARN", "")]);
    let open = request(Method::GET, "/o/public/public/x", "");
    let response = ready(service.handle(open, &fake));
    assert_eq!(problem(&response), (500, "misconfigured".to_owned()));
    let log = fake.log.borrow().join("");
    assert!(log.contains("AWS_REGION is missing") && log.contains("AWS_ROLE_ARN is missing"));
    let health = ready(service.handle(request(Method::GET, "/healthz", ""), &fake));
    assert_eq!(health.status(), 200);
    assert_eq!(*health.body(), r#"{"status":"ok"}"#);
}
