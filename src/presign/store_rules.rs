//! What the rules of headers depend on besides the operation: the store that gets the request, and the time.
//!
//! [`check`](super::check) holds what is S3's protocol everywhere. AWS refuses more than that, and other servers have
//! storage classes, keys and limits of their own, so its rules hold only for its own endpoints.

use std::time::SystemTime;

use super::Operation::{self, PutObject};
use super::access_point::is_account;
use super::header_form::{are_grantees, whole_number};
use super::header_rules::{GRANTS, LOCK_DATE, LOCK_MODE, SSE_KMS_KEY_ID, invalid, is_checksum};
use super::{BucketUrl, Headers, tags};
use crate::aws::Partition;
use crate::instant::parse_rfc3339;
use crate::json::FieldError;

/// Largest object that AWS accepts [in one PUT][put], and [largest part][part], in bytes.
///
/// [put]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html
/// [part]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
pub const MAX_PUT_BYTES: u64 = 5 * 1024 * 1024 * 1024;

/// [Largest object][limits] on AWS: 10,000 parts of that size, in bytes.
///
/// [limits]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
const MAX_OBJECT_BYTES: u64 = 10_000 * MAX_PUT_BYTES;

const LEGAL_HOLD: &str = "x-amz-object-lock-legal-hold";

/// The [storage classes][classes] that AWS has.
///
/// [classes]: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html#API_PutObject_RequestSyntax
const STORAGE_CLASSES: [&str; 15] = [
    "STANDARD",
    "REDUCED_REDUNDANCY",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER",
    "DEEP_ARCHIVE",
    "OUTPOSTS",
    "GLACIER_IR",
    "SNOW",
    "EXPRESS_ONEZONE",
    "FSX_OPENZFS",
    "FSX_ONTAP",
    "AWS_BACKUP_WARM",
    "AWS_BACKUP_LOW_COST_WARM",
];

/// The [groups][groups] that AWS knows as grantees.
///
/// [groups]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#specifying-grantee-predefined-groups
const GROUPS: [&str; 3] = [
    "http://acs.amazonaws.com/groups/global/AllUsers",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
    "http://acs.amazonaws.com/groups/s3/LogDelivery",
];

/// The store that gets a request, and when it is signed.
#[derive(Clone, Copy, Debug)]
pub struct Store<'a> {
    /// The bucket, which is in AWS at whichever of its endpoints, or elsewhere.
    pub bucket: &'a BucketUrl,
    /// Region of the bucket.
    pub region: &'a str,
    /// The current instant.
    pub now: SystemTime,
}

impl Store<'_> {
    /// Checks that this store does not refuse any of `headers`, which [`check`](super::check) accepts for `operation`.
    ///
    /// # Errors
    /// [`FieldError`] with the name of the first header, in lower case, that it refuses or that is missing.
    pub fn check(&self, operation: Operation, headers: &Headers) -> Result<(), FieldError> {
        if headers.is_empty() {
            return Ok(());
        }
        self.check_all(operation, headers)
    }

    // Not inlined, because most requests have no headers.
    #[inline(never)]
    fn check_all(&self, operation: Operation, headers: &Headers) -> Result<(), FieldError> {
        let until = headers.get(LOCK_DATE).and_then(parse_rfc3339);
        if until.is_some_and(|until| until <= self.now) {
            return Err(invalid(LOCK_DATE, "must be in the future"));
        }
        if !self.bucket.is_aws() {
            return Ok(());
        }
        for (name, value) in headers.iter() {
            if let Some(reason) = self.refusal_of_aws(name, value) {
                return Err(invalid(name, reason));
            }
        }
        lock_needs_checksum(operation, headers)
    }

    /// Why AWS refuses this header, if it does.
    fn refusal_of_aws(&self, name: &str, value: &str) -> Option<&'static str> {
        let (accepted, reason) = match name {
            "content-length" => (
                whole_number(value).is_some_and(|length| length <= MAX_PUT_BYTES),
                "must be at most 5368709120: 5 GiB",
            ),
            "range" => (!value.contains(','), "must be one range"),
            "x-amz-mfa" => (
                is_mfa(value),
                "must be a serial number, a blank and 6 digits",
            ),
            "x-amz-mp-object-size" => (
                whole_number(value).is_some_and(|size| size <= MAX_OBJECT_BYTES),
                "must be at most 53687091200000: 48.8 TiB",
            ),
            "x-amz-storage-class" => (
                STORAGE_CLASSES.contains(&value),
                "must be a storage class of AWS",
            ),
            "x-amz-tagging" => (tags::are_of_aws(value), tags::OF_AWS),
            SSE_KMS_KEY_ID => (
                self.is_key_id(value),
                "must be the id, alias or ARN of a KMS key in the bucket's region",
            ),
            _ if GRANTS.contains(&name) => (
                are_grantees(value, is_grantee),
                "must have the id of a canonical user or the uri of a group of AWS",
            ),
            _ => (true, ""),
        };
        (!accepted).then_some(reason)
    }

    /// Whether `value` can be a [KMS key][key] for the bucket. S3 uses only those of its own region.
    ///
    /// [key]: https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id
    fn is_key_id(&self, value: &str) -> bool {
        let is_name = |name: &&str| {
            let in_name = |b: u8| b.is_ascii_alphanumeric() || b"_-".contains(&b);
            !name.is_empty() && name.bytes().all(in_name)
        };
        let are_names = |names: &[&str]| !names.is_empty() && names.iter().all(is_name);
        let parts: Vec<&str> = value.split([':', '/']).collect();
        match parts.as_slice() {
            [id] => are_names(&[id]),
            ["alias", name @ ..] => !value.contains(':') && are_names(name),
            [
                "arn",
                partition,
                "kms",
                region,
                account,
                "key" | "alias",
                name @ ..,
            ] => {
                *region == self.region
                    && *partition == Partition::of(region).name
                    && is_account(account)
                    && are_names(name)
            }
            _ => false,
        }
    }
}

/// AWS locks an object only if the request has a [checksum][lock] of its body. That of an upload in parts has no body, and
/// AWS demands the checksums of the parts.
///
/// [lock]: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html#API_PutObject_RequestSyntax
fn lock_needs_checksum(operation: Operation, headers: &Headers) -> Result<(), FieldError> {
    let locks = headers.get(LOCK_MODE).is_some() || headers.get(LEGAL_HOLD) == Some("ON");
    let checked = headers.iter().any(|(name, _)| is_checksum(name));
    if operation == PutObject && locks && !checked {
        let reason = "is missing: an object lock needs it, or an x-amz-checksum-… of the body";
        return Err(invalid("content-md5", reason));
    }
    Ok(())
}

/// Email addresses are [no longer accepted][email].
///
/// [email]: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html
fn is_grantee(kind: &str, value: &str) -> bool {
    match kind {
        "id" => value.bytes().all(|b| b.is_ascii_hexdigit()),
        "uri" => GROUPS.contains(&value),
        _ => false,
    }
}

fn is_mfa(value: &str) -> bool {
    value.rsplit_once(' ').is_some_and(|(serial, code)| {
        let is_serial = !serial.is_empty() && !serial.contains(' ');
        is_serial && code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit())
    })
}
