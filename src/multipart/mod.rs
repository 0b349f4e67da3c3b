//! [Multipart uploads][spec]: a [`handle`] names an upload to the client, and a [`plan`] divides an object of known size
//! into parts. [`s3`](crate::s3) has the calls.
//!
//! [spec]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html

pub mod handle;
pub mod plan;

pub use handle::{Handle, HandleError};
pub use plan::Plan;

/// Highest [part number][limits]; the lowest is 1.
///
/// [limits]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
pub const MAX_PARTS: u16 = 10_000;
