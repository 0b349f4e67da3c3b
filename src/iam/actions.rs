//! The IAM actions of operations and headers, as the [service authorization reference][sar] and the
//! [permissions of each operation][ops] have them.
//!
//! [sar]: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
//! [ops]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html

use crate::presign::{Operation, header_names};
use crate::profiles::Profile;

/// All actions that `profile` needs for `operation`.
pub(super) fn needed(profile: &Profile, operation: Operation) -> Vec<&'static str> {
    let (action, of_version) = of_operation(operation);
    let mut actions = vec![action];
    actions.extend(of_version.filter(|_| profile.versions));
    let headers = header_names(operation).filter(|name| profile.headers.allows(name));
    actions.extend(headers.filter_map(of_header));
    actions
}

/// The action of `operation`, and the one that it needs in addition for requests that name a version.
fn of_operation(operation: Operation) -> (&'static str, Option<&'static str>) {
    match operation {
        Operation::GetObject | Operation::HeadObject => {
            ("s3:GetObject", Some("s3:GetObjectVersion"))
        }
        Operation::PutObject
        | Operation::CreateMultipartUpload
        | Operation::UploadPart
        | Operation::CompleteMultipartUpload => ("s3:PutObject", None),
        Operation::DeleteObject => ("s3:DeleteObject", Some("s3:DeleteObjectVersion")),
        Operation::AbortMultipartUpload => ("s3:AbortMultipartUpload", None),
        Operation::ListParts => ("s3:ListMultipartUploadParts", None),
        Operation::ListObjectsV2 => ("s3:ListBucket", None),
    }
}

/// The action that a request needs in addition when it has the header `name`.
fn of_header(name: &str) -> Option<&'static str> {
    Some(match name {
        "x-amz-acl"
        | "x-amz-grant-full-control"
        | "x-amz-grant-read"
        | "x-amz-grant-read-acp"
        | "x-amz-grant-write-acp" => "s3:PutObjectAcl",
        "x-amz-tagging" => "s3:PutObjectTagging",
        "x-amz-object-lock-mode"
        | "x-amz-object-lock-retain-until-date"
        | "x-amz-object-lock-event-hold"
        | "x-amz-object-lock-event-hold-duration-days"
        | "x-amz-object-lock-event-hold-duration-years" => "s3:PutObjectRetention",
        "x-amz-object-lock-legal-hold" => "s3:PutObjectLegalHold",
        "x-amz-bypass-governance-retention" => "s3:BypassGovernanceRetention",
        _ => return None,
    })
}
