//! Paths and methods.

use http::Method;

use super::request::MAX_BODY_BYTES;
use crate::error::Error;
use crate::presign::Operation;

const LINK: &str = "/c/";
const SIGN: &str = "/v1/sign";
const LINKS: &str = "/v1/links";
const OBJECT: &str = "/o/";
const HEALTH: &str = "/healthz";
const READY: &str = "/readyz";

/// Where a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route<'r> {
    /// `POST /v1/sign`.
    Sign,
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
        match (path, method) {
            (SIGN, &Method::POST) => Ok(Self::Sign),
            (LINKS, &Method::POST) => Ok(Self::Links),
            (SIGN | LINKS, _) => Err(Error::MethodNotAllowed { allow: "POST" }),
            (HEALTH, &Method::GET | &Method::HEAD) => Ok(Self::Health),
            (READY, &Method::GET | &Method::HEAD) => Ok(Self::Ready),
            (HEALTH | READY, _) => Err(Error::MethodNotAllowed { allow: "GET, HEAD" }),
            _ => Err(Error::NoSuchRoute),
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
    (method == Method::POST && matches!(path, SIGN | LINKS)).then_some(MAX_BODY_BYTES)
}
