//! `GET /v1/credentials/{profile}`: what STS is asked for whom.

use std::collections::BTreeMap;

use crate::support::answers::problem;
use crate::support::jose::{ISSUER, web_token};
use crate::support::links::{LINK_KEY, link};
use crate::support::{
    Fake, KEY_SHA256, NOON_SECS, answer, json as body_of, noon, ready, request, secs, service_with,
    with_bearer, with_key,
};
use edge_presigner::instant::rfc3339;
use edge_presigner::service::Service;
use http::{Method, Request, Response};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const OTHER_STS: (&str, &str) = ("AWS_ENDPOINT_URL_STS", "https://sts.example.com");

/// A worker whose profile `own` vends for callers with a token, and `team` for `app`.
pub fn service(more: &[(&str, &str)]) -> Service {
    let profile = |prefix: &str, callers: &[&str]| {
        json!({"bucket": "bucket", "keyPrefix": prefix, "callers": callers, "maxLifetimeSecs": 60,
            "operations": ["getObject", "listObjectsV2", "credentials"]})
    };
    let profiles = json!({
        "own": profile("users/{sub}/", &["web", "link"]),
        "team": profile("team/", &["app", "link"]),
        "plain": {"bucket": "bucket", "keyPrefix": "", "callers": ["app", "web"], "maxLifetimeSecs": 60,
            "operations": ["getObject"]},
    });
    let callers = json!({
        "app": {"bearerSha256": [KEY_SHA256]},
        "web": {"jwt": {"issuer": ISSUER, "audience": "web"}},
    });
    let (profiles, callers) = (profiles.to_string(), callers.to_string());
    let changes = [
        ("PROFILES", profiles.as_str()),
        ("CALLERS", callers.as_str()),
        ("LINK_KEY", LINK_KEY),
    ];
    service_with(&[&changes, more].concat())
}

fn get(profile: &str) -> Request<String> {
    request(Method::GET, &format!("/v1/credentials/{profile}"), "")
}

fn ask(service: &Service, fake: &Fake, sub: &str) -> Response<String> {
    let token = web_token(&json!(sub), NOON_SECS + 3600);
    ready(service.handle(with_bearer(get("own"), &token), fake))
}

/// The parameters of a form.
pub fn form(body: &str) -> BTreeMap<String, String> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8().unwrap().into_owned();
    let pairs = body.split('&').map(|pair| pair.split_once('=').unwrap());
    pairs
        .map(|(name, value)| (name.to_owned(), decoded(value)))
        .collect()
}

/// What `GetScopedCredentials` answers, by the shapes of the API in botocore's model.
fn scoped(lifetime_secs: u64) -> Response<String> {
    let end = rfc3339(noon() + secs(lifetime_secs));
    let body = format!(
        r#"<GetScopedCredentialsResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetScopedCredentialsResult>
        <Credentials><AccessKeyId>ASIASCOPED</AccessKeyId><SecretAccessKey>scoped secret</SecretAccessKey>
        <SessionToken>scoped token</SessionToken><Expiration>{end}</Expiration></Credentials>
        <SessionInfo><ScopedSessionId>AROA:edge</ScopedSessionId><Arn>arn:aws:sts::1:assumed-role/a/b</Arn></SessionInfo>
        <ScopedPoliciesCount>1</ScopedPoliciesCount></GetScopedCredentialsResult></GetScopedCredentialsResponse>"#
    );
    answer(200, &body)
}

