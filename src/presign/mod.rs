//! Presigned S3 URLs: [AWS Signature Version 4 in the query string][spec].
//!
//! [`ObjectUrl`] says where an object is, [`Operation`] what is done with it, [`Query`] and [`Headers`] how;
//! [`Signer`] signs for one session, day and region: URLs, browser forms ([`PostPolicy`]) and requests of
//! the worker's own.
//!
//! [spec]: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html

mod access_point;
mod authorization;
mod endpoint;
mod header_form;
mod header_rules;
mod header_table;
mod headers;
mod location;
mod object_url;
mod operation;
mod post_policy;
mod query;
mod regional;
mod signer;
mod signers;

pub use endpoint::{AddressingStyle, Endpoint, InvalidEndpoint};
pub use header_form::{HTTP_DATE, is_http_date};
pub use header_rules::{Misfit, check};
pub use header_table::header_names;
pub use headers::{Headers, InvalidHeader, SENDABLE, is_sendable};
pub use location::{Location, Misplaced, Place};
pub use object_url::{BucketUrl, ObjectUrl};
pub use operation::Operation;
pub use post_policy::{ContentType, FILENAME, Form, PostPolicy};
pub use query::Query;
pub use regional::Variant;
pub use signer::{MAX_LIFETIME_SECS, Presign, Signer, SigningFailed};
pub use signers::Signers;
