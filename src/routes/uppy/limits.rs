//! How long bodies may be.

use super::super::multipart::MAX_COMPLETE_BYTES;
use super::path::{UppyRoute, UppyStep};
use crate::api::MAX_BODY_BYTES;

/// Longest body of a request to create an upload, in bytes: Uppy sends all metadata that it has.
const MAX_CREATE_BYTES: usize = 64 * 1024;

impl UppyRoute<'_> {
    /// Longest body, in bytes; `None` where the body is not read.
    pub fn body_limit_bytes(&self) -> Option<usize> {
        match self.step {
            UppyStep::Create => Some(MAX_CREATE_BYTES),
            UppyStep::Complete(_) => Some(MAX_COMPLETE_BYTES),
            UppyStep::Sign => Some(MAX_BODY_BYTES),
            UppyStep::Params
            | UppyStep::List(_)
            | UppyStep::Part(..)
            | UppyStep::Abort(_)
            | UppyStep::Credentials => None,
        }
    }
}
