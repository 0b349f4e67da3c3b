//! A failure of a call to STS, as one isolate reports it to another: everything but the region, which STS does not give. What
//! could hold a secret was withheld when the response was read.
//!
//! The report has five lines: HTTP status, cause, code, request id, message. What does not apply is empty.

use http::StatusCode;

use super::{Cause, StsError};
use crate::aws::{Cause as _, Refusal};
use crate::platform::HttpError;

/// The report of `error`.
pub fn report(error: &StsError) -> String {
    let status = match error {
        StsError::Refused(Refusal { status, .. })
        | StsError::Unusable { status, .. }
        | StsError::InvalidResponse { status } => status.as_str(),
        StsError::NoResponse(_) => "",
    };
    let cause = match error {
        // Its status is all that is known.
        StsError::InvalidResponse { .. } => "",
        error => error.cause_name(),
    };
    let refusal = error.refusal();
    let code = refusal.map_or("", |it| &it.code);
    let id = refusal.and_then(|it| it.request_id.as_deref());
    // Only the message can have line feeds.
    let message = refusal.map_or("", |it| &it.message);
    [status, cause, code, id.unwrap_or_default(), message].join("\n")
}

/// The error in a report.
pub fn from_report(report: &str) -> StsError {
    let mut lines = report.splitn(5, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let (status, name, code) = (line(), line(), line());
    let cause = Cause::ALL.iter().find(|cause| cause.name() == name);
    let Ok(status) = StatusCode::from_bytes(status.as_bytes()) else {
        return StsError::NoResponse(match name {
            "timeout" => HttpError::Timeout,
            "answer-too-large" => HttpError::BodyTooLarge,
            _ => HttpError::Connection,
        });
    };
    match (cause, code) {
        (None, "") => StsError::InvalidResponse { status },
        (Some(&cause), "") => StsError::Unusable { status, cause },
        (cause, code) => StsError::Refused(Refusal {
            // A newer version may know more causes.
            cause: cause.copied().unwrap_or(Cause::Other),
            status,
            code: code.to_owned(),
            request_id: Some(line().to_owned()).filter(|id| !id.is_empty()),
            message: line().to_owned(),
            region: None,
        }),
    }
}
