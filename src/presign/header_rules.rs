//! Which headers may be signed for an operation, and which of them together.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};

use super::Headers;
use super::Operation::{self, CompleteMultipartUpload, CreateMultipartUpload, PutObject};
use super::header_table::{CREATING, METADATA_PREFIX, row};
use crate::json::FieldError;

/// S3's [limit][limit] for the names and values of an object's own metadata, in bytes.
///
/// [limit]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
const MAX_METADATA_BYTES: usize = 2048;

const SSE: &str = "x-amz-server-side-encryption";
pub(super) const SSE_KMS_KEY_ID: &str = "x-amz-server-side-encryption-aws-kms-key-id";
const SSE_KMS_CONTEXT: &str = "x-amz-server-side-encryption-context";
const SSE_KMS_BUCKET_KEY: &str = "x-amz-server-side-encryption-bucket-key-enabled";
const SSE_C_ALGORITHM: &str = "x-amz-server-side-encryption-customer-algorithm";
const SSE_C_KEY: &str = "x-amz-server-side-encryption-customer-key";
const SSE_C_KEY_MD5: &str = "x-amz-server-side-encryption-customer-key-md5";
const CONTENT_MD5: &str = "content-md5";
const CHECKSUM_PREFIX: &str = "x-amz-checksum-";
pub(super) const CHECKSUM_ALGORITHM: &str = "x-amz-checksum-algorithm";
const CHECKSUM_TYPE: &str = "x-amz-checksum-type";
const FULL_OBJECT: &str = "FULL_OBJECT";
pub(super) const SDK_CHECKSUM: &str = "x-amz-sdk-checksum-algorithm";
const ACL: &str = "x-amz-acl";
pub(super) const GRANTS: [&str; 4] = [
    "x-amz-grant-full-control",
    "x-amz-grant-read",
    "x-amz-grant-read-acp",
    "x-amz-grant-write-acp",
];
pub(super) const LOCK_MODE: &str = "x-amz-object-lock-mode";
pub(super) const LOCK_DATE: &str = "x-amz-object-lock-retain-until-date";
const HOLD_DAYS: &str = "x-amz-object-lock-event-hold-duration-days";
const HOLD_YEARS: &str = "x-amz-object-lock-event-hold-duration-years";
const IF_MATCH: &str = "if-match";
const IF_NONE_MATCH: &str = "if-none-match";

pub(super) fn invalid(name: &str, reason: impl Into<Cow<'static, str>>) -> FieldError {
    FieldError::new(name.to_owned(), reason)
}

/// Checks that S3 accepts all of `headers` for `operation`.
///
/// # Errors
/// [`FieldError`] with the header's name in lower case, for the first one that is unknown there, has an invalid
/// value, or contradicts another.
pub fn check(operation: Operation, headers: &Headers) -> Result<(), FieldError> {
    if headers.is_empty() {
        return Ok(());
    }
    check_all(operation, headers)
}

// Not inlined, because most requests have no headers.
#[inline(never)]
fn check_all(operation: Operation, headers: &Headers) -> Result<(), FieldError> {
    for (name, value) in headers.iter() {
        check_one(operation, name, value)?;
    }
    metadata_size(headers)?;
    encryption(headers)?;
    checksums(headers)?;
    checksum_type(operation, headers)?;
    if headers.get(ACL).is_some() && GRANTS.iter().any(|grant| headers.get(grant).is_some()) {
        return Err(invalid(
            ACL,
            "must not be given together with x-amz-grant-…",
        ));
    }
    together(headers, &[LOCK_MODE, LOCK_DATE])?;
    if headers.get(HOLD_DAYS).is_some() && headers.get(HOLD_YEARS).is_some() {
        let reason = "must not be given together with the duration in days";
        return Err(invalid(HOLD_YEARS, reason));
    }
    conditions(operation, headers)
}

fn check_one(operation: Operation, name: &str, value: &str) -> Result<(), FieldError> {
    if let Some(own) = name.strip_prefix(METADATA_PREFIX) {
        return if !CREATING.contains(&operation) {
            Err(not_of(operation, name))
        } else if own.is_empty() || !own.bytes().all(is_token_byte) {
            Err(invalid(name, "is not the name of a header"))
        } else {
            Ok(())
        };
    }
    match row(name) {
        None => Err(invalid(name, "is not known here")),
        Some(known) if !known.operations.contains(&operation) => Err(not_of(operation, name)),
        Some(known) if !known.form.accepts(value, operation) => Err(invalid(
            name,
            format!("must be {}", known.form.description()),
        )),
        Some(_) => Ok(()),
    }
}

/// A byte of a [header's name](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2).
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn not_of(operation: Operation, name: &str) -> FieldError {
    invalid(name, format!("is not a header of {}", operation.name()))
}

fn metadata_size(headers: &Headers) -> Result<(), FieldError> {
    let sizes = headers.iter().filter_map(|(name, value)| {
        let own = name.strip_prefix(METADATA_PREFIX)?;
        Some(own.len().saturating_add(value.len()))
    });
    if sizes.sum::<usize>() > MAX_METADATA_BYTES {
        return Err(invalid(
            "x-amz-meta-…",
            format!("must have at most {MAX_METADATA_BYTES} bytes of names and values in total"),
        ));
    }
    Ok(())
}

