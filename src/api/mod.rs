//! The HTTP surface: what comes in, within fixed limits, and what goes out.

pub mod body;
mod key;
pub mod problem;
mod request;
mod response;
mod route;

pub use key::{InvalidKey, MAX_KEY_BYTES, ObjectKey};
pub use request::{MAX_BODY_BYTES, SignRequest};
pub use response::{Signed, health, json, ready, redirect};
pub use route::{Route, body_limit_bytes};
