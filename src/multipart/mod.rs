//! [Multipart uploads][spec]: the worker itself creates, lists, completes and aborts them at S3, and clients upload
//! the parts with presigned URLs.
//!
//! A [`handle`] names an upload to the client; a [`plan`] divides an object of known size into parts. [`request`]
//! composes the calls, [`call`] makes them, [`response`] reads the responses, and [`failure`] maps every error to
//! one cause and one fix.
//!
//! [spec]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html

pub mod call;
mod causes;
mod checksum;
pub mod etag;
pub mod failure;
pub mod handle;
pub mod plan;
pub mod request;
pub mod response;

pub use causes::Cause;
pub use checksum::Checksum;
pub use failure::S3Error;
pub use handle::{Handle, HandleError};
pub use plan::Plan;

/// Highest [part number][limits]; the lowest is 1.
///
/// [limits]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
pub const MAX_PARTS: u16 = 10_000;
