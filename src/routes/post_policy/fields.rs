//! The fields of a browser form. Most correspond to headers of putObject, and have to follow their rules.

use super::PostPolicyRequest;
use crate::json::FieldError;
use crate::presign::{self, FILENAME, Headers, Operation, SUCCESS_REDIRECT, UploadLimit};
use crate::profiles::{HeaderRule, NOT_ALLOWED};

/// The [fields of a form][fields] that S3 accepts, besides `Content-Type` and `x-amz-meta-…`.
///
/// [fields]: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
const FIELDS: [&str; 24] = [
    "acl",
    "Cache-Control",
    "Content-Disposition",
    "Content-Encoding",
    "Content-MD5",
    "Expires",
    "success_action_redirect",
    "success_action_status",
    "tagging",
    "x-amz-checksum-algorithm",
    "x-amz-checksum-crc32",
    "x-amz-checksum-crc32c",
    "x-amz-checksum-crc64nvme",
    "x-amz-checksum-sha1",
    "x-amz-checksum-sha256",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-bucket-key-enabled",
    "x-amz-server-side-encryption-context",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-server-side-encryption-customer-key",
    "x-amz-server-side-encryption-customer-key-MD5",
    "x-amz-storage-class",
    "x-amz-website-redirect-location",
];

const METADATA: &str = "x-amz-meta-";

/// The fields without a corresponding header.
const OF_FORMS: [&str; 3] = [
    "success_action_redirect",
    "success_action_status",
    "tagging",
];

/// The fields with another name than their header.
const RENAMED: [(&str, &str); 2] = [
    ("acl", "x-amz-acl"),
    ("x-amz-checksum-algorithm", "x-amz-sdk-checksum-algorithm"),
];

impl PostPolicyRequest {
    /// The additional fields, with the names of S3's documentation.
    ///
    /// # Errors
    /// The first field that S3 does not know or would not accept.
    pub fn form_fields(&self) -> Result<Vec<(&str, &str)>, FieldError> {
        let mut fields = Vec::new();
        let mut headers = Headers::NONE;
        for (requested, value) in self.fields.iter() {
            let name =
                field_name(requested).ok_or_else(|| of_field(requested, "is not known here"))?;
            check_value(name, value)?;
            if let Some(header) = header_name(name) {
                let inserted = headers.insert(header, value.to_owned());
                inserted.map_err(|invalid| of_field(name, &invalid.to_string()))?;
            }
            fields.push((name, value));
        }
        presign::check(Operation::PutObject, &headers).map_err(|error| {
            let names = RENAMED.iter().find(|(_, header)| *header == error.path);
            of_field(names.map_or(&error.path, |it| it.0), &error.reason)
        })?;
        let has = |name: &str| self.fields.get(name).is_some();
        if has("success_action_redirect") && has("success_action_status") {
            let reason = "has no effect beside success_action_redirect";
            return Err(of_field("success_action_status", reason));
        }
        Ok(fields)
    }
}

/// Checks that `rule` opens the headers that correspond to `fields`.
///
/// # Errors
/// The first field that it does not open.
pub(super) fn check_opened(fields: &[(&str, &str)], rule: &HeaderRule) -> Result<(), FieldError> {
    let is_open = |name: &str| match name {
        "success_action_status" => true,
        SUCCESS_REDIRECT => rule.allows(SUCCESS_REDIRECT),
        "tagging" => rule.allows("x-amz-tagging"),
        _ => header_name(name).is_some_and(|header| rule.allows(&header.to_ascii_lowercase())),
    };
    match fields.iter().find(|(name, _)| !is_open(name)) {
        Some((name, _)) => Err(of_field(name, NOT_ALLOWED)),
        None => Ok(()),
    }
}

/// Checks that a checksum of the file is among `fields` where `limit` requires one.
///
/// # Errors
/// When there is none.
pub(super) fn check_checksum(
    fields: &[(&str, &str)],
    limit: &UploadLimit,
) -> Result<(), FieldError> {
    let names: Vec<String> = fields.iter().map(|it| it.0.to_ascii_lowercase()).collect();
    let checked = limit.check_checksum(names.iter().map(String::as_str));
    checked.map_err(|error| error.within("fields"))
}

/// The name of the field `requested`, which is in lower case.
fn field_name(requested: &str) -> Option<&str> {
    let known = FIELDS
        .iter()
        .find(|known| known.eq_ignore_ascii_case(requested));
    let metadata = requested.starts_with(METADATA).then_some(requested);
    known.copied().or(metadata)
}

/// The header of putObject that corresponds to the field `name`, if there is one.
fn header_name(name: &str) -> Option<&str> {
    if OF_FORMS.contains(&name) {
        return None;
    }
    let renamed = RENAMED.iter().find(|(field, _)| *field == name);
    Some(renamed.map_or(name, |it| it.1))
}

/// Checks what the rules of headers do not.
fn check_value(name: &str, value: &str) -> Result<(), FieldError> {
    // S3 would replace it, and the field would not match the policy.
    if value.is_empty() || value.contains(FILENAME) {
        return Err(of_field(
            name,
            "must not be empty and not contain ${filename}",
        ));
    }
    let reason = match name {
        "success_action_status" if !matches!(value, "200" | "201" | "204") => {
            "must be 200, 201 or 204"
        }
        "success_action_redirect" if !is_http_url(value) => {
            "must be a URL that begins with https:// or http://"
        }
        "tagging" if !value.starts_with('<') => "must be a <Tagging> document",
        _ => return Ok(()),
    };
    Err(of_field(name, reason))
}

fn is_http_url(value: &str) -> bool {
    let is_web = value.starts_with("https://") || value.starts_with("http://");
    is_web && value.parse::<http::Uri>().is_ok()
}

fn of_field(name: &str, reason: &str) -> FieldError {
    let name: String = name.chars().take(64).collect();
    FieldError::new(format!("fields.{name}"), reason.to_owned())
}
