//! The permission policy of a role.
//!
//! Actions, ARNs and condition keys are those of the service authorization reference for S3
//! (<https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>), and which action a request needs is
//! what AWS's page of each operation says under "Permissions".

use super::{config, statements};
use edge_presigner::iam::permission_policy;
use edge_presigner::presign::{Operation, header_names, is_closed};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const ALL: &str = "arn:aws:s3:::bucket/*";

/// The actions of a profile without a prefix, in one list.
fn actions(fields: Value) -> Vec<String> {
    let statements = statements(json!({"p": fields}));
    let lists = statements.as_array().unwrap().iter();
    let mut actions: Vec<String> = lists
        .flat_map(|it| it["Action"].as_array().unwrap())
        .map(|it| it.as_str().unwrap().to_owned())
        .collect();
    actions.sort();
    actions
}

#[test]
fn each_operation_has_its_action_and_no_other() {
    let expected = [
        ("getObject", "s3:GetObject"),
        ("headObject", "s3:GetObject"),
        ("putObject", "s3:PutObject"),
        ("deleteObject", "s3:DeleteObject"),
        ("createMultipartUpload", "s3:PutObject"),
        ("uploadPart", "s3:PutObject"),
        ("completeMultipartUpload", "s3:PutObject"),
        ("abortMultipartUpload", "s3:AbortMultipartUpload"),
        ("listParts", "s3:ListMultipartUploadParts"),
        ("listObjectsV2", "s3:ListBucket"),
    ];
    assert_eq!(expected.len(), Operation::ALL.len());
    for (operation, action) in expected {
        assert_eq!(actions(json!({"operations": [operation]})), [action]);
    }
}

#[test]
fn versions_need_actions_of_their_own_where_a_request_can_name_one() {
    let with_versions =
        |operation: &str| actions(json!({"operations": [operation], "versions": true}));
    assert_eq!(
        with_versions("getObject"),
        ["s3:GetObject", "s3:GetObjectVersion"]
    );
    assert_eq!(
        with_versions("headObject"),
        ["s3:GetObject", "s3:GetObjectVersion"]
    );
    assert_eq!(
        with_versions("deleteObject"),
        ["s3:DeleteObject", "s3:DeleteObjectVersion"]
    );
    assert_eq!(with_versions("putObject"), ["s3:PutObject"]);
    assert_eq!(with_versions("listObjectsV2"), ["s3:ListBucket"]);
}

#[test]
fn every_closed_header_has_the_action_that_s3_demands_for_it() {
    let expected = [
        ("x-amz-acl", "s3:PutObjectAcl"),
        (
            "x-amz-bypass-governance-retention",
            "s3:BypassGovernanceRetention",
        ),
        ("x-amz-grant-full-control", "s3:PutObjectAcl"),
        ("x-amz-grant-read", "s3:PutObjectAcl"),
        ("x-amz-grant-read-acp", "s3:PutObjectAcl"),
        ("x-amz-grant-write-acp", "s3:PutObjectAcl"),
        ("x-amz-mfa", ""),
        ("x-amz-object-lock-event-hold", "s3:PutObjectRetention"),
        (
            "x-amz-object-lock-event-hold-duration-days",
            "s3:PutObjectRetention",
        ),
        (
            "x-amz-object-lock-event-hold-duration-years",
            "s3:PutObjectRetention",
        ),
        ("x-amz-object-lock-legal-hold", "s3:PutObjectLegalHold"),
        ("x-amz-object-lock-mode", "s3:PutObjectRetention"),
        (
            "x-amz-object-lock-retain-until-date",
            "s3:PutObjectRetention",
        ),
        ("x-amz-optional-object-attributes", ""),
        ("x-amz-request-payer", ""),
        // KMS keys have policies of their own; see docs/deploy.md.
        ("x-amz-server-side-encryption", ""),
        ("x-amz-server-side-encryption-aws-kms-key-id", ""),
        ("x-amz-server-side-encryption-bucket-key-enabled", ""),
        ("x-amz-server-side-encryption-context", ""),
        ("x-amz-server-side-encryption-customer-algorithm", ""),
        ("x-amz-server-side-encryption-customer-key", ""),
        ("x-amz-server-side-encryption-customer-key-md5", ""),
        ("x-amz-storage-class", ""),
        ("x-amz-tagging", "s3:PutObjectTagging"),
        ("x-amz-website-redirect-location", ""),
        ("x-amz-write-offset-bytes", ""),
    ];
    let mut known: Vec<&str> = Operation::ALL.into_iter().flat_map(header_names).collect();
    known.retain(|name| is_closed(name));
    known.sort_unstable();
    known.dedup();
    assert_eq!(known, expected.map(|(name, _)| name));
    for (header, action) in expected {
        let accepting = Operation::ALL.into_iter();
        let accepting = accepting.filter(|it| header_names(*it).any(|name| name == header));
        for operation in accepting {
            let closed = actions(json!({"operations": [operation]}));
            let mut expected = closed.clone();
            expected.extend((!action.is_empty()).then(|| action.to_owned()));
            expected.sort();
            let opened = actions(json!({"operations": [operation], "headers": [header]}));
            assert_eq!(opened, expected, "{header} {}", operation.name());
        }
    }
}

