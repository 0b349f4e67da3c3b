//! What a URL does.

use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::json::{Json, Member, list};

/// An [operation of S3][list], by its own name in camel case.
///
/// [list]: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Operation {
    /// `GET`: the object.
    GetObject,
    /// `HEAD`: the object's metadata.
    HeadObject,
    /// `PUT`: upload the object.
    PutObject,
    /// `DELETE`: remove the object.
    DeleteObject,
    /// `POST`: begin an upload in parts.
    CreateMultipartUpload,
    /// `PUT`: one of its parts.
    UploadPart,
    /// `POST`: make the object of its parts.
    CompleteMultipartUpload,
    /// `DELETE`: give the upload up and remove its parts.
    AbortMultipartUpload,
    /// `GET`: the parts uploaded so far.
    ListParts,
    /// `GET`: the keys in the bucket that begin with a prefix.
    ListObjectsV2,
}

impl Operation {
    /// All there are.
    pub const ALL: [Self; 10] = [
        Self::GetObject,
        Self::HeadObject,
        Self::PutObject,
        Self::DeleteObject,
        Self::CreateMultipartUpload,
        Self::UploadPart,
        Self::CompleteMultipartUpload,
        Self::AbortMultipartUpload,
        Self::ListParts,
        Self::ListObjectsV2,
    ];

    /// The HTTP method that the URL is signed for.
    pub fn method(self) -> Method {
        match self {
            Self::GetObject | Self::ListParts | Self::ListObjectsV2 => Method::GET,
            Self::HeadObject => Method::HEAD,
            Self::PutObject | Self::UploadPart => Method::PUT,
            Self::DeleteObject | Self::AbortMultipartUpload => Method::DELETE,
            Self::CreateMultipartUpload | Self::CompleteMultipartUpload => Method::POST,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::GetObject => "getObject",
            Self::HeadObject => "headObject",
            Self::PutObject => "putObject",
            Self::DeleteObject => "deleteObject",
            Self::CreateMultipartUpload => "createMultipartUpload",
            Self::UploadPart => "uploadPart",
            Self::CompleteMultipartUpload => "completeMultipartUpload",
            Self::AbortMultipartUpload => "abortMultipartUpload",
            Self::ListParts => "listParts",
            Self::ListObjectsV2 => "listObjectsV2",
        }
    }

    /// The operation that `method` alone performs on an object.
    pub fn of_method(method: &Method) -> Option<Self> {
        match *method {
            Method::GET => Some(Self::GetObject),
            Method::HEAD => Some(Self::HeadObject),
            Method::PUT => Some(Self::PutObject),
            Method::DELETE => Some(Self::DeleteObject),
            _ => None,
        }
    }
}

impl Member for Operation {
    const FORM: &'static str = "an operation";

    fn from_json(json: Json) -> Option<Self> {
        let name = String::from_json(json)?;
        Self::ALL
            .into_iter()
            .find(|operation| operation.name() == name)
    }
}

impl Member for Vec<Operation> {
    const FORM: &'static str = "a list of getObject, headObject, putObject, deleteObject, \
        createMultipartUpload, uploadPart, completeMultipartUpload, abortMultipartUpload, listParts and \
        listObjectsV2";

    fn from_json(json: Json) -> Option<Self> {
        list(json)
    }
}
