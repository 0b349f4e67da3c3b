//! A Durable Object, seen by those who ask it and by the code that runs in it.

use std::time::Duration;

/// The [Durable Object](https://developers.cloudflare.com/durable-objects/) of a session: the one place in the world where that
/// session is obtained.
pub trait SessionObject {
    /// The answer of the object `name` to `question`. `None` where no objects are bound, and within an object.
    ///
    /// # Errors
    /// [`ObjectError`] when there is no answer within `limit`.
    async fn ask_object(
        &self,
        name: &str,
        question: &str,
        limit: Duration,
    ) -> Option<Result<String, ObjectError>>;

    /// Whether this code runs in an object.
    fn is_in_object(&self) -> bool;

    /// The record that this object keeps; `None` when it keeps none, and outside of an object.
    async fn object_record(&self) -> Option<Vec<u8>>;

    /// Has this object keep `record` until `expiration_secs` after the Unix epoch. Outside of an object, nothing happens.
    fn keep_in_object(&self, record: &[u8], expiration_secs: u64);
}

/// Why there is no answer of an object, with the message of the [runtime][errors].
///
/// [errors]: https://developers.cloudflare.com/durable-objects/best-practices/error-handling/
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObjectError {
    /// The time limit passed first.
    #[error("no answer within the time limit")]
    Timeout,
    /// It gets more calls than it can take; another one would make it worse.
    #[error("{0}")]
    Overloaded(String),
    /// The call failed otherwise, as when the object was restarted. The next one may succeed at once.
    #[error("{0}")]
    Failed(String),
}
