//! [`AssumeRoleWithWebIdentity`][api]: an OIDC token in, a session out.
//!
//! [`exchange`] calls STS a bounded number of times; [`request`] writes the call, [`response`]
//! reads the answer, and [`failure`] turns every refusal into one cause and one fix.
//!
//! [api]: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html

mod exchange;
pub mod failure;
pub mod request;
pub mod response;

pub use exchange::{ATTEMPT_LIMITS, exchange};
pub use failure::{Cause, StsFailure};
