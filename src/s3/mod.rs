//! What the worker itself asks of [S3's API][api]: to create, list, complete and abort uploads, and to look at and read
//! objects.
//!
//! [`request`] composes the calls, [`call`] makes them, [`response`] reads the responses, [`read`] reads objects, and
//! [`failure`] maps every error to one cause and one fix.
//!
//! [api]: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html

pub mod call;
mod causes;
mod checksum;
pub mod etag;
pub mod failure;
mod object;
pub mod read;
pub mod request;
pub mod response;

pub use causes::Cause;
pub use checksum::{Checksum, ChecksumType, Checksums};
pub use failure::S3Error;
pub use object::ObjectMetadata;
