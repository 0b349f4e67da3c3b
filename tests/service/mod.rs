//! The path of a request end to end.

mod attacks;
mod bodies;
mod clock;
mod cron_points;
mod failures;
mod request_log;
mod warm_up;
