//! The paths of Uppy.

use http::Method;

use crate::api::RequestError;
use crate::presign::Operation;

/// What the paths of all these routes begin with.
pub const PREFIX: &str = "/uppy/";

/// All paths of Uppy, as in the OpenAPI document.
pub const UPPY_TEMPLATES: [&str; 7] = [
    "/uppy/{profile}/s3/params",
    "/uppy/{profile}/s3/multipart",
    "/uppy/{profile}/s3/multipart/{uploadId}",
    "/uppy/{profile}/s3/multipart/{uploadId}/{partNumber}",
    "/uppy/{profile}/s3/multipart/{uploadId}/complete",
    "/uppy/{profile}/sign",
    "/uppy/{profile}/credentials",
];

/// A route of Uppy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UppyRoute<'r> {
    /// The profile.
    pub profile: &'r str,
    /// What is to be done.
    pub step: UppyStep<'r>,
}

/// What Uppy asks for. An upload is named by its handle, and a part by its number, still as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UppyStep<'r> {
    /// `GET s3/params`: a form for a whole file.
    Params,
    /// `POST s3/multipart`.
    Create,
    /// `GET s3/multipart/{uploadId}`.
    List(&'r str),
    /// `GET s3/multipart/{uploadId}/{partNumber}`: a URL for a part.
    Part(&'r str, &'r str),
    /// `POST s3/multipart/{uploadId}/complete`.
    Complete(&'r str),
    /// `DELETE s3/multipart/{uploadId}`.
    Abort(&'r str),
    /// `POST sign`: a URL or form for any request that Uppy itself sends to S3.
    Sign,
    /// `GET credentials`: with which Uppy itself signs its requests to S3.
    Credentials,
}

impl<'r> UppyRoute<'r> {
    /// The route of the path that begins with [`PREFIX`] and goes on with `rest`. `method` tells the two of one path apart; whether
    /// the route [allows](Self::allow) it is not looked at.
    ///
    /// # Errors
    /// [`RequestError::NoSuchRoute`].
    pub fn of(method: &Method, rest: &'r str) -> Result<Self, RequestError> {
        let mut segments = rest.splitn(6, '/');
        let profile = segments.next().unwrap_or_default();
        let segments: Vec<&str> = segments.collect();
        let step = match segments.as_slice() {
            ["sign"] => UppyStep::Sign,
            ["credentials"] => UppyStep::Credentials,
            ["s3", "params"] => UppyStep::Params,
            ["s3", "multipart"] => UppyStep::Create,
            ["s3", "multipart", id] if *method == Method::DELETE => UppyStep::Abort(id),
            ["s3", "multipart", id] => UppyStep::List(id),
            ["s3", "multipart", id, "complete"] => UppyStep::Complete(id),
            ["s3", "multipart", id, number] => UppyStep::Part(id, number),
            _ => return Err(RequestError::NoSuchRoute),
        };
        Ok(Self { profile, step })
    }

    /// The methods of its path, as in the header `Allow`.
    pub fn allow(&self) -> &'static str {
        match self.step {
            UppyStep::Params | UppyStep::Part(..) | UppyStep::Credentials => "GET",
            UppyStep::List(_) | UppyStep::Abort(_) => "GET, DELETE",
            UppyStep::Create | UppyStep::Complete(_) | UppyStep::Sign => "POST",
        }
    }

    /// The operation of S3; `None` where the body says which one it is, and for credentials.
    pub fn operation(&self) -> Option<Operation> {
        Some(match self.step {
            UppyStep::Params => Operation::PutObject,
            UppyStep::Create => Operation::CreateMultipartUpload,
            UppyStep::List(_) => Operation::ListParts,
            UppyStep::Part(..) => Operation::UploadPart,
            UppyStep::Complete(_) => Operation::CompleteMultipartUpload,
            UppyStep::Abort(_) => Operation::AbortMultipartUpload,
            UppyStep::Sign | UppyStep::Credentials => return None,
        })
    }
}
