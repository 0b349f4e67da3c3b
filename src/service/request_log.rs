//! The line in the log for a request, and the same as a data point.

use http::StatusCode;
use serde::Serialize;

use crate::api::{Error, Trace};
use crate::data_point::DataPoint;
use crate::log::{Level, LogRequests};
use crate::platform::Telemetry;

/// A request and its outcome. All texts come from this worker or its configuration, so that no key, token, signature or
/// URL can be among them.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestLine<'a> {
    level: Level,
    event: &'static str,
    request_id: &'a str,
    /// Name of the caller, once it is authenticated.
    #[serde(skip_serializing_if = "Option::is_none")]
    caller: Option<&'a str>,
    /// Pseudonym of whom the token is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    /// The profile that allowed the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<&'static str>,
    status: u16,
    /// `ok`, or the last part of the problem's type.
    outcome: &'static str,
    /// The name of the cause, where a call to AWS failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'static str>,
    /// Why a credential was rejected, which the client does not learn.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// Where the session was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<&'static str>,
    /// Milliseconds that the request waited for other servers.
    io_ms: u64,
}

impl<'a> RequestLine<'a> {
    /// The line for the request of `trace`, with the `status` of the response and the `error`, if it failed.
    pub fn new(
        request_id: &'a str,
        trace: &'a Trace<'_>,
        status: StatusCode,
        error: Option<&Error>,
    ) -> Self {
        let level = if status.is_server_error() {
            Level::Error
        } else if error.is_some() {
            Level::Warn
        } else {
            Level::Info
        };
        let answer = error.map(Error::answer);
        Self {
            level,
            event: "request",
            request_id,
            caller: trace.caller.get().map(|name| &**name),
            subject: trace.subject.get().map(String::as_str),
            profile: trace.profile.get(),
            operation: trace.operation.get(),
            status: status.as_u16(),
            outcome: answer.as_ref().map_or("ok", |it| it.problem.slug()),
            cause: answer.as_ref().and_then(|answer| answer.cause),
            detail: answer.and_then(|answer| answer.log_detail),
            session: trace.session.get(),
            io_ms: u64::try_from(trace.total_wait().as_millis()).unwrap_or(u64::MAX),
        }
    }

    /// Whether the log is to have it.
    pub fn is_for(&self, logged: LogRequests) -> bool {
        match logged {
            LogRequests::All => true,
            LogRequests::Failures => self.level != Level::Info,
            LogRequests::Never => false,
        }
    }

    /// Writes it to the log.
    pub fn write(&self, telemetry: &impl Telemetry) {
        // Text and numbers always serialize.
        let line = serde_json::to_string(self).unwrap_or_default();
        telemetry.log(self.level, &line);
    }

    /// The same as a data point, without who the token is about.
    pub fn data_point(&self) -> DataPoint<'a> {
        DataPoint {
            caller: self.caller.unwrap_or_default(),
            profile: self.profile.unwrap_or_default(),
            operation: self.operation.unwrap_or_default(),
            outcome: self.outcome,
            session: self.session.unwrap_or_default(),
            cause: self.cause.unwrap_or_default(),
            status: self.status.into(),
            io_ms: self.io_ms,
            ..DataPoint::new(self.event, self.level)
        }
    }
}