#[test]
fn a_header_is_allowed_only_for_the_keys_of_the_profile_that_opens_it() {
    let tagged = json!({
        "plain": {"keyPrefix": "plain/", "operations": ["putObject"]},
        "tagged": {"keyPrefix": "tagged/", "operations": ["getObject", "putObject"], "headers": ["x-amz-tagging"]},
    });
    assert_eq!(
        statements(tagged),
        json!([
            {
                "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject", "s3:PutObjectTagging"],
                "Resource": ["arn:aws:s3:::bucket/tagged/*"],
            },
            {"Effect": "Allow", "Action": ["s3:PutObject"], "Resource": ["arn:aws:s3:::bucket/plain/*"]},
        ])
    );
}

#[test]
fn a_profile_that_lists_is_bound_to_its_prefix_on_the_bucket() {
    let listing = |prefix: &str| {
        statements(json!({"p": {"keyPrefix": prefix, "operations": ["listObjectsV2"]}}))
    };
    assert_eq!(
        listing("users/"),
        json!([{
            "Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::bucket"],
            "Condition": {"StringLike": {"s3:prefix": ["users/*"]}},
        }])
    );
    let all = json!([{"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::bucket"]}]);
    assert_eq!(listing(""), all);
}

#[test]
fn claims_stand_for_anything_in_their_segment() {
    let claims = json!({"p": {
        "keyPrefix": "users/{sub}/docs/", "callers": ["web"], "operations": ["getObject", "listObjectsV2"],
    }});
    assert_eq!(
        statements(claims),
        json!([
            {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::bucket/users/*/docs/*"]},
            {
                "Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::bucket"],
                "Condition": {"StringLike": {"s3:prefix": ["users/*/docs/*"]}},
            },
        ])
    );
}

#[test]
fn uploads_under_keys_that_the_worker_makes_are_bound_to_the_beginning_of_the_template() {
    let made = json!({"p": {
        "keyPrefix": "users/", "keyTemplate": "users/raw/{uuid}-{filename}",
        "operations": ["getObject", "deleteObject", "putObject", "createMultipartUpload", "uploadPart",
            "completeMultipartUpload", "abortMultipartUpload", "listParts"],
    }});
    assert_eq!(
        statements(made),
        json!([
            {
                "Effect": "Allow", "Action": ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject"],
                "Resource": ["arn:aws:s3:::bucket/users/raw/*"],
            },
            {
                "Effect": "Allow", "Action": ["s3:DeleteObject", "s3:GetObject"],
                "Resource": ["arn:aws:s3:::bucket/users/*"],
            },
        ])
    );
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars>
#[test]
fn characters_that_mean_something_in_policies_are_escaped() {
    let odd = json!({"p": {"keyPrefix": "a*b?c$d/", "operations": ["getObject", "listObjectsV2"]}});
    assert_eq!(
        statements(odd),
        json!([
            {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::bucket/a${*}b${?}c${$}d/*"]},
            {
                "Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::bucket"],
                "Condition": {"StringLike": {"s3:prefix": ["a${*}b${?}c${$}d/*"]}},
            },
        ])
    );
    let template =
        json!({"p": {"keyPrefix": "", "keyTemplate": "${uuid}", "operations": ["putObject"]}});
    assert_eq!(
        statements(template)[0]["Resource"],
        json!(["arn:aws:s3:::bucket/${$}*"])
    );
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html>
#[test]
fn access_points_and_other_partitions_have_their_own_arns() {
    let arn = "arn:aws:s3:eu-west-1:123456789012:accesspoint/point";
    let both = ["getObject", "listObjectsV2"];
    let point = json!({"p": {"bucket": arn, "keyPrefix": "in/", "operations": both}});
    let expected = json!([
        {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": [format!("{arn}/object/in/*")]},
        {
            "Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": [arn],
            "Condition": {"StringLike": {"s3:prefix": ["in/*"]}},
        },
    ]);
    assert_eq!(statements(point), expected);
    // The SDKs take this form too.
    let colon = arn.replace("accesspoint/", "accesspoint:");
    let point = json!({"p": {"bucket": colon, "keyPrefix": "in/", "operations": both}});
    assert_eq!(statements(point), expected);
    for (region, partition) in [
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("eusc-de-east-1", "aws-eusc"),
    ] {
        let there = json!({"p": {"region": region, "operations": both}});
        let statements = statements(there);
        assert_eq!(
            statements[0]["Resource"],
            json!([format!("arn:{partition}:s3:::bucket/*")])
        );
        assert_eq!(
            statements[1]["Resource"],
            json!([format!("arn:{partition}:s3:::bucket")])
        );
    }
}

#[test]
fn an_account_of_the_bucket_binds_every_statement_to_it() {
    let config =
        config(json!({"p": {"keyPrefix": "in/", "operations": ["getObject", "listObjectsV2"]}}));
    let policy = permission_policy(config.profiles.iter(), Some("210987654321")).unwrap();
    let account = json!({"aws:ResourceAccount": ["210987654321"]});
    assert_eq!(
        serde_json::to_value(policy).unwrap(),
        json!({"Version": "2012-10-17", "Statement": [
            {
                "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::bucket/in/*"],
                "Condition": {"StringEquals": account},
            },
            {
                "Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::bucket"],
                "Condition": {"StringEquals": account, "StringLike": {"s3:prefix": ["in/*"]}},
            },
        ]})
    );
    let policy = permission_policy(config.profiles.iter(), None).unwrap();
    assert!(policy.statement[0].condition.is_empty());
    assert_eq!(policy.statement[0].resource, [ALL.replace('*', "in/*")]);
}
