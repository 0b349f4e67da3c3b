//! What S3 says about an object in its response to [HEAD][head].
//!
//! [head]: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, LAST_MODIFIED};
use http::{HeaderName, Response};

use super::checksum::{self, PREFIX, algorithms};
use super::response::{header, invalid, quoted};
use super::{Checksum, ChecksumType, Checksums, S3Error};
use crate::aws::VERSION_ID;
use crate::instant::{parse_http_date, rfc3339};
use crate::presign::whole_number;

/// The response header that says of what the checksum is.
const CHECKSUM_TYPE: HeaderName = HeaderName::from_static("x-amz-checksum-type");

/// What S3 says about an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectMetadata {
    /// Its size.
    pub size_bytes: u64,
    /// Its `ETag`, in quotes.
    pub etag: String,
    /// Its media type, where it has one.
    pub content_type: Option<String>,
    /// Its checksums; none where S3 has none, or was not asked for them with `x-amz-checksum-mode`.
    pub checksums: Checksums,
    /// Of what they are, where S3 says so or a value ends in the number of parts.
    pub checksum_type: Option<ChecksumType>,
    /// Its version, in a bucket that has versions.
    pub version_id: Option<String>,
    /// When it was stored, in RFC 3339.
    pub last_modified: Option<String>,
}

impl ObjectMetadata {
    /// The response headers that it is read from, besides those with [checksums](Self::checksum_headers).
    pub const HEADERS: [HeaderName; 6] = [
        CONTENT_LENGTH,
        CONTENT_TYPE,
        ETAG,
        LAST_MODIFIED,
        VERSION_ID,
        CHECKSUM_TYPE,
    ];

    /// The names of the response headers with checksums. They are text because few responses have any, and a [`HeaderName`] has to
    /// be parsed.
    pub fn checksum_headers() -> impl Iterator<Item = &'static str> {
        checksum::headers()
    }

    /// Reads the response to [`head`](super::request::head).
    ///
    /// # Errors
    /// [`S3Error::InvalidResponse`] without a size or an `ETag`, which every object has.
    pub fn read(response: &Response<String>) -> Result<Self, S3Error> {
        let text = |name| header(response, name);
        let size = text(CONTENT_LENGTH).and_then(|it| whole_number(&it));
        let etag = text(ETAG).map(|it| quoted(&it)).filter(|it| !it.is_empty());
        let (Some(size_bytes), Some(etag)) = (size, etag) else {
            return Err(invalid(response));
        };
        let checksums = algorithms().filter_map(|algorithm| {
            let value = text(checksum_header(algorithm).ok()?)?;
            Checksum::of_object(algorithm, &value)
        });
        let checksums: Vec<Checksum> = checksums.collect();
        let last_modified = text(LAST_MODIFIED).and_then(|it| parse_http_date(&it));
        Ok(Self {
            size_bytes,
            etag,
            content_type: text(CONTENT_TYPE),
            checksum_type: checksum_type(&checksums, text(CHECKSUM_TYPE).as_deref()),
            checksums: Checksums(checksums),
            version_id: text(VERSION_ID),
            last_modified: last_modified.map(rfc3339),
        })
    }
}

fn checksum_header(algorithm: &str) -> Result<HeaderName, http::header::InvalidHeaderName> {
    format!("{PREFIX}{algorithm}").parse()
}

/// The type that S3 `said`. A composite checksum is never taken for one of the whole object, whatever S3 says.
fn checksum_type(checksums: &[Checksum], said: Option<&str>) -> Option<ChecksumType> {
    if checksums.is_empty() {
        return None;
    }
    match said {
        Some("COMPOSITE") => Some(ChecksumType::Composite),
        _ if checksums.iter().any(Checksum::is_composite) => Some(ChecksumType::Composite),
        Some("FULL_OBJECT") => Some(ChecksumType::FullObject),
        _ => None,
    }
}
