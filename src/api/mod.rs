//! What all routes share: limits of requests, JSON bodies and responses, object keys, and the one table of errors.

mod accept;
pub mod body;
pub mod error;
mod key;
mod limits;
pub mod response;
mod trace;

pub use accept::{prefers_json, prefers_plain_text};
pub use error::{Error, ProblemType, RequestError};
pub use key::{InvalidKey, KEY_PATTERN, MAX_KEY_BYTES, ObjectKey};
pub use limits::{MAX_BODY_BYTES, MAX_HEADER_BYTES, MAX_URL_BYTES, check_size, parse_url};
pub use trace::Trace;
