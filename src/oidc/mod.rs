//! The worker as an [OIDC issuer][core] of its own towards STS, for those who have no other.
//!
//! [`OwnIssuer`] signs one short-lived token for each exchange, with the first of its [`SigningKey`]s. STS verifies it
//! with the public halves of all of them, which it fetches from the worker as [`documents`] says. [`jwk`] reads keys of
//! other issuers, too.
//!
//! [core]: https://openid.net/specs/openid-connect-core-1_0.html

pub mod documents;
mod issuer;
pub mod jwk;
mod signing_key;

pub use issuer::{BACKDATED, OwnIssuer, TOKEN_LIFETIME, TokenType};
pub use signing_key::{SigningKey, signing_keys};
