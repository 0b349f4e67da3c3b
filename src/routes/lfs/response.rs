//! What a client does next with each object.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Answer, LfsPointer};
use crate::presign::Headers;
use crate::s3::failure::WITHHELD;

/// The one transfer: each object with one request.
pub(super) const TRANSFER: &str = "basic";

/// The one algorithm of the hashes that name objects.
pub(super) const HASH_ALGO: &str = "sha256";

/// The response: `200` even when there is an error of every object.
#[derive(Serialize, JsonSchema)]
pub struct LfsBatch {
    /// `basic`.
    transfer: &'static str,
    /// `sha256`.
    hash_algo: &'static str,
    /// The objects, in the order of the request.
    objects: Vec<BatchObject>,
}

/// One object of the request.
#[derive(Serialize, JsonSchema)]
pub struct BatchObject {
    /// Its SHA-256, as in the request.
    oid: String,
    /// Its size, in bytes, as in the request.
    size: u64,
    /// Always `true`: the client must not look for a credential to send to S3, which has its signature.
    authenticated: bool,
    /// What the client does next; absent when there is an error, and for an upload that S3 already has.
    #[serde(skip_serializing_if = "Option::is_none")]
    actions: Option<LfsActions>,
    /// Why the client cannot have the object, or may not send it.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ObjectError>,
}

/// The one action that the operation has.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LfsActions {
    /// A GET.
    Download(LfsAction),
    /// A PUT.
    Upload(LfsAction),
}

/// A request that the client sends to S3.
#[derive(Serialize, JsonSchema)]
pub struct LfsAction {
    /// The presigned URL.
    #[schemars(url)]
    pub(super) href: String,
    /// Headers that the client must send exactly like this.
    pub(super) header: Headers,
    /// Seconds from now to the instant at which the URL expires.
    pub(super) expires_in: u64,
}

/// An error of one object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ObjectError {
    /// What would be the HTTP status if it were alone.
    #[schemars(range(min = 400, max = 499))]
    code: u16,
    /// What git-lfs prints.
    message: Cow<'static, str>,
}

impl LfsBatch {
    pub(super) fn new(objects: Vec<BatchObject>) -> Self {
        Self {
            transfer: TRANSFER,
            hash_algo: HASH_ALGO,
            objects,
        }
    }
}

impl BatchObject {
    pub(super) fn new(pointer: LfsPointer, answer: Answer) -> Self {
        let (actions, error) = match answer {
            Answer::Actions(actions) => (Some(actions), None),
            Answer::Present => (None, None),
            Answer::Error(error) => (None, Some(error)),
        };
        Self {
            oid: pointer.oid,
            size: pointer.size,
            authenticated: true,
            actions,
            error,
        }
    }
}

impl ObjectError {
    /// An error with this status.
    pub(super) fn new(code: u16, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// There is no such object.
    pub(super) fn missing() -> Self {
        Self::new(404, "the object does not exist")
    }

    /// S3 does not say whether there is one.
    pub(super) fn withheld() -> Self {
        Self::new(403, WITHHELD)
    }
}
