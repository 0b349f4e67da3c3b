//! Credentials that sign requests to AWS.

use crate::secret::Secret;

/// An AWS access key, with a session token when it is temporary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The access key's id, which is part of every URL.
    pub access_key_id: String,
    /// The signing secret, which never leaves the worker.
    pub secret_access_key: Secret,
    /// The session token, which is part of every URL signed with temporary credentials.
    pub session_token: Option<Secret>,
}
