//! The policy of a bucket: AWS's guide to guardrails for presigned URLs
//! (<https://docs.aws.amazon.com/prescriptive-guidance/latest/presigned-url-best-practices/additional-guardrails.html>), and its
//! condition keys (<https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html>).

use super::{config, setup};
use edge_presigner::iam::guardrails;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn deny(sid: &str, condition: Value) -> Value {
    json!({
        "Sid": sid, "Effect": "Deny", "Principal": "*", "Action": ["s3:*"],
        "Resource": ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"], "Condition": condition,
    })
}

#[test]
fn the_bucket_takes_tls_fresh_signatures_and_presigned_urls_of_its_roles_alone() {
    let other = "arn:aws:iam::123456789012:role/other";
    let setup = setup(json!({
        "a": {"operations": ["getObject"], "maxLifetimeSecs": 900, "windowSecs": 300},
        "b": {"operations": ["getObject"], "maxLifetimeSecs": 1000, "roleArn": other},
    }));
    let presigned = json!({"s3:authType": ["REST-QUERY-STRING", "POST"]});
    assert_eq!(
        setup["buckets"][0]["policy"],
        json!({"Version": "2012-10-17", "Statement": [
            deny("NoPlainHttp", json!({"Bool": {"aws:SecureTransport": ["false"]}})),
            // In milliseconds: the longest lifetime and its window.
            deny("NoOldSignatures", json!({"NumericGreaterThan": {"s3:signatureAge": ["1200000"]}})),
            deny("PresignedByTheRoleAlone", json!({
                "StringEquals": presigned,
                "ArnNotEquals": {"aws:PrincipalArn": [other, "arn:aws:iam::123456789012:role/presigner"]},
            })),
        ]})
    );
}

#[test]
fn networks_bind_presigned_urls_but_not_the_workers_own_calls() {
    let config = config(json!({"p": {"operations": ["getObject"]}}));
    let profiles: Vec<_> = config.profiles.iter().collect();
    let policy = guardrails(&profiles, &["192.0.2.0/24".to_owned()]).unwrap();
    let last = serde_json::to_value(policy.statement.last()).unwrap();
    let condition = json!({
        "StringEquals": {"s3:authType": ["REST-QUERY-STRING", "POST"]},
        "NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24"]},
    });
    assert_eq!(last, deny("PresignedForTheseNetworks", condition));
}
