//! Paths and methods.

use http::Method;

use super::multipart::{MAX_COMPLETE_BYTES, MAX_SIGN_PARTS_BYTES};
use super::{MAX_BATCH_BYTES, MAX_BODY_BYTES};
use crate::error::Error;
use crate::presign::Operation;

const LINK: &str = "/c/";
const SIGN: &str = "/v1/sign";
const SIGN_BATCH: &str = "/v1/sign/batch";
const POST_POLICY: &str = "/v1/post-policy";
const MULTIPART: &str = "/v1/multipart";
const LINKS: &str = "/v1/links";
const OBJECT: &str = "/o/";
const HEALTH: &str = "/healthz";
const READY: &str = "/readyz";

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
            let allow = "GET, HEAD, PUT, DELETE";
            let operation =
                Operation::of_method(method).ok_or(Error::MethodNotAllowed { allow })?;
            return Ok(Self::Object(ObjectPath {
                operation,
                profile,
                encoded_key,
            }));
        }
        if let Some(step) = path.strip_prefix(MULTIPART) {
            let step = Step::of(step).ok_or(Error::NoSuchRoute)?;
            let posted = method == Method::POST;
            let route = posted.then_some(Self::Multipart(step));
            return route.ok_or(Error::MethodNotAllowed { allow: "POST" });
        }
        match (path, method) {
            (SIGN, &Method::POST) => Ok(Self::Sign),
            (SIGN_BATCH, &Method::POST) => Ok(Self::SignBatch),
            (POST_POLICY, &Method::POST) => Ok(Self::PostPolicy),
            (LINKS, &Method::POST) => Ok(Self::Links),
            (SIGN | SIGN_BATCH | POST_POLICY | LINKS, _) => {
                Err(Error::MethodNotAllowed { allow: "POST" })
            }
            (HEALTH, &Method::GET | &Method::HEAD) => Ok(Self::Health),
            (READY, &Method::GET | &Method::HEAD) => Ok(Self::Ready),
            (HEALTH | READY, _) => Err(Error::MethodNotAllowed { allow: "GET, HEAD" }),
            _ => Err(Error::NoSuchRoute),
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
    /// The step that the rest of the path names.
    fn of(rest: &str) -> Option<Self> {
        match rest {
            "" => Some(Self::Create),
            "/sign" => Some(Self::Sign),
            "/list" => Some(Self::List),
            "/complete" => Some(Self::Complete),
            "/abort" => Some(Self::Abort),
            _ => None,
        }
    }

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
        Route::Object(_) | Route::Health | Route::Ready => None,
    }
}
