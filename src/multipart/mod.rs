//! Uploads in parts: the worker creates, lists, completes and aborts them [at S3][spec] itself, and the
//! parts go there by presigned URLs.
//!
//! [`handle`] is what the client holds of an upload, [`plan`] cuts an object of known size into parts.
//! [`request`] writes the calls, [`call`] makes them, [`response`] reads the answers, and [`failure`]
//! turns every refusal into one cause and one fix.
//!
//! [spec]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html

pub mod call;
mod checksum;
pub mod etag;
pub mod failure;
pub mod handle;
pub mod plan;
pub mod request;
pub mod response;

pub use checksum::Checksum;
pub use failure::{Cause, S3Failure};
pub use handle::Handle;
pub use plan::Plan;

/// Parts have the numbers from 1 [to this][limits].
///
/// [limits]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
pub const MAX_PARTS: u16 = 10_000;
