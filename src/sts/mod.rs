//! [`AssumeRoleWithWebIdentity`][api]: exchanges an OIDC token for temporary credentials of a role.
//!
//! [`scoped_credentials`] narrows a session that was obtained that way. [`TokenSource`] says which token is used. [`exchange`] calls STS a bounded number of times. [`request`] composes the call, [`response`] reads the response,
//! and [`Cause`] is the table from every refusal to one cause and one fix.
//!
//! [api]: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html

mod causes;
mod exchange;
pub mod failure;
mod pasted;
mod pushed;
mod reported;
pub mod request;
pub mod response;
mod role;
mod scoped;
mod token;
mod token_source;

pub use causes::Cause;
pub use exchange::{CALL_LIMITS, Effort, ExchangeError, call, exchange};
pub use failure::StsError;
pub use pasted::TokenFault;
pub use pushed::{NotStored, PushedToken, is_storable};
pub use reported::{from_report, report};
pub use response::TemporaryCredentials;
pub use role::Role;
pub use scoped::{RegionalSts, Scope, scoped_credentials};
pub use token::{TokenError, WebIdentityToken};
pub use token_source::{HeldTokens, TokenOrigin, TokenSource};
