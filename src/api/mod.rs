//! The HTTP surface: what comes in, within fixed limits, and what goes out.

pub mod body;
mod disposition;
mod key;
mod limits;
mod links;
mod parameters;
pub mod problem;
mod request;
mod response;
mod route;

pub use key::{InvalidKey, MAX_KEY_BYTES, ObjectKey};
pub use limits::{MAX_HEADER_BYTES, MAX_URL_BYTES, check_size};
pub use links::{LinkCreated, LinkRequest};
pub use request::{EncodingType, MAX_BODY_BYTES, ResponseHeaders, SignRequest};
pub use response::{Signed, health, json, ready, redirect};
pub use route::{ObjectPath, Route, body_limit_bytes, split_capability};
