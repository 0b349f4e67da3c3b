//! What STS and S3 have in common: their XML, how they refuse, and how often they are asked again.

pub mod failure;
pub mod retry;
pub mod xml;

pub use failure::{Cause, Failure, Finding, Refusal, S3_REQUEST_ID, STS_REQUEST_ID};
use http::HeaderName;

/// Where S3 says which version of an object it made.
pub const VERSION_ID: HeaderName = HeaderName::from_static("x-amz-version-id");
