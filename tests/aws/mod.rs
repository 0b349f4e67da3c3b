//! What calls to STS and S3 have in common.

mod failure;
mod signature;
