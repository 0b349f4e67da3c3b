//! Sessions that are obtained in one place of the world, where the optional Durable Object is bound.
//!
//! An isolate that finds no fit session in KV asks the object that is named by the session's KV key, which [answers](answer). Only
//! the object calls STS, so a first deployment or another role costs one call, however many isolates need the session. Both
//! sides run the same code: the object renews as an isolate does that has no object to ask.
//!
//! A session comes and goes as a record [sealed](super::kv_record) for its KV key, so neither the call nor the object's
//! storage has anything secret. The object keeps that record in its storage because KV may be read as empty for a minute
//! after a write: an object that was restarted would call STS again. Its own storage is strongly consistent.

mod answer;
mod ask;
mod message;

use std::time::Duration;

pub use answer::answer;
pub(super) use ask::ask;

/// After this time the object answers that it is not done, so that whoever asks can tell a slow STS from an object that does
/// not answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// How long an isolate waits for an answer before it calls STS itself: besides [`ANSWER_WITHIN`], a second for the way and for
/// the start of the object.
const ANSWER_LIMIT: Duration = Duration::from_secs(3);
