//! JSON bodies of requests.

use serde::de::DeserializeOwned;

use super::{Error, RequestError};
use crate::json::{self, FieldError};

/// Reads `body`, a JSON object of at most `max_bytes`, as a `T`.
///
/// # Errors
/// [`RequestError::BodyTooLarge`]; [`FieldError`] with the path `body` when it is not a JSON object, else with the path
/// of the first field that is wrong.
pub fn read<T: DeserializeOwned>(body: &str, max_bytes: usize) -> Result<T, Error> {
    if body.len() > max_bytes {
        return Err(RequestError::BodyTooLarge { max_bytes }.into());
    }
    json::read(body).map_err(|error| named(error).into())
}

/// `error`, whose path is not empty: an error of the whole is one of the `body`.
pub fn named(error: FieldError) -> FieldError {
    if error.path.is_empty() {
        error.within("body")
    } else {
        error
    }
}
