//! S3's responses.

use http::header::ETAG;
use http::{HeaderName, Response};

use super::Checksum;
use super::failure::{S3Error, on_head, on_upload};
use crate::aws::{VERSION_ID, xml};
use crate::presign::Operation;

/// Longest upload id, in bytes.
const MAX_UPLOAD_ID_BYTES: usize = 1024;

/// One page of a list of parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartsPage {
    /// In the order of their numbers.
    pub parts: Vec<ListedPart>,
    /// The part number after which the next page begins, if there is one.
    pub next_part_number_marker: Option<u16>,
}

/// A part that S3 has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListedPart {
    /// Its number.
    pub number: u16,
    /// Its `ETag`, in quotes.
    pub etag: String,
    /// Its size.
    pub size_bytes: u64,
    /// When it was uploaded, in RFC 3339.
    pub last_modified: String,
    /// Its checksum, where it has one.
    pub checksum: Option<Checksum>,
}

/// The object that was assembled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completed {
    /// Its `ETag`, in quotes.
    pub etag: String,
    /// Its version, in a bucket that has versions.
    pub version_id: Option<String>,
}

/// Checks that `response` is a complete and successful response to `operation`. When S3 completes an upload, it may
/// send 200 first, spaces while it works, and an error [in the end][api].
///
/// [api]: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
///
/// # Errors
/// [`S3Error`] for anything else.
pub fn check(operation: Operation, response: &Response<String>) -> Result<(), S3Error> {
    let body = response.body();
    let found = xml::root(body);
    let whole = match root(operation) {
        Some(root) => {
            found.is_some_and(|it| it == root) && body.trim_end().ends_with(&format!("{root}>"))
        }
        None => found.is_none_or(|it| it != "Error"),
    };
    if response.status().is_success() && whole {
        return Ok(());
    }
    let error = S3Error::read(response);
    Err(match operation {
        Operation::CreateMultipartUpload => error,
        Operation::HeadObject => on_head(error),
        _ => on_upload(error),
    })
}

/// The root element of a response; `None` where no body is needed.
fn root(operation: Operation) -> Option<&'static str> {
    match operation {
        Operation::CreateMultipartUpload => Some("InitiateMultipartUploadResult"),
        Operation::ListParts => Some("ListPartsResult"),
        Operation::CompleteMultipartUpload => Some("CompleteMultipartUploadResult"),
        _ => None,
    }
}

/// The upload id in the response to [`create`](super::request::create).
///
/// # Errors
/// [`S3Error::InvalidResponse`] for any other response.
pub fn upload_id(response: &Response<String>) -> Result<String, S3Error> {
    let mut id = String::new();
    read(response, &mut |path, text| match path {
        [_, "UploadId"] if id.is_empty() => text.clone_into(&mut id),
        _ => {}
    })?;
    let is_valid =
        (1..=MAX_UPLOAD_ID_BYTES).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic());
    is_valid.then_some(id).ok_or_else(|| invalid(response))
}

/// The parts in the response to [`list`](super::request::list).
///
/// # Errors
/// As [`upload_id`].
pub fn parts(response: &Response<String>) -> Result<PartsPage, S3Error> {
    let (mut page, mut part) = (PartsPage::default(), ListedPart::default());
    let (mut truncated, mut valid) = (false, true);
    read(response, &mut |path, text| match path {
        [_, "IsTruncated"] => truncated = text == "true",
        [_, "NextPartNumberMarker"] => page.next_part_number_marker = text.parse().ok(),
        [_, "Part"] => {
            valid = valid && part.number > 0 && !part.etag.is_empty();
            page.parts.push(std::mem::take(&mut part));
        }
        [_, "Part", "PartNumber"] if part.number == 0 => {
            part.number = text.parse().unwrap_or_default();
        }
        [_, "Part", "ETag"] if part.etag.is_empty() => part.etag = quoted(text),
        [_, "Part", "Size"] if part.size_bytes == 0 => {
            part.size_bytes = text.parse().unwrap_or_default();
        }
        [_, "Part", "LastModified"] if part.last_modified.is_empty() => {
            text.clone_into(&mut part.last_modified);
        }
        [_, "Part", name] => {
            if let Some(checksum) = Checksum::from_element(name, text) {
                part.checksum = Some(checksum);
            }
        }
        _ => {}
    })?;
    if !valid {
        return Err(invalid(response));
    }
    let last = page.parts.last().map(|part| part.number);
    page.next_part_number_marker = page.next_part_number_marker.or(last).filter(|_| truncated);
    Ok(page)
}

/// The object in the response to [`complete`](super::request::complete).
///
/// # Errors
/// As [`upload_id`].
pub fn completed(response: &Response<String>) -> Result<Completed, S3Error> {
    let mut etag = String::new();
    read(response, &mut |path, text| match path {
        [_, "ETag"] if etag.is_empty() => etag = quoted(text),
        _ => {}
    })?;
    if etag.is_empty() {
        return Err(invalid(response));
    }
    Ok(Completed {
        etag,
        version_id: header(response, VERSION_ID),
    })
}

/// The object in the response to [`head`](super::request::head); `None` where it has no `ETag`, which every object has.
pub fn found(response: &Response<String>) -> Option<Completed> {
    let etag = quoted(&header(response, ETAG)?);
    (!etag.is_empty()).then(|| Completed {
        etag,
        version_id: header(response, VERSION_ID),
    })
}

fn read(response: &Response<String>, each: &mut dyn FnMut(&[&str], &str)) -> Result<(), S3Error> {
    xml::read(response.body(), each).ok_or_else(|| invalid(response))
}

pub(super) fn invalid(response: &Response<String>) -> S3Error {
    S3Error::InvalidResponse {
        status: response.status(),
    }
}

/// Some servers leave the quotes out, and proxies that compress make it a weak one.
pub(super) fn quoted(etag: &str) -> String {
    let etag = etag.trim();
    let plain = etag.strip_prefix("W/").unwrap_or(etag).trim_matches('"');
    if plain.is_empty() {
        String::new()
    } else {
        format!("\"{plain}\"")
    }
}

pub(super) fn header(response: &Response<String>, name: HeaderName) -> Option<String> {
    let value = response.headers().get(name)?;
    value.to_str().ok().map(str::to_owned)
}
