//! A request for the transfer of some objects.

use schemars::JsonSchema;
use serde::Deserialize;

use super::response::ObjectError;
use super::{MAX_LFS_OBJECTS, response};
use crate::presign::Operation;

/// A batch. Members that are not here are ignored, as clients send more from version to version.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub struct LfsBatchRequest {
    /// What is to be done with the objects.
    pub operation: LfsOperation,
    /// The transfers that the client knows, `basic` among them. Default: `basic` alone.
    pub transfers: Option<Vec<String>>,
    /// The algorithm of the hashes that name the objects: `sha256`. Default: that.
    pub hash_algo: Option<String>,
    /// The objects, at most 100.
    #[schemars(length(max = MAX_LFS_OBJECTS))]
    pub objects: Vec<LfsPointer>,
}

/// What is to be done with objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LfsOperation {
    /// From S3 to the client.
    Download,
    /// From the client to S3.
    Upload,
}

/// An object as the pointer in a Git repository describes it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub struct LfsPointer {
    /// Its SHA-256: 64 lowercase hexadecimal digits. Any other text is an error of this object alone.
    pub oid: String,
    /// Its size, in bytes.
    pub size: u64,
}

impl LfsOperation {
    /// S3's operation for it.
    pub fn of_s3(self) -> Operation {
        match self {
            Self::Download => Operation::GetObject,
            Self::Upload => Operation::PutObject,
        }
    }
}

impl LfsBatchRequest {
    /// What the client asks for that the worker does not have, which is an error of each object.
    pub(super) fn unsupported(&self) -> Option<ObjectError> {
        let hash_algo = self.hash_algo.as_deref();
        if hash_algo.is_some_and(|it| it != response::HASH_ALGO) {
            return Some(ObjectError::new(409, "hash_algo: must be sha256"));
        }
        let has_basic = |them: &[String]| them.iter().any(|it| it == response::TRANSFER);
        if self.transfers.as_deref().is_some_and(|it| !has_basic(it)) {
            return Some(ObjectError::new(422, "transfers: must have basic"));
        }
        None
    }
}

impl LfsPointer {
    /// The SHA-256 that names it; `None` unless it is 64 lowercase digits, so that one object has one key.
    pub(super) fn sha256(&self) -> Option<[u8; 32]> {
        let mut sha256 = [0; 32];
        let is_lowercase = !self.oid.bytes().any(|byte| byte.is_ascii_uppercase());
        let decoded = hex::decode_to_slice(&self.oid, &mut sha256);
        (is_lowercase && decoded.is_ok()).then_some(sha256)
    }
}
