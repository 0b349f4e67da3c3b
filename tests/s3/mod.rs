//! What S3 is asked, and what its answers come down to.

mod checksum;
mod etag;
mod failure;
mod object;
mod request;
mod response;

/// The sample answer in AWS's documentation of ListParts.
const LISTED: &str = include_str!("../fixtures/s3/list_parts.xml");
