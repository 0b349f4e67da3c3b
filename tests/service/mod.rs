//! The path of a request end to end.

mod clock;
mod failures;
mod request_log;
