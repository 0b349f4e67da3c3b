//! JSON bodies of requests.

use serde::de::DeserializeOwned;

use super::{Error, RequestError};
use crate::json::{self, FieldError};
use crate::platform::{Body, BodyError};

/// Reads `body`, which must be a JSON object, as a `T`.
///
/// # Errors
/// [`FieldError`] with the path `body` when it is not a JSON object, else with the path of the first field that is
/// wrong.
pub fn read<T: DeserializeOwned>(body: &str) -> Result<T, Error> {
    json::read(body).map_err(|error| named(error).into())
}

/// Receives the body of a request, of at most `max_bytes`.
///
/// # Errors
/// [`RequestError::BodyTooLarge`], and [`FieldError`] with the path `body` when it is incomplete or not text.
pub async fn receive(body: impl Body, max_bytes: usize) -> Result<String, Error> {
    body.read(max_bytes).await.map_err(|error| match error {
        BodyError::TooLarge => RequestError::BodyTooLarge { max_bytes }.into(),
        BodyError::Incomplete | BodyError::NotUtf8 => Error::field("body", error.to_string()),
    })
}

/// `error`, whose path is not empty: an error of the whole is one of the `body`.
pub fn named(error: FieldError) -> FieldError {
    if error.path.is_empty() {
        error.within("body")
    } else {
        error
    }
}
