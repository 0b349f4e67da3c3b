//! What Uppy sends. Members and parameters that are not known here are ignored, because Uppy's versions differ in them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::multipart::{PartETag, PartNumber};
use crate::api::ObjectKey;
use crate::json::{FieldError, Json, MAX_EXACT, Object};
use crate::multipart::MAX_PARTS;
use crate::presign::MAX_LIFETIME_SECS;
use crate::s3::request::UploadedPart;

/// A request to create an upload in parts.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
pub struct UppyCreate {
    /// Name of the file, of which the profile's `keyTemplate` makes the key.
    #[schemars(length(min = 1))]
    pub filename: String,
    /// Media type of the file.
    pub r#type: Option<String>,
    /// Metadata. Of those that the profile's `uppyMetadata` names, the values are texts, whole numbers, booleans or null.
    #[schemars(with = "Option<BTreeMap<String, serde_json::Value>>")]
    pub metadata: Option<Json>,
}

/// A request to assemble the object from its parts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub struct UppyComplete {
    /// The parts, in the order of their numbers.
    #[schemars(length(min = 1, max = MAX_PARTS))]
    pub parts: Vec<UppyPart>,
}

/// A part that was uploaded.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub struct UppyPart {
    /// Its number.
    #[serde(rename = "PartNumber")]
    pub part_number: PartNumber,
    /// The `ETag` in S3's response to its upload.
    #[serde(rename = "ETag")]
    pub etag: PartETag,
}

/// What Uppy's `signRequest` is called with.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UppySign {
    /// The method of the request to S3.
    pub method: UppyMethod,
    /// The key. For a new object only the name of the file counts, of which the profile's `keyTemplate` makes the key.
    pub key: ObjectKey,
    /// S3's id of the upload in parts, if the request is about one.
    #[schemars(length(min = 1))]
    pub upload_id: Option<String>,
    /// The part to upload, 1 to 10,000.
    #[schemars(range(min = 1, max = MAX_PARTS))]
    pub part_number: Option<u64>,
    /// Media type of the file.
    pub content_type: Option<String>,
    /// Lifetime of the URL, in seconds. Default: the profile's.
    #[schemars(range(min = 1, max = MAX_LIFETIME_SECS))]
    pub expires_in: Option<u64>,
}

/// The method of a request that Uppy sends to S3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum UppyMethod {
    /// `GET`: list the parts.
    Get,
    /// `PUT`: upload the file or a part.
    Put,
    /// `POST`: begin or complete an upload in parts.
    Post,
    /// `DELETE`: abort an upload, or delete the object.
    Delete,
}

/// A file that is to be uploaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct NewFile {
    pub(super) filename: String,
    pub(super) media_type: Option<String>,
    pub(super) metadata: Vec<(String, String)>,
}

impl NewFile {
    /// The file in the query of `GET s3/params`.
    ///
    /// # Errors
    /// When `filename` is missing, or is given twice, as `type` may not be either.
    pub(super) fn of_query(query: &str) -> Result<Self, FieldError> {
        let (mut filename, mut media_type, mut metadata) = (None, None, Vec::new());
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let given = match name.as_ref() {
                "filename" => &mut filename,
                "type" => &mut media_type,
                other => {
                    let own = other.strip_prefix("metadata[");
                    let own = own.and_then(|it| it.strip_suffix(']'));
                    metadata.extend(own.map(|own| (own.to_owned(), value.into_owned())));
                    continue;
                }
            };
            if given.replace(value.into_owned()).is_some() {
                return Err(FieldError::new(name.into_owned(), "is given twice"));
            }
        }
        let filename = filename.filter(|it| !it.is_empty());
        Ok(Self {
            filename: filename.ok_or_else(|| FieldError::new("filename", "is missing"))?,
            media_type: media_type.filter(|it| !it.is_empty()),
            metadata,
        })
    }

    /// The file that an upload in parts is for, with those metadata that `keeps` selects.
    ///
    /// # Errors
    /// When the metadata are no object, or the value of one that is kept is something else.
    pub(super) fn of_create(
        create: UppyCreate,
        keeps: impl Fn(&str) -> bool,
    ) -> Result<Self, FieldError> {
        let metadata = match create.metadata {
            None | Some(Json::Null) => Object::default(),
            Some(Json::Object(metadata)) => metadata,
            Some(_) => return Err(FieldError::new("metadata", "must be an object")),
        };
        let kept = metadata.into_iter().filter(|(name, _)| keeps(name));
        let kept = kept.filter_map(|(name, value)| {
            let text = match value {
                Json::String(text) => text,
                Json::Number(number) if number.fract() == 0.0 && number.abs() < MAX_EXACT => {
                    whole(number)
                }
                Json::Bool(value) => value.to_string(),
                Json::Null => return None,
                Json::Number(_) | Json::Array(_) | Json::Object(_) => {
                    let path = format!("metadata.{name}");
                    return Some(Err(FieldError::new(
                        path,
                        "must be a text or a whole number",
                    )));
                }
            };
            Some(Ok((name, text)))
        });
        Ok(Self {
            metadata: kept.collect::<Result<_, _>>()?,
            filename: create.filename,
            media_type: create.r#type.filter(|it| !it.is_empty()),
        })
    }
}

/// A whole number below [`MAX_EXACT`] as text. To write fractions would take 10 KB of code.
#[allow(clippy::cast_possible_truncation)]
fn whole(number: f64) -> String {
    (number as i64).to_string()
}

impl From<UppyPart> for UploadedPart {
    fn from(part: UppyPart) -> Self {
        Self {
            number: part.part_number.get(),
            etag: part.etag.into_string(),
            checksum: None,
        }
    }
}
