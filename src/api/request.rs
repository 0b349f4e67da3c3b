//! What a caller asks for, the same from a JSON body and from a path.

use schemars::JsonSchema;
use serde::Deserialize;

use super::disposition::{FILE_NAME, MAX_FILE_NAME_BYTES};
use super::parameters::MAX_LISTED;
use super::{ObjectKey, ObjectPath};
use crate::error::Error;
use crate::multipart::MAX_PARTS;
use crate::presign::{HTTP_DATE, Headers, MAX_LIFETIME_SECS, Operation, SENDABLE};

/// Longest body of `POST /v1/sign`, in bytes: a key of 1,024 bytes, each written as `\u0000`, 2 KB of
/// metadata, and room to spare.
pub const MAX_BODY_BYTES: usize = 16 * 1024;

/// One URL that is asked for, with S3's own parameters for the operation.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignRequest {
    /// Name of the profile.
    pub profile: String,
    /// What the URL shall do.
    pub operation: Operation,
    /// The whole key in the bucket. Every operation but listObjectsV2 needs it.
    pub key: Option<ObjectKey>,
    /// Life of the URL in seconds.
    #[schemars(range(min = 1, max = MAX_LIFETIME_SECS))]
    pub expires_in: Option<u64>,
    /// Headers that are signed, so that the URL works only for a client that sends them. Which there
    /// are depends on the operation; names are the same in any case.
    #[serde(default)]
    pub headers: Headers,
    /// A version of the object, for getObject, headObject and deleteObject.
    #[schemars(length(min = 1))]
    pub version_id: Option<String>,
    /// What S3 answers in place of the object's own headers, for getObject and headObject.
    pub response: Option<ResponseHeaders>,
    /// The name under which browsers save the object: response.contentDisposition made of it, for
    /// getObject and headObject.
    #[schemars(length(min = 1, max = MAX_FILE_NAME_BYTES), regex(pattern = FILE_NAME))]
    pub download: Option<String>,
    /// 1 to 10,000: the part to upload, which uploadPart needs, or the part to read, for getObject and
    /// headObject.
    #[schemars(range(min = 1, max = MAX_PARTS))]
    pub part_number: Option<u64>,
    /// The upload, which uploadPart, completeMultipartUpload, abortMultipartUpload and listParts need.
    #[schemars(length(min = 1))]
    pub upload_id: Option<String>,
    /// 1 to 1,000: how many parts listParts gives at most.
    #[schemars(range(min = 1, max = MAX_LISTED))]
    pub max_parts: Option<u64>,
    /// listParts begins after this part.
    #[schemars(range(min = 0, max = MAX_PARTS))]
    pub part_number_marker: Option<u64>,
    /// What the keys begin with that listObjectsV2 gives: with the profile's prefix in any case, and
    /// that alone when this is left out.
    #[schemars(length(min = 1))]
    pub prefix: Option<String>,
    /// Where listObjectsV2 ends a group of keys.
    #[schemars(length(min = 1))]
    pub delimiter: Option<String>,
    /// 1 to 1,000: how many keys listObjectsV2 gives at most.
    #[schemars(range(min = 1, max = MAX_LISTED))]
    pub max_keys: Option<u64>,
    /// Where listObjectsV2 goes on, by its answer before.
    #[schemars(length(min = 1))]
    pub continuation_token: Option<String>,
    /// listObjectsV2 begins after this key.
    #[schemars(length(min = 1))]
    pub start_after: Option<String>,
    /// `url`, for listObjectsV2: keys come encoded, which XML needs for some of them.
    pub encoding_type: Option<EncodingType>,
    /// Whether listObjectsV2 tells whose the objects are.
    pub fetch_owner: Option<bool>,
}

/// Headers that S3 answers in place of the object's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResponseHeaders {
    /// `Cache-Control`.
    #[schemars(regex(pattern = SENDABLE))]
    pub cache_control: Option<String>,
    /// `Content-Disposition`.
    #[schemars(regex(pattern = SENDABLE))]
    pub content_disposition: Option<String>,
    /// `Content-Encoding`.
    #[schemars(regex(pattern = SENDABLE))]
    pub content_encoding: Option<String>,
    /// `Content-Language`.
    #[schemars(regex(pattern = SENDABLE))]
    pub content_language: Option<String>,
    /// `Content-Type`.
    #[schemars(regex(pattern = SENDABLE))]
    pub content_type: Option<String>,
    /// `Expires`, such as `Wed, 21 Oct 2026 07:28:00 GMT`.
    #[schemars(regex(pattern = HTTP_DATE))]
    pub expires: Option<String>,
}

/// How keys come in a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EncodingType {
    /// Percent-encoded.
    Url,
}

impl SignRequest {
    /// Asks for nothing but `operation` on `key`.
    pub fn new(profile: String, operation: Operation, key: ObjectKey) -> Self {
        Self {
            profile,
            operation,
            key: Some(key),
            expires_in: None,
            headers: Headers::default(),
            version_id: None,
            response: None,
            download: None,
            part_number: None,
            upload_id: None,
            max_parts: None,
            part_number_marker: None,
            prefix: None,
            delimiter: None,
            max_keys: None,
            continuation_token: None,
            start_after: None,
            encoding_type: None,
            fetch_owner: None,
        }
    }
}

/// The parameters of `/o/{profile}/{key…}` that mean something.
pub const OBJECT_PARAMETERS: [&str; 3] = ["download", "expires", "versionId"];

/// What `/o/{profile}/{key…}` asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectRequest {
    /// The same as JSON.
    pub asked: SignRequest,
    /// Parameters that mean nothing here.
    pub unknown: Vec<String>,
}

impl ObjectRequest {
    /// Reads the path and its query, of which it takes [`OBJECT_PARAMETERS`].
    ///
    /// # Errors
    /// [`Error::InvalidField`] for the key or a parameter.
    pub fn read(path: ObjectPath<'_>, query: &str) -> Result<Self, Error> {
        let key = ObjectKey::from_path(path.encoded_key)
            .map_err(|invalid| Error::field("key", invalid.to_string()))?;
        let mut asked = SignRequest::new(path.profile.to_owned(), path.operation, key);
        let mut unknown = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let before = match name.as_ref() {
                "expires" => {
                    let secs = value.parse().map_err(|_| {
                        Error::field("expires", "must be a whole number of seconds")
                    })?;
                    asked.expires_in.replace(secs).is_some()
                }
                "download" => asked.download.replace(value.into_owned()).is_some(),
                "versionId" => asked.version_id.replace(value.into_owned()).is_some(),
                _ => {
                    unknown.push(name.into_owned());
                    continue;
                }
            };
            if before {
                return Err(Error::field(name.into_owned(), "is given twice"));
            }
        }
        Ok(Self { asked, unknown })
    }
}
