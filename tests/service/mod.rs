//! The path of a request end to end.

mod attacks;
mod clock;
mod failures;
mod request_log;
