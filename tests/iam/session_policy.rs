//! What vended credentials may do. Actions and ARNs are those of the service authorization reference for S3, the escapes those of
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars>.

use super::{config, statements};
use edge_presigner::iam::{permission_policy, session_policy};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn policy(fields: Value, prefix: &str) -> Value {
    let config = config(json!({"p": fields}));
    serde_json::to_value(session_policy(&config.profiles[0], prefix).unwrap()).unwrap()
}

#[test]
fn it_is_for_the_prefix_of_one_caller_alone() {
    let fields = json!({"keyPrefix": "users/{sub}/", "callers": ["web"], "operations": ["getObject", "listObjectsV2"]});
    let expected = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::bucket/users/ada/*"]},
        {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::bucket"],
            "Condition": {"StringLike": {"s3:prefix": ["users/ada/*"]}}},
    ]});
    let mut made = policy(fields, "users/ada/");
    let statements = made["Statement"].as_array_mut().unwrap();
    statements.sort_by_key(|it| it["Action"].to_string());
    assert_eq!(made, expected);
}

#[test]
fn what_means_something_in_a_pattern_is_escaped_even_where_such_prefixes_are_refused() {
    let fields =
        json!({"keyPrefix": "users/{sub}/", "callers": ["web"], "operations": ["getObject"]});
    let made = policy(fields, "users/${aws:userid}*?/");
    assert_eq!(
        made["Statement"][0]["Resource"],
        json!(["arn:aws:s3:::bucket/users/${$}{aws:userid}${*}${?}/*"])
    );
}

#[test]
fn one_of_all_operations_fits_into_the_2048_characters_of_a_policy() {
    let every = [
        "getObject",
        "headObject",
        "putObject",
        "deleteObject",
        "listObjectsV2",
        "createMultipartUpload",
        "uploadPart",
        "listParts",
        "completeMultipartUpload",
        "abortMultipartUpload",
    ];
    let fields = json!({"keyPrefix": "users/{sub}/", "callers": ["web"], "operations": every, "versions": true});
    let made = policy(fields, &format!("users/{}/", "x".repeat(255)));
    assert!(made.to_string().len() <= 2048, "{}", made.to_string().len());
}

#[test]
fn a_role_whose_sessions_are_narrowed_may_do_that_and_no_other_role() {
    let vends = json!({"operations": ["getObject", "credentials"]});
    let narrows = |statements: Value| {
        let statements = statements.as_array().unwrap().clone();
        let actions = statements.iter().map(|it| it["Action"].clone());
        let narrows = statements
            .iter()
            .find(|it| it["Action"] == json!(["sts:GetScopedCredentials"]));
        assert_eq!(narrows.is_some(), actions.count() == 2);
        narrows.map(|it| it["Resource"].clone())
    };
    assert_eq!(narrows(statements(json!({"p": vends}))), Some(json!(["*"])));
    assert_eq!(
        narrows(statements(json!({"p": {"operations": ["getObject"]}}))),
        None
    );
    // A condition on the account of buckets is not for STS.
    let config = config(json!({"p": vends}));
    let policy = permission_policy(config.profiles.iter(), Some("123456789012")).unwrap();
    let policy = serde_json::to_value(policy).unwrap();
    let statements = policy["Statement"].as_array().unwrap();
    let of_sts = statements
        .iter()
        .find(|it| it["Resource"] == json!(["*"]))
        .unwrap();
    assert_eq!(of_sts.get("Condition"), None);
}
