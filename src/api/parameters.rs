//! Which of S3's parameters an operation takes in its query, and what can be in them.

use std::borrow::Cow;

use super::disposition::attachment;
use super::request::{ResponseHeaders, SignRequest};
use crate::error::Error;
use crate::multipart::MAX_PARTS;
use crate::presign::Operation::{
    self, AbortMultipartUpload, CompleteMultipartUpload, CreateMultipartUpload, DeleteObject,
    GetObject, HeadObject, ListObjectsV2, ListParts, UploadPart,
};
use crate::presign::{self, Query, is_http_date, is_sendable};

/// S3's highest number of a part.
const MAX_PART_NUMBER: u64 = MAX_PARTS as u64;

/// How many keys or parts S3 lists at once.
pub(super) const MAX_LISTED: u64 = 1000;

/// One parameter.
struct Row {
    /// Its name in JSON.
    field: &'static str,
    /// Its name in S3's query.
    name: &'static str,
    /// The operations that take it.
    operations: &'static [Operation],
    /// What was asked for.
    value: fn(&SignRequest) -> Option<Value<'_>>,
}

enum Value<'a> {
    /// Any text but none.
    Text(&'a str),
    /// The text of a header in S3's answer.
    Header(&'a str),
    /// The same, of a date.
    Date(&'a str),
    /// The name of a file.
    FileName(&'a str),
    /// A number within these bounds.
    Number(u64, u64, u64),
    /// What cannot be wrong.
    Fixed(&'static str),
}

const READING: &[Operation] = &[GetObject, HeadObject];
const VERSIONED: &[Operation] = &[GetObject, HeadObject, DeleteObject];
const NUMBERED: &[Operation] = &[GetObject, HeadObject, UploadPart];
const UPLOADING: &[Operation] = &[
    UploadPart,
    CompleteMultipartUpload,
    AbortMultipartUpload,
    ListParts,
];

const fn row(
    field: &'static str,
    name: &'static str,
    operations: &'static [Operation],
    value: fn(&SignRequest) -> Option<Value<'_>>,
) -> Row {
    Row {
        field,
        name,
        operations,
        value,
    }
}

/// Beside these there are `uploads` and `list-type`, which an operation has always.
#[rustfmt::skip] // A line each.
const TABLE: &[Row] = &[
    row("continuationToken", "continuation-token", &[ListObjectsV2], |it| text(&it.continuation_token)),
    row("delimiter", "delimiter", &[ListObjectsV2], |it| text(&it.delimiter)),
    row("encodingType", "encoding-type", &[ListObjectsV2], |it| it.encoding_type.map(|_| Value::Fixed("url"))),
    row("fetchOwner", "fetch-owner", &[ListObjectsV2], |it| it.fetch_owner.map(flag)),
    row("maxKeys", "max-keys", &[ListObjectsV2], |it| number(it.max_keys, 1, MAX_LISTED)),
    row("maxParts", "max-parts", &[ListParts], |it| number(it.max_parts, 1, MAX_LISTED)),
    row("partNumberMarker", "part-number-marker", &[ListParts], |it| number(it.part_number_marker, 0, MAX_PART_NUMBER)),
    row("partNumber", "partNumber", NUMBERED, |it| number(it.part_number, 1, MAX_PART_NUMBER)),
    row("prefix", "prefix", &[ListObjectsV2], |it| text(&it.prefix)),
    row("response.cacheControl", "response-cache-control", READING, |it| header(&it.response.as_ref()?.cache_control)),
    row("response.contentDisposition", "response-content-disposition", READING, |it| header(&it.response.as_ref()?.content_disposition)),
    row("download", "response-content-disposition", READING, |it| it.download.as_deref().map(Value::FileName)),
    row("response.contentEncoding", "response-content-encoding", READING, |it| header(&it.response.as_ref()?.content_encoding)),
    row("response.contentLanguage", "response-content-language", READING, |it| header(&it.response.as_ref()?.content_language)),
    row("response.contentType", "response-content-type", READING, |it| header(&it.response.as_ref()?.content_type)),
    row("response.expires", "response-expires", READING, |it| it.response.as_ref()?.expires.as_deref().map(Value::Date)),
    row("startAfter", "start-after", &[ListObjectsV2], |it| text(&it.start_after)),
    row("uploadId", "uploadId", UPLOADING, |it| text(&it.upload_id)),
    row("versionId", "versionId", VERSIONED, |it| text(&it.version_id)),
];

/// Whether `operation` takes the parameter that JSON calls `field`.
pub fn takes(operation: Operation, field: &str) -> bool {
    let mut rows = TABLE.iter().filter(|row| row.field == field);
    rows.any(|row| row.operations.contains(&operation))
}

/// What a caller can ask S3 to answer in place of the object's own headers: the members of `response`, and
/// `download`.
pub fn response_overrides() -> impl Iterator<Item = &'static str> {
    TABLE.iter().filter_map(Row::override_name)
}

impl Row {
    fn override_name(&self) -> Option<&'static str> {
        let field = self.name.starts_with("response-").then_some(self.field)?;
        Some(field.strip_prefix("response.").unwrap_or(field))
    }
}

fn text(value: &Option<String>) -> Option<Value<'_>> {
    value.as_deref().map(Value::Text)
}

fn header(value: &Option<String>) -> Option<Value<'_>> {
    value.as_deref().map(Value::Header)
}

