//! How calls to STS fail, as the table of [causes](super::Cause) has it.

use super::Cause;
use crate::aws::{self, Cause as _, Diagnosis};
use crate::log::{Level, Record};
use crate::platform::HttpError;

/// Why STS granted no credentials.
pub type StsError = aws::ServiceError<Cause>;

/// The explanation of `error` for clients and the log.
pub fn advice(error: &StsError) -> &'static str {
    match error.diagnosis() {
        Diagnosis::Cause(cause) => cause.advice(),
        Diagnosis::InvalidResponse => {
            "the answer is neither a session nor an error: check the endpoint of STS (AWS_ENDPOINT_URL_STS \
             or AWS_ENDPOINT_URL)"
        }
        Diagnosis::NoResponse(HttpError::BodyTooLarge) => {
            "the answer is far larger than any of STS: check the endpoint of STS (AWS_ENDPOINT_URL_STS or \
             AWS_ENDPOINT_URL)"
        }
        Diagnosis::NoResponse(HttpError::Timeout) => "no answer came within the time limit",
        Diagnosis::NoResponse(HttpError::Connection) => {
            "the connection failed: check AWS_REGION and AWS_ENDPOINT_URL_STS"
        }
    }
}

/// The line in the log for an attempt that failed, and whether it is `retried`.
pub fn record(error: &StsError, retried: bool) -> Record {
    let level = if retried { Level::Warn } else { Level::Error };
    let record = Record::new(level, "stsFailed", error.log_detail(advice(error)));
    record.with_cause(error.cause_name())
}
