//! What is told of requests, and how many of them there may be.

use super::Faults;
use super::fields::{Fields, object};
use crate::json::Json;

/// Of which requests the log has a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogRequests {
    /// Every one.
    All,
    /// Those that are refused or fail.
    Failures,
    /// None.
    Never,
}

/// `LOG_REQUESTS`.
pub(super) fn log_requests(
    binding: &impl Fn(&str) -> Option<String>,
    faults: &mut Faults,
) -> LogRequests {
    match binding("LOG_REQUESTS").as_deref().map(str::trim) {
        Some("all") | None => LogRequests::All,
        Some("failures") => LogRequests::Failures,
        Some("none") => LogRequests::Never,
        Some(_) => {
            faults.add("LOG_REQUESTS", "must be all, failures or none");
            LogRequests::All
        }
    }
}

/// How often a caller may ask: what the binding `RATE_LIMITER` counts by, which it does not tell itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// So many requests
    pub limit: u64,
    /// in so many seconds.
    pub period_secs: u64,
}

/// `RATE_LIMIT`, which has the same members as the setting `simple` of the binding.
pub(super) fn rate_limit(
    binding: &impl Fn(&str) -> Option<String>,
    faults: &mut Faults,
) -> Option<RateLimit> {
    match (binding("RATE_LIMIT"), binding("RATE_LIMITER")) {
        (None, None) => None,
        (Some(_), None) => {
            faults.add(
                "RATE_LIMITER",
                "is not bound, so that RATE_LIMIT does nothing",
            );
            None
        }
        (None, Some(_)) => {
            faults.add(
                "RATE_LIMIT",
                "is missing: it must say what RATE_LIMITER counts by",
            );
            None
        }
        (Some(text), Some(_)) => {
            let json = Json::Object(object("RATE_LIMIT", &text, faults));
            let mut fields = Fields::of("RATE_LIMIT".to_owned(), json, faults);
            let limit = fields.required("limit");
            let period_secs = fields.required("period");
            if period_secs.is_some_and(|secs| !matches!(secs, 10 | 60)) {
                fields.fault("period", "must be 10 or 60 seconds, as the binding's");
            }
            fields.finish();
            Some(RateLimit {
                limit: limit?,
                period_secs: period_secs?,
            })
        }
    }
}
