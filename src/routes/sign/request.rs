//! A request for a URL, from a JSON body or from a path.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::table::ObjectPath;
use super::disposition::{FILE_NAME, MAX_REQUESTED_BYTES};
use crate::api::ObjectKey;
use crate::json::FieldError;
use crate::multipart::MAX_PARTS;
use crate::presign::{HTTP_DATE, Headers, MAX_LIFETIME_SECS, Operation, SENDABLE, whole_number};

/// How many keys or parts S3 lists in one response.
pub const MAX_LISTED: u64 = 1000;

/// A request for one URL, with S3's own parameters of the operation.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignRequest {
    /// Name of the profile.
    pub profile: String,
    /// What the URL is for.
    pub operation: Operation,
    /// The whole key in the bucket. Required, except for listObjectsV2.
    pub key: Option<ObjectKey>,
    /// Name of the file to upload, in place of `key`, for putObject and createMultipartUpload: the profile's
    /// `keyTemplate` makes the key.
    #[schemars(length(min = 1))]
    pub filename: Option<String>,
    /// Lifetime of the URL, in seconds. Default: the profile's.
    #[schemars(range(min = 1, max = MAX_LIFETIME_SECS))]
    pub expires_in: Option<u64>,
    /// Headers to sign. The URL works only for a client that sends them. Which are allowed depends on the operation;
    /// names are case-insensitive.
    #[serde(default)]
    pub headers: Headers,
    /// A version of the object, for getObject, headObject and deleteObject.
    #[schemars(length(min = 1))]
    pub version_id: Option<String>,
    /// Headers that S3 returns in place of the object's own, for getObject and headObject.
    pub response: Option<ResponseHeaders>,
    /// File name under which browsers save the object: sets response.contentDisposition, for getObject and headObject. It is
    /// shortened to 255 bytes of UTF-8, its extension kept.
    #[schemars(length(min = 1, max = MAX_REQUESTED_BYTES), regex(pattern = FILE_NAME))]
    pub download: Option<String>,
    /// Part to upload, 1 to 10,000, which uploadPart requires; or the part to read, for getObject and headObject.
    #[schemars(range(min = 1, max = MAX_PARTS))]
    pub part_number: Option<u64>,
    /// Id of the upload, which uploadPart, completeMultipartUpload, abortMultipartUpload and listParts require.
    #[schemars(length(min = 1))]
    pub upload_id: Option<String>,
    /// Most parts that listParts returns, 1 to 1,000.
    #[schemars(range(min = 1, max = MAX_LISTED))]
    pub max_parts: Option<u64>,
    /// listParts returns the parts after this one.
    #[schemars(range(min = 0, max = MAX_PARTS))]
    pub part_number_marker: Option<u64>,
    /// Prefix of the keys that listObjectsV2 returns. It must begin with the profile's prefix; an empty one is the
    /// root of the bucket. Default: the profile's prefix.
    pub prefix: Option<String>,
    /// Character or text by which listObjectsV2 groups keys.
    pub delimiter: Option<String>,
    /// Most keys that listObjectsV2 returns, 1 to 1,000.
    #[schemars(range(min = 1, max = MAX_LISTED))]
    pub max_keys: Option<u64>,
    /// Where listObjectsV2 continues, from its previous response.
    #[schemars(length(min = 1))]
    pub continuation_token: Option<String>,
    /// listObjectsV2 returns the keys after this one.
    pub start_after: Option<String>,
    /// `url`: listObjectsV2 returns encoded keys, because XML cannot represent all of them.
    pub encoding_type: Option<EncodingType>,
    /// Whether listObjectsV2 returns the objects' owners.
    pub fetch_owner: Option<bool>,
    /// `requester`: whoever signs for the URL knows that they pay for the request. Unlike the header
    /// `x-amz-request-payer`, clients do not have to send anything.
    pub request_payer: Option<RequestPayer>,
}

/// Headers that S3 returns in place of the object's own.
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

/// The encoding of keys in a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EncodingType {
    /// Percent-encoded.
    Url,
}

/// Who pays for the request and for what S3 sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RequestPayer {
    /// The account of the role, rather than that of the bucket.
    Requester,
}

impl SignRequest {
    /// A request for `operation` on `key`, without optional fields.
    pub fn new(profile: String, operation: Operation, key: Option<ObjectKey>) -> Self {
        Self {
            profile,
            operation,
            key,
            filename: None,
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
            request_payer: None,
        }
    }

    /// Whether it has none of S3's parameters, like most requests.
    pub fn is_plain(&self) -> bool {
        matches!(
            self,
            Self {
                profile: _,
                operation: _,
                key: _,
                filename: _,
                expires_in: _,
                headers: _,
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
                request_payer: None,
            }
        )
    }
}

/// A request to `/o/{profile}/{key…}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectRequest {
    /// The request for a URL.
    pub request: SignRequest,
    /// Unknown query parameters.
    pub unknown: Vec<String>,
}

impl ObjectRequest {
    /// Reads the path and the [`OBJECT_PARAMETERS`](crate::profiles::OBJECT_PARAMETERS) of its query.
    ///
    /// # Errors
    /// [`FieldError`] for the key or a parameter.
    pub fn read(path: ObjectPath<'_>, query: &str) -> Result<Self, FieldError> {
        let key = ObjectKey::from_path(path.encoded_key)
            .map_err(|invalid| FieldError::new("key", invalid.to_string()))?;
        let mut object = Self {
            request: SignRequest::new(path.profile.to_owned(), path.operation, Some(key)),
            unknown: Vec::new(),
        };
        if !query.is_empty() {
            object.read_query(query)?;
        }
        Ok(object)
    }

    // Not inlined, because most requests have no query.
    #[inline(never)]
    fn read_query(&mut self, query: &str) -> Result<(), FieldError> {
        let Self { request, unknown } = self;
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let is_duplicate = match name.as_ref() {
                "expires" => {
                    let secs = whole_number(&value).ok_or_else(|| {
                        FieldError::new("expires", "must be a whole number of seconds")
                    })?;
                    request.expires_in.replace(secs).is_some()
                }
                "download" => request.download.replace(value.into_owned()).is_some(),
                "requestPayer" if value != "requester" => {
                    return Err(FieldError::new("requestPayer", "must be requester"));
                }
                "requestPayer" => {
                    let payer = RequestPayer::Requester;
                    request.request_payer.replace(payer).is_some()
                }
                "versionId" => request.version_id.replace(value.into_owned()).is_some(),
                _ => {
                    unknown.push(name.into_owned());
                    continue;
                }
            };
            if is_duplicate {
                return Err(FieldError::new(name.into_owned(), "is given twice"));
            }
        }
        Ok(())
    }
}
