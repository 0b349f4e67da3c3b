//! Where credentials come from.

use crate::aws::Credentials;
use crate::sts::Role;

/// A source of credentials. Profiles with equal sources share their sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialSource {
    /// Keys that are bound as secrets.
    StaticKeys(Credentials),
    /// A role, for which an OIDC token is exchanged.
    Role(Role),
}
