//! What STS and S3 have in common: credentials, endpoints, XML, and the way they fail.

mod causes;
mod caution;
mod credentials;
mod endpoint;
pub mod failure;
mod regional;
mod signature;
pub mod xml;

use http::HeaderName;

pub(crate) use causes::causes;
pub use credentials::Credentials;
pub use endpoint::{Endpoint, InvalidEndpoint};
pub use failure::{
    BUCKET_REGION, Cause, Diagnosis, Refusal, S3_REQUEST_ID, STS_REQUEST_ID, ServiceError,
};
pub use regional::{EndpointVariant, Partition};
pub use signature::signed_post;

/// The response header in which S3 returns the version of an object.
pub const VERSION_ID: HeaderName = HeaderName::from_static("x-amz-version-id");
