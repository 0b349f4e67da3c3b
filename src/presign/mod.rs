//! Presigned S3 URLs: [AWS Signature Version 4 in the query string][spec].
//!
//! [`ObjectUrl`] says where an object is, [`Signer`] signs for one session, day and region.
//!
//! [spec]: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html

mod endpoint;
mod object_url;
mod operation;
mod regional;
mod signer;

pub use endpoint::{AddressingStyle, Endpoint, InvalidEndpoint};
pub use object_url::{ObjectUrl, is_dns_label};
pub use operation::Operation;
pub use regional::Variant;
pub use signer::{MAX_LIFETIME, Signer, SigningFailed};
