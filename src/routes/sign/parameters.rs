//! S3's query parameters: which operation accepts them, and which values they can have.

use std::borrow::Cow;

use super::disposition::attachment;
use super::request::{MAX_LISTED, ResponseHeaders, SignRequest};
use crate::json::FieldError;
use crate::multipart::MAX_PARTS;
use crate::presign::Operation::{
    self, AbortMultipartUpload, CompleteMultipartUpload, CreateMultipartUpload, DeleteObject,
    GetObject, HeadObject, ListObjectsV2, ListParts, UploadPart,
};
use crate::presign::{self, Query, is_http_date, is_sendable};
use crate::profiles::{NOT_ALLOWED, Profile, ResponseOverride};

/// S3's highest part number.
const MAX_PART_NUMBER: u64 = MAX_PARTS as u64;

/// The one header of S3 that can be a parameter instead.
const REQUEST_PAYER: &str = "x-amz-request-payer";

/// One parameter.
struct Row {
    /// Its name in requests.
    field: &'static str,
    /// Its name in S3's query.
    name: &'static str,
    /// The operations that accept it.
    operations: &'static [Operation],
    /// What of a profile opens it.
    opened: Opened,
    /// Its value in a request.
    value: fn(&SignRequest) -> Option<Value<'_>>,
}

/// What of a profile opens a parameter.
#[derive(Clone, Copy)]
enum Opened {
    /// Nothing: it is always open.
    Always,
    /// `responseOverrides`, where they list this one.
    By(ResponseOverride),
    /// `versions`.
    ByVersions,
    /// `headers`, where they name the header with the name of the parameter.
    AsHeader,
}

enum Value<'a> {
    /// Any text that is not empty.
    Text(&'a str),
    /// Any text. S3 takes an empty one for none.
    Optional(&'a str),
    /// The value of a header in S3's response.
    Header(&'a str),
    /// The value of a header with a date.
    Date(&'a str),
    /// A file name.
    FileName(&'a str),
    /// A number, with its bounds.
    Number(u64, u64, u64),
    /// A value that is always valid.
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
        opened: Opened::Always,
        value,
    }
}

const fn response(
    response_override: ResponseOverride,
    field: &'static str,
    name: &'static str,
    value: fn(&SignRequest) -> Option<Value<'_>>,
) -> Row {
    Row {
        opened: Opened::By(response_override),
        ..row(field, name, READING, value)
    }
}

/// In addition, `uploads` and `list-type` are always set for their operations.
#[rustfmt::skip] // A line each.
const TABLE: &[Row] = &[
    row("continuationToken", "continuation-token", &[ListObjectsV2], |it| text(it.continuation_token.as_ref())),
    row("delimiter", "delimiter", &[ListObjectsV2], |it| it.delimiter.as_deref().map(Value::Optional)),
    row("encodingType", "encoding-type", &[ListObjectsV2], |it| it.encoding_type.map(|_| Value::Fixed("url"))),
    row("fetchOwner", "fetch-owner", &[ListObjectsV2], |it| it.fetch_owner.map(flag)),
    row("maxKeys", "max-keys", &[ListObjectsV2], |it| number(it.max_keys, 1, MAX_LISTED)),
    row("maxParts", "max-parts", &[ListParts], |it| number(it.max_parts, 1, MAX_LISTED)),
    row("partNumberMarker", "part-number-marker", &[ListParts], |it| number(it.part_number_marker, 0, MAX_PART_NUMBER)),
    row("partNumber", "partNumber", NUMBERED, |it| number(it.part_number, 1, MAX_PART_NUMBER)),
    row("prefix", "prefix", &[ListObjectsV2], |it| it.prefix.as_deref().map(Value::Optional)),
    Row { opened: Opened::AsHeader, ..row("requestPayer", REQUEST_PAYER, &Operation::ALL, |it| it.request_payer.map(|_| Value::Fixed("requester"))) },
    response(ResponseOverride::CacheControl, "response.cacheControl", "response-cache-control", |it| header(it.response.as_ref()?.cache_control.as_ref())),
    response(ResponseOverride::ContentDisposition, "response.contentDisposition", "response-content-disposition", |it| header(it.response.as_ref()?.content_disposition.as_ref())),
    response(ResponseOverride::Download, "download", "response-content-disposition", |it| it.download.as_deref().map(Value::FileName)),
    response(ResponseOverride::ContentEncoding, "response.contentEncoding", "response-content-encoding", |it| header(it.response.as_ref()?.content_encoding.as_ref())),
    response(ResponseOverride::ContentLanguage, "response.contentLanguage", "response-content-language", |it| header(it.response.as_ref()?.content_language.as_ref())),
    response(ResponseOverride::ContentType, "response.contentType", "response-content-type", |it| header(it.response.as_ref()?.content_type.as_ref())),
    response(ResponseOverride::Expires, "response.expires", "response-expires", |it| it.response.as_ref()?.expires.as_deref().map(Value::Date)),
    row("startAfter", "start-after", &[ListObjectsV2], |it| it.start_after.as_deref().map(Value::Optional)),
    row("uploadId", "uploadId", UPLOADING, |it| text(it.upload_id.as_ref())),
    Row { opened: Opened::ByVersions, ..row("versionId", "versionId", VERSIONED, |it| text(it.version_id.as_ref())) },
];

/// Whether `operation` accepts the parameter `field`.
pub fn accepts(operation: Operation, field: &str) -> bool {
    let mut rows = TABLE.iter().filter(|row| row.field == field);
    rows.any(|row| row.operations.contains(&operation))
}

fn text(value: Option<&String>) -> Option<Value<'_>> {
    value.map(|value| Value::Text(value))
}

fn header(value: Option<&String>) -> Option<Value<'_>> {
    value.map(|value| Value::Header(value))
}

fn number(value: Option<u64>, min: u64, max: u64) -> Option<Value<'static>> {
    value.map(|value| Value::Number(value, min, max))
}

