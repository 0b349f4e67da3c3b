//! The fields of a browser form. Most correspond to headers of putObject, and have to follow their rules.

use super::PostPolicyRequest;
use crate::json::FieldError;
use crate::presign::{
    self, FILENAME, Headers, Operation, SUCCESS_REDIRECT, Store, UploadLimit, is_sendable,
    tags_of_xml,
};
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
const OF_FORMS: [&str; 2] = ["success_action_redirect", "success_action_status"];

/// The field whose value, unlike that of its header, is XML.
const TAGGING: &str = "tagging";

/// The fields with another name than their header.
const RENAMED: [(&str, &str); 3] = [
    ("acl", "x-amz-acl"),
    (TAGGING, "x-amz-tagging"),
    ("x-amz-checksum-algorithm", "x-amz-sdk-checksum-algorithm"),
];

/// The additional fields of a form.
pub(super) struct Fields<'a> {
    /// Their names and values, with the names of S3's documentation.
    pub(super) fields: Vec<(&'a str, &'a str)>,
    /// Those that correspond to headers.
    headers: Headers,
}

impl PostPolicyRequest {
    /// The additional fields.
    ///
    /// # Errors
    /// The first field that S3 does not know or would not accept.
    pub(super) fn form_fields(&self) -> Result<Fields<'_>, FieldError> {
        let mut fields = Vec::new();
        let mut headers = Headers::NONE;
        for (requested, value) in self.fields.0.iter() {
            let name =
                field_name(requested).ok_or_else(|| of_field(requested, "is not known here"))?;
            check_value(name, value)?;
            if let Some(header) = header_name(name) {
                let value = if name == TAGGING {
                    tags_of_xml(value)
                        .ok_or_else(|| of_field(name, "must be a <Tagging> document"))?
                } else {
                    value.to_owned()
                };
                let inserted = headers.insert_text(header, value);
                inserted.map_err(|invalid| of_field(name, &invalid.to_string()))?;
            }
            fields.push((name, value));
        }
        presign::check(Operation::PutObject, &headers).map_err(|error| of_header(&error))?;
        let has = |name: &str| self.fields.0.get(name).is_some();
        if has("success_action_redirect") && has("success_action_status") {
            let reason = "has no effect beside success_action_redirect";
            return Err(of_field("success_action_status", reason));
        }
        Ok(Fields { fields, headers })
    }
}

impl Fields<'_> {
    /// Checks that `store` accepts all of them.
    ///
    /// # Errors
    /// The first field that it does not accept.
    pub(super) fn check(&self, store: Store<'_>) -> Result<(), FieldError> {
        let checked = store.check(Operation::PutObject, &self.headers);
        checked.map_err(|error| of_header(&error))
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
    let is_metadata = name.starts_with(METADATA);
    let is_text = is_metadata || name == TAGGING;
    let reason = match name {
        // S3 would replace it, and the field would not match the policy.
        _ if value.contains(FILENAME) => "must not contain ${filename}",
        _ if value.is_empty() && !is_metadata => "must not be empty",
        _ if !is_sendable(value) && !is_text => "must be visible ASCII, with spaces only inside",
        "success_action_status" if !matches!(value, "200" | "201" | "204") => {
            "must be 200, 201 or 204"
        }
        "success_action_redirect" if !is_http_url(value) => {
            "must be a URL that begins with https:// or http://"
        }
        _ => return Ok(()),
    };
    Err(of_field(name, reason))
}

fn is_http_url(value: &str) -> bool {
    let is_web = value.starts_with("https://") || value.starts_with("http://");
    is_web && value.parse::<http::Uri>().is_ok()
}

/// The error in a header as that of the field with its value.
fn of_header(error: &FieldError) -> FieldError {
    let renamed = RENAMED.iter().find(|(_, header)| *header == error.path);
    of_field(renamed.map_or(&error.path, |it| it.0), &error.reason)
}

fn of_field(name: &str, reason: &str) -> FieldError {
    let name: String = name.chars().take(64).collect();
    FieldError::new(format!("fields.{name}"), reason.to_owned())
}
