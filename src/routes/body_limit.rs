//! How much of a request's body is read.

use http::Method;

use super::batch::MAX_BATCH_BYTES;
use super::multipart;
use super::table::{ProtectedRoute, Route, split_capability};
use crate::api::MAX_BODY_BYTES;

/// Longest body of a request, in bytes; `None` where the body is not read at all.
pub fn body_limit_bytes(method: &Method, path: &str) -> Option<usize> {
    let (_, path) = split_capability(path);
    let Route::Protected(route) = Route::of(method, path).ok()? else {
        return None;
    };
    match route {
        ProtectedRoute::Sign | ProtectedRoute::PostPolicy | ProtectedRoute::Links => {
            Some(MAX_BODY_BYTES)
        }
        ProtectedRoute::SignBatch => Some(MAX_BATCH_BYTES),
        ProtectedRoute::Multipart(step) => Some(multipart::body_limit_bytes(step)),
        ProtectedRoute::Object(_) => None,
    }
}
