//! Sessions: where they are kept, when they are renewed, and which URLs they can sign.
//!
//! A profile signs with the sessions of its [`SessionProvider`]. [`obtain`] takes one from the isolate's [`cache`],
//! else has it renewed. [`renew`] reads Workers KV, and if that does not help, calls STS, for one of the [reasons](reason). [`schedule`] says when to
//! renew, and [`lifetime`] which URLs a session can sign. [`kv_record`] is the sealed form in KV. Where a Durable Object is bound,
//! [`session_object`] has it call STS for all isolates.

pub mod cache;
mod error;
pub mod kv_record;
pub mod lifetime;
mod narrowing;
pub mod obtain;
mod provider;
pub mod reason;
pub mod renew;
pub mod schedule;
mod session;
pub mod session_object;
mod source;

pub use error::{CredentialsError, RETRY_AFTER};
pub use narrowing::Narrowing;
pub use provider::SessionProvider;
pub use session::Session;
pub use source::CredentialSource;
