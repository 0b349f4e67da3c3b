//! The table of routes: from path and method to route.

use http::Method;

use super::issuer::IssuerDocument;
use super::token::TOKEN_PATH;
use super::uppy::path::{PREFIX as UPPY, UppyRoute};
use crate::api::RequestError;
use crate::api::error::ErrorFormat;
use crate::oidc::documents::{KEYS_PATH, METADATA_PATH};
use crate::presign::Operation;

const LINK: &str = "/c/";
const OBJECT: &str = "/o/";
const CREDENTIALS: &str = "/v1/credentials/";
const STS_PATH: &str = "/sts";
const LFS: &str = "/lfs/";
const OBJECT_METHODS: &str = "GET, HEAD, PUT, DELETE";

/// The path of objects in the OpenAPI document.
pub const OBJECT_TEMPLATE: &str = "/o/{profile}/{key}";

/// The path of credentials in the OpenAPI document.
pub const CREDENTIALS_TEMPLATE: &str = "/v1/credentials/{profile}";

/// The path of the batches of git-lfs in the OpenAPI document.
pub const LFS_TEMPLATE: &str = "/lfs/{profile}/objects/batch";

/// Every path except those with a profile in them, and its route.
pub const PATHS: [(&str, Route<'static>); 18] = [
    ("/v1/sign", Route::Protected(ProtectedRoute::Sign)),
    (
        "/v1/sign/batch",
        Route::Protected(ProtectedRoute::SignBatch),
    ),
    (
        "/v1/post-policy",
        Route::Protected(ProtectedRoute::PostPolicy),
    ),
    ("/v1/multipart", step(Step::Create)),
    ("/v1/multipart/sign", step(Step::Sign)),
    ("/v1/multipart/list", step(Step::List)),
    ("/v1/multipart/complete", step(Step::Complete)),
    ("/v1/multipart/abort", step(Step::Abort)),
    (
        "/v1/uploads/confirm",
        Route::Protected(ProtectedRoute::ConfirmUpload),
    ),
    ("/v1/links", Route::Protected(ProtectedRoute::Links)),
    (STS_PATH, Route::Public(PublicRoute::Sts)),
    (TOKEN_PATH, Route::Public(PublicRoute::Token)),
    ("/v1/doctor", Route::Protected(ProtectedRoute::Doctor)),
    ("/healthz", Route::Public(PublicRoute::Health)),
    ("/readyz", Route::Public(PublicRoute::Ready)),
    ("/openapi.json", Route::Public(PublicRoute::OpenApi)),
    (METADATA_PATH, issuer(IssuerDocument::Metadata)),
    (KEYS_PATH, issuer(IssuerDocument::Keys)),
];

const fn step(step: Step) -> Route<'static> {
    Route::Protected(ProtectedRoute::Multipart(step))
}

const fn issuer(document: IssuerDocument) -> Route<'static> {
    Route::Public(PublicRoute::Issuer(document))
}

/// The route of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route<'r> {
    /// Requests need no credential.
    Public(PublicRoute),
    /// Requests need what a profile asks for.
    Protected(ProtectedRoute<'r>),
}

/// A route whose requests need no credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublicRoute {
    /// `GET HEAD /healthz`.
    Health,
    /// `GET HEAD /readyz`. A credential is checked, because an admin is told more.
    Ready,
    /// `GET HEAD /openapi.json`.
    OpenApi,
    /// `GET HEAD /.well-known/…`, where the worker is an OIDC issuer.
    Issuer(IssuerDocument),
    /// `POST /sts`, where credentials are vended. The token in the body proves itself.
    Sts,
    /// `PUT /v1/token`, where tokens may be pushed. The token in the body proves itself.
    Token,
}

/// A route whose requests need what a profile asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProtectedRoute<'r> {
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
    /// `GET /v1/credentials/{profile}`, with the profile.
    Credentials(&'r str),
    /// `POST /lfs/{profile}/objects/batch`.
    LfsBatch {
        /// The profile.
        profile: &'r str,
    },
    /// `POST /v1/uploads/confirm`.
    ConfirmUpload,
    /// `POST /v1/links`.
    Links,
    /// `GET /v1/doctor`, for admins.
    Doctor,
    /// `/uppy/{profile}/…`.
    Uppy(UppyRoute<'r>),
}

/// The object in a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObjectPath<'r> {
    /// The operation of the request's method.
    pub operation: Operation,
    /// The profile: the first segment.
    pub profile: &'r str,
    /// The key: the rest, still encoded.
    pub encoded_key: &'r str,
}

