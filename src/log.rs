//! The log: one JSON object a line, never with a secret in it. Each event is a data point as well.
//!
//! Every module describes its own events as a [`Record`] beside the failure or success that it is about.

use std::num::NonZeroU32;

use serde::Serialize;

use crate::data_point::DataPoint;
pub use crate::platform::Level;
use crate::platform::Telemetry;

/// One event for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// How important it is.
    pub level: Level,
    /// The event's name in camel case; it does not change.
    pub event: &'static str,
    /// What happened, and how to fix it.
    pub detail: String,
    /// The name of the cause, where a table has it.
    pub cause: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    level: Level,
    event: &'static str,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'static str>,
    detail: &'a str,
}

impl Record {
    /// The `event` at `level`.
    pub fn new(level: Level, event: &'static str, detail: impl Into<String>) -> Self {
        Self {
            level,
            event,
            detail: detail.into(),
            cause: None,
        }
    }

    /// The same with the name of its cause.
    pub fn with_cause(self, cause: &'static str) -> Self {
        let cause = Some(cause);
        Self { cause, ..self }
    }

    /// Writes it to the log of `telemetry`, and as a data point without the detail.
    pub fn write(&self, telemetry: &impl Telemetry) {
        telemetry.log(self.level, &self.line(telemetry.request_id()));
        let cause = self.cause.unwrap_or_default();
        let point = DataPoint::new(self.event, self.level);
        DataPoint { cause, ..point }.write(telemetry);
    }

    /// The line in the log, on behalf of the request `request_id`.
    pub fn line(&self, request_id: &str) -> String {
        let line = Line {
            level: self.level,
            event: self.event,
            request_id,
            cause: self.cause,
            detail: &self.detail,
        };
        // Text always serializes.
        serde_json::to_string(&line).unwrap_or_default()
    }
}

/// A fault in this worker's own code, found at `location`.
pub fn internal(location: &str) -> Record {
    let detail = format!("this is a fault of the worker itself: {location}");
    Record::new(Level::Error, "internal", detail)
}

/// Which requests the log has a line for: `LOG_REQUESTS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogRequests {
    /// All.
    All,
    /// Those that fail, and one in so many of the others.
    OneIn(NonZeroU32),
    /// Those that fail.
    Failures,
    /// None.
    Never,
}
