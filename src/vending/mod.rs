//! Credentials of one caller, which leave the worker: those of a session that is narrowed to the bucket, the keys and the
//! operations that a profile opens to that caller.
//!
//! [`vend`] makes them in the [way](crate::credentials::Narrowing) of the profile, or takes them from [`VendedCache`]. The shared sessions of
//! [`credentials`](crate::credentials) are never given out, and these are never used to sign.

mod cache;
pub mod r2;
mod vend;

pub use cache::{Key, MAX_ENTRIES, VendedCache};
pub use vend::{Exchange, Order, Way, record, vend};
