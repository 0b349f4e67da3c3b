//! Which bodies are read, and how much of them. Nothing is read before the request is authenticated.

use http::HeaderMap;
use http::header::{AUTHORIZATION, CONTENT_TYPE};

use super::batch::MAX_BATCH_BYTES;
use super::lfs::MAX_LFS_BYTES;
use super::multipart;
use super::table::ProtectedRoute;
use crate::api::MAX_BODY_BYTES;

use crate::callers::{Principal, has_bearer_scheme};
use crate::json::FieldError;
use crate::presign::Operation;
use crate::profiles::{AccessError, Profile, Profiles};

/// Longest body of a request without a credential, in bytes.
pub const MAX_ANONYMOUS_BODY_BYTES: usize = 64 * 1024;

/// The longest body of a request of `principal` for `route`, in bytes; `None` where the body is not read at all.
///
/// # Errors
/// [`AccessError::CredentialRequired`] for an anonymous principal, when no profile opens the route to everybody.
pub fn body_limit(
    route: &ProtectedRoute<'_>,
    principal: &Principal,
    profiles: &Profiles,
) -> Result<Option<usize>, AccessError> {
    let max_bytes = match route {
        ProtectedRoute::Object(_) | ProtectedRoute::Doctor | ProtectedRoute::Credentials(_) => {
            return Ok(None);
        }
        ProtectedRoute::Sign
        | ProtectedRoute::PostPolicy
        | ProtectedRoute::ConfirmUpload
        | ProtectedRoute::Links => MAX_BODY_BYTES,
        ProtectedRoute::SignBatch => MAX_BATCH_BYTES,
        ProtectedRoute::LfsBatch { .. } => MAX_LFS_BYTES,
        ProtectedRoute::Multipart(step) => multipart::body_limit_bytes(*step),
        ProtectedRoute::Uppy(route) => match route.body_limit_bytes() {
            Some(max_bytes) => max_bytes,
            None => return Ok(None),
        },
    };
    if matches!(principal, Principal::Anonymous) {
        anonymous_limit(route, max_bytes, profiles).map(Some)
    } else {
        Ok(Some(max_bytes))
    }
}

// Not inlined, because most requests have a credential.
#[inline(never)]
fn anonymous_limit(
    route: &ProtectedRoute<'_>,
    max_bytes: usize,
    profiles: &Profiles,
) -> Result<usize, AccessError> {
    if profiles.open().any(|profile| serves(profile, route)) {
        Ok(max_bytes.min(MAX_ANONYMOUS_BODY_BYTES))
    } else {
        Err(AccessError::CredentialRequired)
    }
}

/// Whether `profile` allows something that `route` does.
fn serves(profile: &Profile, route: &ProtectedRoute<'_>) -> bool {
    let operation = match route {
        ProtectedRoute::PostPolicy => Some(Operation::PutObject),
        ProtectedRoute::Multipart(step) => Some(multipart::operation(*step)),
        ProtectedRoute::LfsBatch { profile: name } if profile.name != *name => return false,
        ProtectedRoute::Uppy(route) if profile.name != route.profile => return false,
        ProtectedRoute::Uppy(_) if profile.uppy.is_none() => return false,
        ProtectedRoute::Uppy(route) => route.operation(),
        ProtectedRoute::ConfirmUpload if profile.receipt_audience.is_none() => return false,
        ProtectedRoute::ConfirmUpload => Some(Operation::HeadObject),
        ProtectedRoute::Sign
        | ProtectedRoute::SignBatch
        | ProtectedRoute::LfsBatch { .. }
        | ProtectedRoute::Links
        | ProtectedRoute::Doctor
        | ProtectedRoute::Credentials(_)
        | ProtectedRoute::Object(_) => None,
    };
    operation.is_none_or(|operation| profile.operations.contains(&operation))
}

/// Checks that a script sent the request, where a browser may have added the credential on its own.
///
/// A proxy such as Cloudflare Access turns a cookie into a header, and a browser remembers a password for `Basic`. The
/// pages of any site can then send a form with the visitor's credential, but only as a form or as plain text: for JSON
/// the browser asks first whether the page's origin may do that
/// ([CORS](https://fetch.spec.whatwg.org/#cors-safelisted-request-header)).
///
/// # Errors
/// [`FieldError`] for a body that is neither `application/json` nor JSON of git-lfs, when the credential is not a `Bearer` one in
/// `Authorization`.
pub fn check_content_type(
    route: &ProtectedRoute<'_>,
    principal: &Principal,
    headers: &HeaderMap,
) -> Result<(), FieldError> {
    let has_no_body = match route {
        ProtectedRoute::Object(_) | ProtectedRoute::Doctor | ProtectedRoute::Credentials(_) => true,
        ProtectedRoute::Uppy(route) => route.body_limit_bytes().is_none(),
        _ => false,
    };
    let is_caller = matches!(principal, Principal::Caller { .. });
    let authorization = headers.get(AUTHORIZATION);
    let is_bearer = authorization.is_some_and(|it| has_bearer_scheme(it.as_bytes()));
    if has_no_body || !is_caller || is_bearer || has_json(headers) {
        Ok(())
    } else {
        let reason = "must be application/json, because the credential is not a Bearer one";
        Err(FieldError::new("content-type", reason))
    }
}

/// Whether the body is said to be `application/json` or JSON of git-lfs.
// Not inlined, because most callers have a bearer key.
#[inline(never)]
fn has_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok());
    let essence = content_type.unwrap_or_default().split(';').next();
    let is_json = |essence: &str| {
        let mut types = ["application/json", "application/vnd.git-lfs+json"].iter();
        types.any(|json| essence.trim().eq_ignore_ascii_case(json))
    };
    essence.is_some_and(is_json)
}
