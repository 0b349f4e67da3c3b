//! The operations of S3 that can be signed.

use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An [operation of S3][list] by its own name, in camel case.
///
/// [list]: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Operation {
    /// `GET`: read the object.
    GetObject,
    /// `HEAD`: read the object's metadata.
    HeadObject,
    /// `PUT`: upload the object.
    PutObject,
    /// `DELETE`: delete the object.
    DeleteObject,
    /// `POST`: begin a multipart upload.
    CreateMultipartUpload,
    /// `PUT`: upload one part.
    UploadPart,
    /// `POST`: assemble the object from its parts.
    CompleteMultipartUpload,
    /// `DELETE`: abort the upload and delete its parts.
    AbortMultipartUpload,
    /// `GET`: list the uploaded parts.
    ListParts,
    /// `GET`: list the keys that begin with a prefix.
    ListObjectsV2,
}

impl Operation {
    /// All operations.
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

    /// Whether it is about an upload: of an object, or a step of one in parts.
    pub fn is_of_upload(self) -> bool {
        match self {
            Self::PutObject
            | Self::CreateMultipartUpload
            | Self::UploadPart
            | Self::CompleteMultipartUpload
            | Self::AbortMultipartUpload
            | Self::ListParts => true,
            Self::GetObject | Self::HeadObject | Self::DeleteObject | Self::ListObjectsV2 => false,
        }
    }

    /// Whether it reads an object or its metadata.
    pub fn reads_object(self) -> bool {
        matches!(self, Self::GetObject | Self::HeadObject)
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