fn number(value: Option<u64>, min: u64, max: u64) -> Option<Value<'static>> {
    value.map(|value| Value::Number(value, min, max))
}

fn flag(value: bool) -> Value<'static> {
    Value::Fixed(if value { "true" } else { "false" })
}

impl SignRequest {
    /// Checks all that S3 itself would say of this, and gives the query for it.
    ///
    /// # Errors
    /// [`Error::InvalidField`] for the first parameter or header that is missing, that the operation
    /// does not take, whose value cannot be right, or that contradicts another.
    pub fn check(&self) -> Result<Query<'_>, Error> {
        let operation = self.operation;
        let mut query = Query::default();
        for row in TABLE {
            let Some(value) = (row.value)(self) else {
                continue;
            };
            if !row.operations.contains(&operation) {
                return Err(not_of(operation, row.field));
            }
            let value = value.in_query();
            query.set(
                row.name,
                value.map_err(|reason| Error::field(row.field, reason))?,
            );
        }
        match operation {
            CreateMultipartUpload => query.set("uploads", ""),
            ListObjectsV2 => query.set("list-type", "2"),
            _ => {}
        }
        presign::check(operation, &self.headers)?;
        self.check_presence()?;
        Ok(query)
    }

    /// Checks that no other [`response_overrides`] are asked for than those that are `open`.
    ///
    /// # Errors
    /// [`Error::InvalidField`] for the first other one.
    pub fn check_overrides(&self, open: &[String]) -> Result<(), Error> {
        let closed = |row: &&Row| {
            let name = row.override_name();
            name.is_some_and(|name| !open.iter().any(|open| open == name))
        };
        let mut asked = TABLE.iter().filter(|row| (row.value)(self).is_some());
        match asked.find(closed) {
            Some(row) => Err(Error::field(row.field, "is not open in this profile")),
            None => Ok(()),
        }
    }

    /// Whether this says itself how long S3's answer may be kept.
    pub fn has_cache_control(&self) -> bool {
        let response = self.response.as_ref();
        response.is_some_and(|it| it.cache_control.is_some())
    }

    /// Whether all that the operation needs is there, and nothing that contradicts something else.
    fn check_presence(&self) -> Result<(), Error> {
        let operation = self.operation;
        if operation == ListObjectsV2 && self.key.is_some() {
            return Err(not_of(operation, "key"));
        }
        let missing = [
            ("key", self.key.is_none() && operation != ListObjectsV2),
            (
                "uploadId",
                self.upload_id.is_none() && UPLOADING.contains(&operation),
            ),
            (
                "partNumber",
                self.part_number.is_none() && operation == UploadPart,
            ),
        ];
        if let Some((field, _)) = missing.into_iter().find(|(_, missing)| *missing) {
            return Err(Error::field(field, "is missing"));
        }
        let disposition = |it: &ResponseHeaders| it.content_disposition.is_some();
        if self.download.is_some() && self.response.as_ref().is_some_and(disposition) {
            let reason = "must not be given together with response.contentDisposition";
            return Err(Error::field("download", reason));
        }
        if self.part_number.is_some() && self.headers.get("range").is_some() {
            let reason = "must not be given together with headers.range";
            return Err(Error::field("partNumber", reason));
        }
        Ok(())
    }
}

impl<'a> Value<'a> {
    fn in_query(self) -> Result<Cow<'a, str>, String> {
        match self {
            Self::Text("") => Err("must not be empty".to_owned()),
            Self::Header(text) if text.is_empty() || !is_sendable(text) => {
                Err("must be visible ASCII, with blanks inside at most".to_owned())
            }
            Self::Date(text) if !is_http_date(text) => {
                Err("must be a date such as Wed, 21 Oct 2026 07:28:00 GMT".to_owned())
            }
            Self::Number(value, min, max) if !(min..=max).contains(&value) => {
                Err(format!("must be {min} to {max}"))
            }
            Self::FileName(name) => attachment(name).map(Cow::from),
            Self::Number(value, ..) => Ok(value.to_string().into()),
            Self::Text(text) | Self::Header(text) | Self::Date(text) => Ok(text.into()),
            Self::Fixed(text) => Ok(text.into()),
        }
    }
}

fn not_of(operation: Operation, field: &'static str) -> Error {
    Error::field(field, format!("is no parameter of {}", operation.name()))
}
