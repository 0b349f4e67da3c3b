//! What an isolate and the object say to each other: lines of text, which take far less of the bundle than JSON does. Both sides
//! are the same worker. Where their versions differ, what one does not understand makes the isolate call STS itself.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::lifetime::{Lifetime, SessionRequest};
use super::super::reason::RenewalReason;
use crate::instant::{from_unix_secs, unix_secs};
use crate::sts::{StsError, from_report, report};

/// A question: the KV key of the session, what is needed (`exactly`, `upTo` or, for the next session when it is due, `next`), and
/// the lifetime and the window in seconds.
pub(super) fn question(kv_key: &str, reason: RenewalReason) -> String {
    let (needed, lifetime, window) = match reason {
        RenewalReason::Request(request) => match request.lifetime {
            Lifetime::Exactly(lifetime) => ("exactly", lifetime, request.window),
            Lifetime::UpTo(lifetime) => ("upTo", lifetime, request.window),
        },
        RenewalReason::KvRead | RenewalReason::Scheduled | RenewalReason::Overdue => {
            ("next", Duration::ZERO, Duration::ZERO)
        }
    };
    let (lifetime, window) = (lifetime.as_secs(), window.as_secs());
    format!("{kv_key}\n{needed}\n{lifetime}\n{window}")
}

/// The KV key in a question.
pub(super) fn kv_key(question: &str) -> &str {
    question.split('\n').next().unwrap_or_default()
}

/// What is needed, in a question about a session that signs URLs of up to `max_url_lifetime`: what satisfies a request, or the
/// next session when it is due. `None` when the question is not understood.
pub(super) fn reason(question: &str, max_url_lifetime: Duration) -> Option<RenewalReason> {
    let mut lines = question.split('\n').skip(1);
    let needed = lines.next()?;
    let mut secs = || Some(Duration::from_secs(lines.next()?.parse().ok()?));
    let (lifetime, window) = (secs()?, secs()?);
    let lifetime = match needed {
        "exactly" => Lifetime::Exactly(lifetime),
        "upTo" => Lifetime::UpTo(lifetime),
        "next" => return Some(RenewalReason::Scheduled),
        _ => return None,
    };
    Some(RenewalReason::Request(SessionRequest {
        lifetime,
        window,
        max_url_lifetime,
    }))
}

/// What the object has.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) outcome: Outcome,
    /// Its sessions, sealed; empty when there are none.
    pub(super) record: Vec<u8>,
    /// The lifetime that STS granted last, and when, as long as that is expected of it.
    pub(super) granted: Option<(Duration, SystemTime)>,
}

/// What came of a question.
#[derive(Debug, Default)]
pub(super) enum Outcome {
    /// The record has what was asked for, or the most that STS gives.
    Obtained,
    /// A renewal is running.
    Pending,
    /// The object has no token, or another configuration: whoever asks may be better off.
    #[default]
    Unable,
    /// STS did not grant a session, and is called again after a time.
    Failed(StsError, Duration),
}

impl Answer {
    /// The outcome, the record in base64, what STS granted and when, in seconds; and after a failure, in how many milliseconds STS
    /// is called again, and the report.
    pub(super) fn write(&self) -> String {
        let record = STANDARD.encode(&self.record);
        let granted = self
            .granted
            .map(|(lifetime, at)| (lifetime.as_secs(), unix_secs(at)));
        let (lifetime, at) = granted.unwrap_or_default();
        let outcome = match &self.outcome {
            Outcome::Obtained => "obtained",
            Outcome::Pending => "pending",
            Outcome::Unable => "unable",
            Outcome::Failed(error, pause) => {
                let (millis, report) = (pause.as_millis(), report(error));
                return format!("failed\n{record}\n{lifetime}\n{at}\n{millis}\n{report}");
            }
        };
        format!("{outcome}\n{record}\n{lifetime}\n{at}")
    }

    /// Reads an answer; `None` when it is none.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut lines = text.splitn(6, '\n');
        let outcome = lines.next()?;
        let record = STANDARD.decode(lines.next()?).ok()?;
        let mut number = || lines.next()?.parse().ok();
        let (lifetime, at) = (number()?, from_unix_secs(number()?)?);
        let outcome = match outcome {
            "obtained" => Outcome::Obtained,
            "pending" => Outcome::Pending,
            "unable" => Outcome::Unable,
            "failed" => {
                let pause = Duration::from_millis(number()?);
                Outcome::Failed(from_report(lines.next()?), pause)
            }
            _ => return None,
        };
        let granted = (Duration::from_secs(lifetime), at);
        Some(Self {
            outcome,
            record,
            granted: (lifetime > 0).then_some(granted),
        })
    }
}
