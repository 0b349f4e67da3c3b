//! What a client learns of a service that failed.

use http::StatusCode;

use super::PublicText;
use crate::aws::{Cause as _, Finding};
use crate::platform::Unreachable;
use crate::sts::{Cause, StsFailure};

/// STS grants no session.
pub(super) fn sts_text(failure: &StsFailure) -> PublicText {
    let (status, slug, title, detail) = match failure.finding() {
        Finding::Cause(cause) if cause.is_transient() => (
            StatusCode::SERVICE_UNAVAILABLE,
            match cause {
                Cause::Throttled => "sts-throttled",
                _ => "sts-unavailable",
            },
            "STS grants no session just now",
            cause.advice(),
        ),
        Finding::Cause(cause) => (
            StatusCode::BAD_GATEWAY,
            "sts-refused",
            "STS refused the exchange",
            cause.advice(),
        ),
        Finding::Garbled => (
            StatusCode::BAD_GATEWAY,
            "sts-garbled",
            "STS gave an answer that is not one",
            "the answer is neither a session nor an error: check AWS_ENDPOINT_URL_STS",
        ),
        Finding::Unreachable(Unreachable::AnswerTooLarge) => (
            StatusCode::BAD_GATEWAY,
            "sts-garbled",
            "STS gave an answer that is not one",
            "the answer is far larger than any of STS: check AWS_ENDPOINT_URL_STS",
        ),
        Finding::Unreachable(Unreachable::TimedOut) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "sts-unreachable",
            "STS does not answer",
            "no answer came within the time limit",
        ),
        Finding::Unreachable(Unreachable::Network) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "sts-unreachable",
            "STS does not answer",
            "the connection failed: check AWS_REGION and AWS_ENDPOINT_URL_STS",
        ),
    };
    PublicText {
        status,
        slug,
        title,
        detail: detail.to_owned(),
    }
}