fn flag(value: bool) -> Value<'static> {
    Value::Fixed(if value { "true" } else { "false" })
}

impl SignRequest {
    /// Checks everything that S3 itself would check, and returns the query.
    ///
    /// # Errors
    /// [`FieldError`] for the first parameter or header that is missing, that the operation does not accept, whose
    /// value is invalid, or that contradicts another.
    pub fn check(&self) -> Result<Query<'_>, FieldError> {
        let operation = self.operation;
        let mut query = if self.is_plain() {
            Query::default()
        } else {
            self.parameters()?
        };
        match operation {
            CreateMultipartUpload => query.set("uploads", ""),
            ListObjectsV2 => query.set("list-type", "2"),
            _ => {}
        }
        presign::check(operation, &self.headers).map_err(|error| error.within("headers"))?;
        self.check_presence()?;
        if !self.is_plain() {
            self.check_combinations()?;
        }
        Ok(query)
    }

    // Not inlined, like what else is about parameters: most requests have none.
    #[inline(never)]
    fn parameters(&self) -> Result<Query<'_>, FieldError> {
        let mut query = Query::default();
        for row in TABLE {
            let Some(value) = (row.value)(self) else {
                continue;
            };
            if !row.operations.contains(&self.operation) {
                return Err(not_accepted(self.operation, row.field));
            }
            let value = value.in_query();
            query.set(
                row.name,
                value.map_err(|reason| FieldError::new(row.field, reason))?,
            );
        }
        Ok(query)
    }

    /// Checks that the request uses no parameter and no header that `profile` does not open.
    ///
    /// # Errors
    /// [`FieldError`] for the first one that it does.
    pub fn check_opened(&self, profile: &Profile) -> Result<(), FieldError> {
        if !self.is_plain() {
            self.check_parameters_opened(profile)?;
        }
        let headers = profile.headers.check(&self.headers);
        headers.map_err(|error| error.within("headers"))
    }

    #[inline(never)]
    fn check_parameters_opened(&self, profile: &Profile) -> Result<(), FieldError> {
        let is_closed = |row: &&Row| match row.opened {
            Opened::Always => false,
            Opened::By(it) => !profile.response_overrides.contains(&it),
            Opened::ByVersions => !profile.versions,
            Opened::AsHeader => !profile.headers.allows(row.name),
        };
        let mut used = TABLE.iter().filter(|row| (row.value)(self).is_some());
        match used.find(is_closed) {
            Some(row) => Err(FieldError::new(row.field, NOT_ALLOWED)),
            None => Ok(()),
        }
    }

    /// Whether the request itself sets `Cache-Control` of S3's response.
    pub fn has_cache_control(&self) -> bool {
        let response = self.response.as_ref();
        response.is_some_and(|it| it.cache_control.is_some())
    }

    /// Checks that everything that the operation requires is there, and a key only where it belongs.
    fn check_presence(&self) -> Result<(), FieldError> {
        let operation = self.operation;
        if operation == ListObjectsV2 && self.key.is_some() {
            return Err(not_accepted(operation, "key"));
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
        match missing.into_iter().find(|(_, missing)| *missing) {
            Some((field, _)) => Err(FieldError::new(field, "is missing")),
            None => Ok(()),
        }
    }

    /// Checks that no parameter contradicts anything else.
    #[inline(never)]
    fn check_combinations(&self) -> Result<(), FieldError> {
        let disposition = |it: &ResponseHeaders| it.content_disposition.is_some();
        if self.download.is_some() && self.response.as_ref().is_some_and(disposition) {
            let reason = "must not be given together with response.contentDisposition";
            return Err(FieldError::new("download", reason));
        }
        if self.request_payer.is_some() && self.headers.get(REQUEST_PAYER).is_some() {
            let reason = "must not be given together with headers.x-amz-request-payer";
            return Err(FieldError::new("requestPayer", reason));
        }
        if self.part_number.is_some() && self.headers.get("range").is_some() {
            let reason = "must not be given together with headers.range";
            return Err(FieldError::new("partNumber", reason));
        }
        Ok(())
    }
}

impl<'a> Value<'a> {
    /// The value in the query, or what is wrong with it.
    fn in_query(self) -> Result<Cow<'a, str>, String> {
        match self {
            Self::Text("") => Err("must not be empty".to_owned()),
            Self::Header(text) if text.is_empty() || !is_sendable(text) => {
                Err("must be visible ASCII, with spaces only inside".to_owned())
            }
            Self::Date(text) if !is_http_date(text) => {
                Err("must be a date such as Wed, 21 Oct 2026 07:28:00 GMT".to_owned())
            }
            Self::Number(value, min, max) if !(min..=max).contains(&value) => {
                Err(format!("must be {min} to {max}"))
            }
            Self::FileName(name) => attachment(name).map(Cow::from),
            Self::Number(value, ..) => Ok(value.to_string().into()),
            Self::Text(text)
            | Self::Optional(text)
            | Self::Header(text)
            | Self::Date(text)
            | Self::Fixed(text) => Ok(text.into()),
        }
    }
}

fn not_accepted(operation: Operation, field: &'static str) -> FieldError {
    FieldError::new(field, format!("is not a parameter of {}", operation.name()))
}
