//! The headers of S3's responses that a URL can replace.

use schemars::JsonSchema;
use serde::Deserialize;

/// A [response override][api]: a header that S3 returns in place of the object's own.
///
/// [api]: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html#API_GetObject_RequestSyntax
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ResponseOverride {
    /// `response.cacheControl`: `Cache-Control`.
    CacheControl,
    /// `response.contentDisposition`: `Content-Disposition`.
    ContentDisposition,
    /// `download`: a `Content-Disposition` that saves the object as a file of this name.
    Download,
    /// `response.contentEncoding`: `Content-Encoding`.
    ContentEncoding,
    /// `response.contentLanguage`: `Content-Language`.
    ContentLanguage,
    /// `response.contentType`: `Content-Type`.
    ContentType,
    /// `response.expires`: `Expires`.
    Expires,
}

/// How browsers treat an object, whatever its own `Content-Disposition` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum DownloadAs {
    /// They save it as a file, and never show it, so that no script in it runs.
    Attachment,
}