fn own_policy(sub: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": [format!("arn:aws:s3:::bucket/users/{sub}/*")]},
        {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::bucket"],
            "Condition": {"StringLike": {"s3:prefix": [format!("users/{sub}/*")]}}},
    ]})
}

fn policy_in(form: &BTreeMap<String, String>) -> Value {
    let mut policy: Value = serde_json::from_str(&form["Policy"]).unwrap();
    let statements = policy["Statement"].as_array_mut().unwrap();
    statements.sort_by_key(|it| it["Action"].to_string());
    policy
}

#[test]
fn the_shared_session_is_narrowed_at_a_regional_sts_of_aws() {
    let (service, fake) = (service(&[]), Fake::with_issuer());
    fake.s3_will_answer(Ok(scoped(3000)));
    let response = ask(&service, &fake, "ada");
    assert_eq!(response.status(), 200, "{}", response.body());
    assert_eq!(response.headers()["cache-control"], "no-store");
    let expected = json!({"Version": 1, "AccessKeyId": "ASIASCOPED", "SecretAccessKey": "scoped secret",
        "Token": "scoped token", "SessionToken": "scoped token", "Expiration": "2026-03-01T12:50:00Z"});
    assert_eq!(body_of(&response), expected);
    // One exchange for the session that everybody shares, without a policy.
    assert_eq!(fake.sts_calls(), 1);
    assert!(!fake.requests.borrow()[0].body().contains("Policy"));
    let calls = fake.s3_requests.borrow();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].uri(), "https://sts.eu-central-1.amazonaws.com/");
    let form = form(calls[0].body());
    assert_eq!(form["Action"], "GetScopedCredentials");
    assert_eq!(policy_in(&form), own_policy("ada"));
    assert_eq!(form.get("DurationSeconds"), None);
    let description = &form["ScopedSessionDescription"];
    assert!(
        description.starts_with("edge-presigner: profile own, caller web@"),
        "{description}"
    );
    assert!((2..=256).contains(&description.len()) && !description.contains("ada"));
}

#[test]
fn another_sts_is_asked_for_a_session_of_the_callers_own() {
    let (service, fake) = (service(&[OTHER_STS]), Fake::with_issuer());
    let response = ask(&service, &fake, "ada");
    assert_eq!(response.status(), 200, "{}", response.body());
    assert_eq!(fake.sts_calls(), 1);
    assert!(fake.s3_requests.borrow().is_empty());
    let form = form(fake.requests.borrow()[0].body());
    assert_eq!(policy_in(&form), own_policy("ada"));
    assert_eq!(form["DurationSeconds"], "3600");
    let name = &form["RoleSessionName"];
    assert!(name.starts_with("web@") && name.len() == 20, "{name}");
    // KV has nothing of it.
    assert!(fake.kv.borrow().is_empty());
}

#[test]
fn each_caller_gets_its_own_and_the_same_one_the_same() {
    let (service, fake) = (service(&[OTHER_STS]), Fake::with_issuer());
    let [ada, again, bob] = ["ada", "ada", "bob"].map(|sub| body_of(&ask(&service, &fake, sub)));
    assert_eq!(ada, again);
    assert_ne!(ada["AccessKeyId"], bob["AccessKeyId"]);
    assert_eq!(fake.sts_calls(), 2);
    // In time for the next 15 minutes.
    fake.pass(secs(3600 - 1100));
    let token = web_token(&json!("ada"), NOON_SECS + 7200);
    let later = ready(service.handle(with_bearer(get("own"), &token), &fake));
    assert_ne!(body_of(&later)["AccessKeyId"], ada["AccessKeyId"]);
    assert_eq!(fake.sts_calls(), 3);
}

#[test]
fn who_may_not_have_any_costs_nothing() {
    let (service, fake) = (service(&[]), Fake::with_issuer());
    let refused = |request: Request<String>| problem(&ready(service.handle(request, &fake)));
    let denied = (403, "not-allowed".to_owned());
    for profile in ["plain", "own", "none", "Team", "team%2F"] {
        assert_eq!(refused(with_key(get(profile))), denied, "{profile}");
    }
    assert_eq!(refused(get("team")), (401, "key-required".to_owned()));
    assert_eq!(refused(with_bearer(get("team"), "wrong")).0, 401);
    for sub in [
        "*",
        "a*",
        "?",
        "a$b",
        "${aws:userid}",
        "日本",
        "a/b",
        "..",
        "",
    ] {
        let token = web_token(&json!(sub), NOON_SECS + 3600);
        assert_eq!(refused(with_bearer(get("own"), &token)), denied, "{sub}");
    }
    for (profile, prefix) in [("own", "users/ada/"), ("team", "team/")] {
        let operations = ["getObject", "listObjectsV2"];
        let grant = json!({"profile": profile, "keyPrefix": prefix, "operations": operations, "exp": NOON_SECS + 600});
        let path = format!("{}/v1/credentials/{profile}", link(&grant));
        assert_eq!(refused(request(Method::GET, &path, "")), denied);
    }
    assert_eq!(fake.sts_calls(), 0);
    assert!(fake.s3_requests.borrow().is_empty());
}

#[test]
fn errors_have_the_members_that_awss_sdks_show() {
    let (service, fake) = (service(&[]), Fake::new());
    let response = ready(service.handle(with_key(get("plain")), &fake));
    let body = body_of(&response);
    assert_eq!(body["Code"], "AccessDenied");
    assert_eq!(body["Message"], body["detail"]);
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json"
    );
    // Others have not.
    let other = ready(service.handle(with_key(request(Method::POST, "/v1/sign", "{}")), &fake));
    assert_eq!(body_of(&other).get("Code"), None);
}

#[test]
fn a_refusal_of_sts_is_told_once_and_sts_is_left_alone_for_a_while() {
    let (service, fake) = (service(&[]), Fake::with_issuer());
    let refusal = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>User: arn is not authorized to perform: \
                   sts:GetScopedCredentials</Message></Error></ErrorResponse>";
    fake.s3_will_answer(Ok(answer(403, refusal)));
    for _ in 0..3 {
        let response = ask(&service, &fake, "ada");
        assert_eq!(problem(&response), (502, "sts-refused".to_owned()));
        assert_eq!(body_of(&response)["cause"], "scoping-denied");
        fake.pass(secs(1));
    }
    assert_eq!(fake.s3_requests.borrow().len(), 1);
    fake.pass(secs(5));
    fake.s3_will_answer(Ok(scoped(3000)));
    assert_eq!(ask(&service, &fake, "ada").status(), 200);
}

#[test]
fn the_log_says_who_got_them_and_never_what() {
    let (service, fake) = (service(&[OTHER_STS]), Fake::with_issuer());
    let response = body_of(&ask(&service, &fake, "ada"));
    assert!(fake.logged("credentialsVended"));
    let log = fake.log.borrow().join("\n");
    assert!(
        log.contains("profile own, caller web@") && log.contains("by AssumeRoleWithWebIdentity")
    );
    for secret in ["SecretAccessKey", "Token", "AccessKeyId"] {
        assert!(
            !log.contains(response[secret].as_str().unwrap()),
            "{secret}"
        );
    }
    assert!(!log.contains("ada"));
}

/// The answer is a `CredentialsResponse` of `@uppy/aws-s3` 6.3.1.
#[test]
fn uppy_gets_the_same_credentials_in_its_own_form_and_errors_in_its_own_too() {
    let (service, fake) = (service(&[]), Fake::with_issuer());
    let ask = |path: &str| {
        with_bearer(
            request(Method::GET, path, ""),
            &web_token(&json!("ada"), NOON_SECS + 3600),
        )
    };
    fake.s3_will_answer(Ok(scoped(3000)));
    let response = ready(service.handle(ask("/uppy/own/credentials"), &fake));
    assert_eq!(response.status(), 200, "{}", response.body());
    assert_eq!(response.headers()["cache-control"], "no-store");
    let credentials = json!({
        "accessKeyId": "ASIASCOPED", "secretAccessKey": "scoped secret", "sessionToken": "scoped token",
        "expiration": rfc3339(noon() + secs(3000)),
    });
    assert_eq!(
        body_of(&response),
        json!({"credentials": credentials, "region": "eu-central-1"})
    );
    // The other route has the same ones.
    let calls = fake.sts_calls();
    let plain = body_of(&ready(service.handle(ask("/v1/credentials/own"), &fake)));
    assert_eq!(plain["AccessKeyId"], "ASIASCOPED");
    assert_eq!(fake.sts_calls(), calls);
    for profile in ["plain", "team", "none"] {
        let refused = ready(service.handle(ask(&format!("/uppy/{profile}/credentials")), &fake));
        assert_eq!(problem(&refused), (403, "not-allowed".to_owned()));
        assert_eq!(body_of(&refused)["message"], body_of(&refused)["detail"]);
    }
    assert_eq!(fake.sts_calls(), calls);
}
