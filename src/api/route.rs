//! Paths and methods.

use http::Method;

use super::multipart::{MAX_COMPLETE_BYTES, MAX_SIGN_PARTS_BYTES};
use super::{MAX_BATCH_BYTES, MAX_BODY_BYTES};
use crate::error::Error;
use crate::presign::Operation;

const LINK: &str = "/c/";
const OBJECT: &str = "/o/";
const OBJECT_METHODS: &str = "GET, HEAD, PUT, DELETE";

/// How the document writes paths of objects.
pub const OBJECT_TEMPLATE: &str = "/o/{profile}/{key}";

/// Every path but those of objects, and where a request for it goes.
pub const PATHS: [(&str, Route<'static>); 12] = [
    ("/v1/sign", Route::Sign),
    ("/v1/sign/batch", Route::SignBatch),
    ("/v1/post-policy", Route::PostPolicy),
    ("/v1/multipart", Route::Multipart(Step::Create)),
    ("/v1/multipart/sign", Route::Multipart(Step::Sign)),
    ("/v1/multipart/list", Route::Multipart(Step::List)),
    ("/v1/multipart/complete", Route::Multipart(Step::Complete)),
    ("/v1/multipart/abort", Route::Multipart(Step::Abort)),
    ("/v1/links", Route::Links),
    ("/healthz", Route::Health),
    ("/readyz", Route::Ready),
    ("/openapi.json", Route::OpenApi),
];

/// Where a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route<'r> {
    /// `POST /v1/sign`.
    Sign,
    /// `POST /v1/sign/batch`.
    SignBatch,
    /// `POST /v1/post-policy`.
    PostPolicy,
    /// `POST /v1/multipart…`.
    Multipart(Step),
    /// `GET HEAD PUT DELETE /o/{profile}/{key…}`.
    Object(ObjectPath<'r>),
    /// `POST /v1/links`.
    Links,
    /// `GET HEAD /healthz`.
    Health,
    /// `GET HEAD /readyz`.
    Ready,
    /// `GET HEAD /openapi.json`.
    OpenApi,
}

/// An object as a path names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObjectPath<'r> {
    /// What is signed: the operation of the incoming method.
    pub operation: Operation,
    /// First segment.
    pub profile: &'r str,
    /// All the rest, still encoded.
    pub encoded_key: &'r str,
}

impl<'r> Route<'r> {
    /// The route for `method` on `path`, which is still encoded.
    ///
    /// # Errors
    /// [`Error::NoSuchRoute`] and [`Error::MethodNotAllowed`].
    pub fn of(method: &Method, path: &'r str) -> Result<Self, Error> {
        if let Some(rest) = path.strip_prefix(OBJECT) {
            let (profile, encoded_key) = rest.split_once('/').ok_or(Error::NoSuchRoute)?;
            let allow = OBJECT_METHODS;
            let operation =
                Operation::of_method(method).ok_or(Error::MethodNotAllowed { allow })?;
            return Ok(Self::Object(ObjectPath {
                operation,
                profile,
                encoded_key,
            }));
        }
        let found = PATHS.iter().find(|(known, _)| *known == path);
        let (_, route) = found.ok_or(Error::NoSuchRoute)?;
        let allow = route.allow();
        let allowed = allow.split(", ").any(|known| known == method.as_str());
        allowed
            .then_some(*route)
            .ok_or(Error::MethodNotAllowed { allow })
    }

    /// The methods that its path has, as the header `Allow` lists them.
    pub fn allow(&self) -> &'static str {
        match self {
            Self::Sign | Self::SignBatch | Self::PostPolicy | Self::Multipart(_) | Self::Links => {
                "POST"
            }
            Self::Object(_) => OBJECT_METHODS,
            Self::Health | Self::Ready | Self::OpenApi => "GET, HEAD",
        }
    }
}

/// One step of an upload in parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// `/v1/multipart`.
    Create,
    /// `/v1/multipart/sign`.
    Sign,
    /// `/v1/multipart/list`.
    List,
    /// `/v1/multipart/complete`.
    Complete,
    /// `/v1/multipart/abort`.
    Abort,
}

impl Step {
    /// The longest body, in bytes.
    pub fn body_limit_bytes(self) -> usize {
        match self {
            Self::Complete => MAX_COMPLETE_BYTES,
            Self::Sign => MAX_SIGN_PARTS_BYTES,
            Self::Create | Self::List | Self::Abort => MAX_BODY_BYTES,
        }
    }
}

/// Takes `/c/{capability}` off the front of `path`.
pub fn split_capability(path: &str) -> (Option<&str>, &str) {
    let rest = path.strip_prefix(LINK);
    match rest.and_then(|rest| Some((rest, rest.find('/')?))) {
        Some((rest, end)) => {
            let (capability, path) = rest.split_at(end);
            (Some(capability), path)
        }
        None => (None, path),
    }
}

/// How many bytes of body the route takes; `None` where the body is not read at all.
pub fn body_limit_bytes(method: &Method, path: &str) -> Option<usize> {
    let (_, path) = split_capability(path);
    match Route::of(method, path).ok()? {
        Route::Sign | Route::PostPolicy | Route::Links => Some(MAX_BODY_BYTES),
        Route::SignBatch => Some(MAX_BATCH_BYTES),
        Route::Multipart(step) => Some(step.body_limit_bytes()),
        Route::Object(_) | Route::Health | Route::Ready | Route::OpenApi => None,
    }
}