fn encryption(headers: &Headers) -> Result<(), FieldError> {
    together(headers, &[SSE_C_ALGORITHM, SSE_C_KEY, SSE_C_KEY_MD5])?;
    let sse = headers.get(SSE);
    if headers.get(SSE_C_KEY).is_some() {
        let others = [SSE, SSE_KMS_KEY_ID, SSE_KMS_CONTEXT, SSE_KMS_BUCKET_KEY];
        if let Some(other) = others.iter().find(|other| headers.get(other).is_some()) {
            return Err(invalid(
                other,
                "must not be given together with a customer-provided key",
            ));
        }
    }
    for name in [SSE_KMS_KEY_ID, SSE_KMS_CONTEXT] {
        if headers.get(name).is_some() && !matches!(sse, Some("aws:kms" | "aws:kms:dsse")) {
            let reason = "needs x-amz-server-side-encryption to be aws:kms or aws:kms:dsse";
            return Err(invalid(name, reason));
        }
    }
    if headers.get(SSE_KMS_BUCKET_KEY).is_some() && sse.is_some_and(|sse| sse != "aws:kms") {
        let reason = "needs x-amz-server-side-encryption to be aws:kms";
        return Err(invalid(SSE_KMS_BUCKET_KEY, reason));
    }
    customer_key(headers)
}

fn customer_key(headers: &Headers) -> Result<(), FieldError> {
    let decoded = |name: &str| headers.get(name).and_then(|it| STANDARD.decode(it).ok());
    match (decoded(SSE_C_KEY), decoded(SSE_C_KEY_MD5)) {
        (Some(key), Some(md5)) if Md5::digest(&key).as_slice() != md5 => {
            Err(invalid(SSE_C_KEY_MD5, "is not the MD5 of the key"))
        }
        _ => Ok(()),
    }
}

/// S3 accepts one checksum, of the algorithm that `x-amz-sdk-checksum-algorithm` announces.
fn checksums(headers: &Headers) -> Result<(), FieldError> {
    let mut given = given_checksums(headers);
    let first = given.next();
    if let Some((second, _)) = given.next() {
        return Err(invalid(
            second,
            "must not be given together with another checksum",
        ));
    }
    match (headers.get(SDK_CHECKSUM), first) {
        (Some(announced), Some((_, algorithm))) if !announced.eq_ignore_ascii_case(algorithm) => {
            Err(invalid(
                SDK_CHECKSUM,
                "must name the algorithm of the checksum",
            ))
        }
        (Some(_), None) => Err(invalid(SDK_CHECKSUM, "needs the checksum itself")),
        _ => Ok(()),
    }
}

/// Names and algorithms of the checksum headers among `headers`.
fn given_checksums(headers: &Headers) -> impl Iterator<Item = (&str, &str)> {
    headers
        .iter()
        .filter_map(|(name, _)| algorithm_of(name).map(|algorithm| (name, algorithm)))
}

/// The algorithm of the checksum that is the value of the header `name`.
fn algorithm_of(name: &str) -> Option<&str> {
    let algorithm = name.strip_prefix(CHECKSUM_PREFIX)?;
    (!matches!(algorithm, "algorithm" | "mode" | "type")).then_some(algorithm)
}

/// Whether the value of the header `name`, in lower case, is a checksum of the body.
pub(super) fn is_checksum(name: &str) -> bool {
    name == CONTENT_MD5 || algorithm_of(name).is_some()
}

/// A multipart object has a checksum of the whole object or a composite one of its parts' checksums, and few
/// algorithms [support both][types].
///
/// [types]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
fn checksum_type(operation: Operation, headers: &Headers) -> Result<(), FieldError> {
    let given = headers.get(CHECKSUM_TYPE);
    let checksum = given_checksums(headers).next();
    if let Some((name, algorithm)) = checksum
        && (given == Some(FULL_OBJECT) || algorithm == "crc64nvme")
        && headers.get(name).is_some_and(|value| value.contains('-'))
    {
        let reason = "must not end in a number of parts: it is the checksum of the whole object";
        return Err(invalid(name, reason));
    }
    let Some(given) = given else {
        return Ok(());
    };
    let checksum = checksum.map(|(_, algorithm)| algorithm);
    let Some(algorithm) = headers.get(CHECKSUM_ALGORITHM).or(checksum) else {
        return if operation == CreateMultipartUpload {
            Err(invalid(CHECKSUM_TYPE, "needs x-amz-checksum-algorithm"))
        } else {
            Ok(())
        };
    };
    let algorithm = algorithm.to_ascii_uppercase();
    let only = match algorithm.as_str() {
        "CRC32" | "CRC32C" => return Ok(()),
        "CRC64NVME" => FULL_OBJECT,
        _ => "COMPOSITE",
    };
    if given == only {
        Ok(())
    } else {
        Err(invalid(
            CHECKSUM_TYPE,
            format!("must be {only} for {algorithm}"),
        ))
    }
}

fn conditions(operation: Operation, headers: &Headers) -> Result<(), FieldError> {
    if !matches!(operation, PutObject | CompleteMultipartUpload) {
        return Ok(());
    }
    match (headers.get(IF_NONE_MATCH), headers.get(IF_MATCH)) {
        (Some(_), Some(_)) => Err(invalid(
            IF_NONE_MATCH,
            "must not be given together with if-match",
        )),
        (Some(etag), None) if etag != "*" => Err(invalid(
            IF_NONE_MATCH,
            "must be *: S3 creates an object only where there is none",
        )),
        _ => Ok(()),
    }
}

/// Checks that all of `names` are given, or none.
fn together(headers: &Headers, names: &[&str]) -> Result<(), FieldError> {
    let given = |name: &&&str| headers.get(name).is_some();
    match names.iter().find(|name| !given(name)) {
        Some(missing) if names.iter().any(|name| given(&name)) => {
            let others: Vec<&str> = names.iter().filter(given).copied().collect();
            Err(invalid(
                missing,
                format!("is missing: it belongs to {}", others.join(" and ")),
            ))
        }
        _ => Ok(()),
    }
}
