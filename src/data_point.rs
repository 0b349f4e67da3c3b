//! Data points for [Analytics Engine][engine], which counts what the log tells.
//!
//! [engine]: https://developers.cloudflare.com/analytics/analytics-engine/

use serde::Serialize;

use crate::platform::{Level, Telemetry};

/// A request, another event of the log, or what the Cron Trigger finds of a session or the token. What does not apply is empty or 0.
///
/// Queries know a column by its place alone, so a field keeps its place in [`DataPoint::blobs`] and [`DataPoint::doubles`].
#[derive(Clone, Copy, Debug)]
pub struct DataPoint<'a> {
    /// `request`, the name of another event of the log, `sessionChecked` or `tokenChecked`.
    pub event: &'static str,
    /// The level of its line in the log.
    pub level: Level,
    /// Of a request: the caller.
    pub caller: &'a str,
    /// Of a request: the profile that allowed it.
    pub profile: &'a str,
    /// Of a request: the operation.
    pub operation: &'a str,
    /// Of a request: `ok`, or the last part of the problem's type.
    pub outcome: &'a str,
    /// Of a request: where the session was found.
    pub session: &'a str,
    /// The name of the cause, where a call to AWS failed.
    pub cause: &'a str,
    /// Of `sessionChecked`: the name of the role.
    pub role: &'a str,
    /// Of a request: the HTTP status.
    pub status: u64,
    /// Of a request: the milliseconds that it waited for other services.
    pub io_ms: u64,
    /// Of `sessionChecked` and `tokenChecked`: the seconds until the session or the token expires.
    pub secs_left: u64,
    /// Of `sessionChecked`: the seconds until the session gets too short for the longest URL.
    pub spare_secs: u64,
}

#[derive(Serialize)]
struct Columns<'a> {
    indexes: [&'a str; 1],
    blobs: [&'a str; 9],
    doubles: [u64; 4],
}

impl<'a> DataPoint<'a> {
    /// The `event` at `level`, and nothing else.
    pub fn new(event: &'static str, level: Level) -> Self {
        Self {
            event,
            level,
            caller: "",
            profile: "",
            operation: "",
            outcome: "",
            session: "",
            cause: "",
            role: "",
            status: 0,
            io_ms: 0,
            secs_left: 0,
            spare_secs: 0,
        }
    }

    /// Name and value of `blob1` and those after it.
    pub fn blobs(&self) -> [(&'static str, &'a str); 9] {
        [
            ("caller", self.caller),
            ("profile", self.profile),
            ("operation", self.operation),
            ("outcome", self.outcome),
            ("session", self.session),
            ("event", self.event),
            ("level", self.level.name()),
            ("cause", self.cause),
            ("role", self.role),
        ]
    }

    /// Name and value of `double1` and those after it.
    pub fn doubles(&self) -> [(&'static str, u64); 4] {
        [
            ("status", self.status),
            ("ioMs", self.io_ms),
            ("secsLeft", self.secs_left),
            ("spareSecs", self.spare_secs),
        ]
    }

    /// Writes it, if the binding `ANALYTICS` exists.
    pub fn write(&self, telemetry: &impl Telemetry) {
        // What shares an index is sampled together: frequent callers must not crowd out rare events.
        let is_request = self.event == "request";
        let columns = Columns {
            indexes: [if is_request { self.caller } else { self.event }],
            blobs: self.blobs().map(|(_, value)| value),
            doubles: self.doubles().map(|(_, value)| value),
        };
        // Text and numbers always serialize.
        telemetry.write_data_point(&serde_json::to_string(&columns).unwrap_or_default());
    }
}
