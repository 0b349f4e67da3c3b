//! `LOG_REQUESTS` and `RATE_LIMIT`: what is logged of requests, and how many there may be.

use super::bindings::Bindings;
use super::errors::{Errors, Fields};
use crate::json::Json;
use crate::log::LogRequests;
use crate::rate_limit::RateLimit;

/// `LOG_REQUESTS`.
pub(super) fn log_requests(bindings: Bindings<'_>, errors: &mut Errors) -> LogRequests {
    match bindings.trimmed("LOG_REQUESTS").as_deref() {
        Some("all") | None => LogRequests::All,
        Some("failures") => LogRequests::Failures,
        Some("none") => LogRequests::Never,
        Some(text) => {
            let interval = text.strip_prefix("1/").and_then(|it| it.parse().ok());
            interval.map_or_else(
                || {
                    errors.add(
                        "LOG_REQUESTS",
                        "must be all, failures, none or, for one success in 100, 1/100",
                    );
                    LogRequests::All
                },
                LogRequests::OneIn,
            )
        }
    }
}

/// `RATE_LIMIT`, which repeats the setting `simple` of the binding `RATE_LIMITER`.
pub(super) fn rate_limit(bindings: Bindings<'_>, errors: &mut Errors) -> Option<RateLimit> {
    match (bindings.text("RATE_LIMIT"), bindings.text("RATE_LIMITER")) {
        (None, None) => None,
        (Some(_), None) => {
            errors.add("RATE_LIMITER", "is not bound, so RATE_LIMIT has no effect");
            None
        }
        (None, Some(_)) => {
            let reason = "is missing: it must repeat the limit of RATE_LIMITER";
            errors.add("RATE_LIMIT", reason);
            None
        }
        (Some(text), Some(_)) => limit(&text, errors),
    }
}

// Not inlined, because many configurations have none.
#[inline(never)]
fn limit(text: &str, errors: &mut Errors) -> Option<RateLimit> {
    let json = Json::Object(errors.object("RATE_LIMIT", text));
    let (limit, mut fields) =
        Fields::read::<RateLimitFields>("RATE_LIMIT".to_owned(), json, errors);
    let requests = fields.required("limit", limit.limit);
    let period_secs = fields.required("period", limit.period);
    if period_secs.is_some_and(|secs| !matches!(secs, 10 | 60)) {
        fields.error("period", "must be 10 or 60 seconds, like the binding's");
    }
    Some(RateLimit {
        limit: requests?,
        period_secs: period_secs?,
    })
}

#[derive(Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RateLimitFields {
    limit: Option<u64>,
    period: Option<u64>,
}