impl<'r> Route<'r> {
    /// The route for `method` on `path`, which is still encoded.
    ///
    /// # Errors
    /// [`RequestError::NoSuchRoute`] and [`RequestError::MethodNotAllowed`].
    pub fn of(method: &Method, path: &'r str) -> Result<Self, RequestError> {
        if let Some(rest) = path.strip_prefix(OBJECT) {
            let (profile, encoded_key) = rest.split_once('/').ok_or(RequestError::NoSuchRoute)?;
            let allow = OBJECT_METHODS;
            let operation =
                Operation::of_method(method).ok_or(RequestError::MethodNotAllowed { allow })?;
            return Ok(Self::Protected(ProtectedRoute::Object(ObjectPath {
                operation,
                profile,
                encoded_key,
            })));
        }
        let known = PATHS.iter().find(|(known, _)| *known == path);
        let route = match known {
            Some((_, route)) => *route,
            None => Self::beyond_paths(method, path)?,
        };
        let allow = route.allow();
        if allow == method.as_str() || lists(allow, method) {
            Ok(route)
        } else {
            Err(RequestError::MethodNotAllowed { allow })
        }
    }

    /// The route for a path that is neither that of an object nor one of [`PATHS`].
    // Not inlined, because most requests are for one of those.
    #[inline(never)]
    fn beyond_paths(method: &Method, path: &'r str) -> Result<Self, RequestError> {
        let route = if let Some(rest) = path.strip_prefix(LFS) {
            return lfs(rest);
        } else if let Some(rest) = path.strip_prefix(UPPY) {
            Self::Protected(ProtectedRoute::Uppy(UppyRoute::of(method, rest)?))
        } else if let Some(profile) = path.strip_prefix(CREDENTIALS)
            && !profile.contains('/')
        {
            Self::Protected(ProtectedRoute::Credentials(profile))
        } else if is_of_sts(path) {
            Self::Public(PublicRoute::Sts)
        } else {
            return Err(RequestError::NoSuchRoute);
        };
        Ok(route)
    }

    /// The methods of its path, as in the header `Allow`.
    pub fn allow(&self) -> &'static str {
        match self {
            Self::Public(PublicRoute::Token) => "PUT",
            Self::Public(PublicRoute::Sts) => "POST",
            Self::Public(_) => "GET, HEAD",
            Self::Protected(ProtectedRoute::Object(_)) => OBJECT_METHODS,
            Self::Protected(ProtectedRoute::Doctor | ProtectedRoute::Credentials(_)) => "GET",
            Self::Protected(ProtectedRoute::Uppy(route)) => route.allow(),
            Self::Protected(_) => "POST",
        }
    }
}

/// Whether `method` is one of several in `allow`.
// Not inlined, because most paths have one method.
#[inline(never)]
fn lists(allow: &str, method: &Method) -> bool {
    allow.split(", ").any(|known| known == method.as_str())
}

/// The route of git-lfs at `rest`, which follows [`LFS`]. Locks are said not to exist: any other answer would stop a push.
fn lfs(rest: &str) -> Result<Route<'_>, RequestError> {
    let (profile, path) = rest.split_once('/').ok_or(RequestError::NoSuchRoute)?;
    match path {
        "objects/batch" => Ok(Route::Protected(ProtectedRoute::LfsBatch { profile })),
        _ if path == "locks" || path.starts_with("locks/") => Err(RequestError::NoLocks),
        _ => Err(RequestError::NoSuchRoute),
    }
}

/// Whether `path` is that of STS, to which clients append a slash.
fn is_of_sts(path: &str) -> bool {
    path.strip_suffix('/').unwrap_or(path) == STS_PATH
}

/// The form of errors at `path`.
pub fn error_format(path: &str) -> ErrorFormat {
    if path.starts_with(LFS) {
        ErrorFormat::GitLfs
    } else if path.starts_with(UPPY) {
        ErrorFormat::Companion
    } else if path.starts_with(CREDENTIALS) {
        ErrorFormat::Credentials
    } else if is_of_sts(path) {
        ErrorFormat::Sts
    } else {
        ErrorFormat::Problem
    }
}

/// A step of a multipart upload.
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

/// Splits `/c/{capability}` from the beginning of `path`.
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
