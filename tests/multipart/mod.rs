//! Uploads in parts: plans, handles, what S3 is asked, and what its answers come down to.

mod checksum;
mod etag;
mod failure;
mod handle;
mod plan;
mod request;
mod response;

/// The sample answer in AWS's documentation of ListParts.
const LISTED: &str = include_str!("../fixtures/s3/list_parts.xml");
