//! The line in the log for a request, and the same as a data point.

use std::cell::Cell;
use std::num::NonZeroU32;

use http::StatusCode;
use serde::Serialize;

use crate::api::{Error, Trace};
use crate::data_point::DataPoint;
use crate::log::{Level, LogRequests};
use crate::platform::{Entropy, Telemetry};

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
    /// How many requests that succeeded this line stands for, where not each has a line.
    #[serde(skip_serializing_if = "Option::is_none")]
    sample_interval: Option<NonZeroU32>,
}

/// Counts the requests of an isolate that succeeded. It begins anywhere: many an isolate lives for fewer requests than one line
/// stands for.
#[derive(Debug, Default)]
pub struct Successes(Cell<Option<u32>>);

impl Successes {
    fn count(&self, entropy: &impl Entropy) -> u32 {
        let random = || u32::from_le_bytes(entropy.random().unwrap_or_default());
        let count = self.0.get().unwrap_or_else(random);
        self.0.set(Some(count.wrapping_add(1)));
        count
    }
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
            sample_interval: None,
        }
    }

    /// Writes it to the log, where that is to have it.
    pub fn write(
        mut self,
        logged: LogRequests,
        successes: &Successes,
        platform: &(impl Telemetry + Entropy),
    ) {
        let is_failure = self.level != Level::Info;
        match logged {
            LogRequests::All => {}
            LogRequests::OneIn(_) | LogRequests::Failures if is_failure => {}
            LogRequests::OneIn(interval) if successes.count(platform) % interval == 0 => {
                self.sample_interval = Some(interval);
            }
            LogRequests::OneIn(_) | LogRequests::Failures | LogRequests::Never => return,
        }
        // Text and numbers always serialize.
        let line = serde_json::to_string(&self).unwrap_or_default();
        platform.log(self.level, &line);
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
