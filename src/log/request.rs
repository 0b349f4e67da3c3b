//! The one line that the log has of a request, and the same as a data point.

use http::StatusCode;
use serde::Serialize;

use super::Level;
use crate::config::LogRequests;
use crate::error::Error;
use crate::trace::Trace;

/// One request that was answered. All texts are this worker's or its configuration's own, so that no key,
/// token, signature or URL can be among them.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestLine<'a> {
    level: Level,
    event: &'static str,
    request_id: &'a str,
    /// Name of who asked, when that was found out.
    #[serde(skip_serializing_if = "Option::is_none")]
    caller: Option<&'a str>,
    /// The profile, when it gave something.
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<&'static str>,
    status: u16,
    /// `ok`, or the last part of the problem's type.
    outcome: &'static str,
    /// Why a proof was refused, which the client does not learn.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// Where the session that signed was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<&'static str>,
    /// Milliseconds spent waiting for others.
    io_ms: u64,
}

/// What [Analytics Engine][engine] keeps of a request.
///
/// [engine]: https://developers.cloudflare.com/analytics/analytics-engine/
#[derive(Debug, PartialEq, Serialize)]
pub struct DataPoint<'a> {
    /// The caller.
    pub indexes: [&'a str; 1],
    /// Caller, profile, operation, outcome and source of the session; empty where there is none.
    pub blobs: [&'a str; 5],
    /// Status, and milliseconds spent waiting for others.
    pub doubles: [u64; 2],
}

impl<'a> RequestLine<'a> {
    /// The line for the request of `trace`, which was answered with `status` and, when it failed, for
    /// `error`.
    pub fn new<'t: 'a>(
        request_id: &'a str,
        trace: &Trace<'t>,
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
        Self {
            level,
            event: "request",
            request_id,
            caller: trace.caller.get(),
            profile: trace.profile.get(),
            operation: trace.operation.get().map(|operation| operation.name()),
            status: status.as_u16(),
            outcome: error.map_or("ok", |error| error.public_text().problem.slug()),
            detail: match error {
                Some(Error::UnknownCaller(unproven)) => Some(unproven.to_string()),
                Some(Error::LinkRefused(fault)) => Some(fault.to_string()),
                _ => None,
            },
            session: trace.session.get(),
            io_ms: u64::try_from(trace.io().as_millis()).unwrap_or(u64::MAX),
        }
    }

    /// How much it matters.
    pub fn level(&self) -> Level {
        self.level
    }

    /// Whether the log shall have it.
    pub fn is_for(&self, logged: LogRequests) -> bool {
        match logged {
            LogRequests::All => true,
            LogRequests::Failures => self.level != Level::Info,
            LogRequests::Never => false,
        }
    }

    /// The same for Analytics Engine.
    pub fn data_point(&self) -> DataPoint<'a> {
        let caller = self.caller.unwrap_or_default();
        DataPoint {
            indexes: [caller],
            blobs: [
                caller,
                self.profile.unwrap_or_default(),
                self.operation.unwrap_or_default(),
                self.outcome,
                self.session.unwrap_or_default(),
            ],
            doubles: [self.status.into(), self.io_ms],
        }
    }
}
