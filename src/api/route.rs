//! Paths and methods.

use http::Method;

use super::{MAX_BATCH_BYTES, MAX_BODY_BYTES};
use crate::error::Error;
use crate::presign::Operation;

const SIGN: &str = "/v1/sign";
const SIGN_BATCH: &str = "/v1/sign/batch";
const POST_POLICY: &str = "/v1/post-policy";
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
    /// `GET HEAD PUT DELETE /o/{profile}/{key…}`.
    Object(ObjectPath<'r>),
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
        match (path, method) {
            (SIGN, &Method::POST) => Ok(Self::Sign),
            (SIGN_BATCH, &Method::POST) => Ok(Self::SignBatch),
            (POST_POLICY, &Method::POST) => Ok(Self::PostPolicy),
            (SIGN | SIGN_BATCH | POST_POLICY, _) => Err(Error::MethodNotAllowed { allow: "POST" }),
            (HEALTH, &Method::GET | &Method::HEAD) => Ok(Self::Health),
            (READY, &Method::GET | &Method::HEAD) => Ok(Self::Ready),
            (HEALTH | READY, _) => Err(Error::MethodNotAllowed { allow: "GET, HEAD" }),
            _ => Err(Error::NoSuchRoute),
        }
    }
}

/// How many bytes of body the route takes; `None` where the body is not read at all.
pub fn body_limit_bytes(method: &Method, path: &str) -> Option<usize> {
    match Route::of(method, path).ok()? {
        Route::Sign | Route::PostPolicy => Some(MAX_BODY_BYTES),
        Route::SignBatch => Some(MAX_BATCH_BYTES),
        Route::Object(_) | Route::Health | Route::Ready => None,
    }
}
