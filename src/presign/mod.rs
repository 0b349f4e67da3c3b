//! Presigned S3 URLs: [AWS Signature Version 4 in the query string][spec].
//!
//! [`ObjectUrl`] says where an object is, [`Operation`] what is done with it, [`Query`] and [`Headers`] how.
//! [`Signer`] signs for one session, day and region: URLs, browser forms ([`PostPolicy`]), and the requests that
//! the worker itself sends to S3. [`check`] refuses headers that S3 would refuse everywhere, [`Store`] those
//! that this store would, and [`UploadLimit`] bounds what may be uploaded.
//!
//! [spec]: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html

mod access_point;
mod authorization;
mod header_form;
mod header_rules;
mod header_table;
mod headers;
mod location;
mod object_url;
mod operation;
mod post_policy;
mod query;
mod signer;
mod signer_cache;
mod store_rules;
mod tags;
mod upload_limit;

pub use header_form::{HTTP_DATE, is_http_date, whole_number};
pub use header_rules::check;
pub use header_table::{SUCCESS_REDIRECT, header_names, is_closed, is_header_of};
pub use headers::{FormFields, Headers, InvalidHeader, SENDABLE, is_sendable};
pub use location::{AddressingStyle, BucketLocation, Location};
pub use object_url::{BucketUrl, ObjectUrl, R2_DOMAIN};
pub use operation::Operation;
pub use post_policy::{ContentType, FILENAME, Form, PostPolicy};
pub use query::Query;
pub use signer::{MAX_LIFETIME_SECS, S3Request, Signer, SigningError};
pub use signer_cache::SignerCache;
pub use store_rules::{MAX_PUT_BYTES, Store};
pub use tags::of_xml as tags_of_xml;
pub use upload_limit::{UploadLimit, checksum_headers, is_media_type};
