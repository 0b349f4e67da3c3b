//! The exact call, and where it goes.

use super::{config_with, exchange};
use crate::support::{Fake, ready, secs, token};
use http::Method;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn the_call_is_a_form_with_the_token_in_its_body() {
    let fake = Fake::new();
    let token = token(secs(60));
    fake.token.replace(Some(format!(" {token}\n")));
    let config = config_with(&[
        ("AWS_ROLE_SESSION_NAME", "a=b,c"),
        ("AWS_ROLE_DURATION_SECONDS", "7200"),
    ]);
    ready(exchange(&config, &fake)).unwrap();
    let requests = fake.requests.borrow();
    let [request] = requests.as_slice() else {
        panic!()
    };
    assert_eq!(request.method(), Method::POST);
    assert_eq!(request.uri(), "https://sts.eu-central-1.amazonaws.com/");
    assert_eq!(request.headers().len(), 1);
    assert_eq!(
        request.headers()["content-type"],
        "application/x-www-form-urlencoded"
    );
    assert_eq!(
        *request.body(),
        format!(
            "Action=AssumeRoleWithWebIdentity&Version=2011-06-15\
             &RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fpresigner\
             &RoleSessionName=a%3Db%2Cc&DurationSeconds=7200&WebIdentityToken={token}"
        )
    );
}

#[test]
fn the_endpoint_for_sts_comes_before_the_one_for_both_services() {
    for (changes, url) in [
        (
            vec![("AWS_ENDPOINT_URL", "http://127.0.0.1:1")],
            "http://127.0.0.1:1/",
        ),
        (
            vec![
                ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
                ("AWS_ENDPOINT_URL_STS", "https://sts.example.com/path/"),
            ],
            "https://sts.example.com/path/",
        ),
        (
            vec![("AWS_REGION", "cn-north-1")],
            "https://sts.cn-north-1.amazonaws.com.cn/",
        ),
    ] {
        let fake = Fake::new();
        ready(exchange(&config_with(&changes), &fake)).unwrap();
        assert_eq!(fake.requests.borrow()[0].uri(), url);
    }
}
