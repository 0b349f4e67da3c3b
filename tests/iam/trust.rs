//! The trust policy: <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html>

use edge_presigner::iam::Trust;
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn only_tokens_of_the_issuer_with_this_audience_and_subject_may_assume_the_role() {
    let trust = Trust {
        issuer: "https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE".to_owned(),
        audiences: vec!["sts.amazonaws.com".to_owned()],
        subject: "system:serviceaccount:default:presigner".to_owned(),
    };
    let provider = "oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE";
    for partition in ["aws", "aws-cn", "aws-us-gov"] {
        let policy = trust.policy(&format!(
            "arn:{partition}:iam::123456789012:role/path/presigner"
        ));
        assert_eq!(
            serde_json::to_value(policy).unwrap(),
            json!({"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow",
                "Principal": {"Federated": format!("arn:{partition}:iam::123456789012:oidc-provider/{provider}")},
                "Action": ["sts:AssumeRoleWithWebIdentity"],
                "Condition": {"StringEquals": {
                    format!("{provider}:aud"): ["sts.amazonaws.com"],
                    format!("{provider}:sub"): ["system:serviceaccount:default:presigner"],
                }},
            }]})
        );
    }
}
