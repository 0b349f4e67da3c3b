//! The path of a request end to end.

mod attacks;
mod bodies;
mod checked;
mod clock;
mod failures;
mod request_log;
mod warm_up;
