//! What is reported, as JSON and as text.

use std::borrow::Cow;
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::iam::AwsSetup;

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It was not made; `seen` says why.
    Skipped,
    /// Nothing has to be done.
    Ok,
    /// It works, or may work, but something should be done.
    Warning,
    /// Requests fail because of it, or will.
    Failure,
}

/// What a step is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// The variables and secrets.
    Configuration,
    /// `CACHE_KEY`.
    CacheKey,
    /// The KV namespace `SESSIONS`: a value is written and read back.
    Kv,
    /// The Cron Trigger.
    Cron,
    /// The OIDC token for the next exchange.
    Token,
    /// The discovery document of the token's issuer, as the worker sees it.
    Discovery,
    /// The keys of the token's issuer, as the worker sees them.
    Keys,
    /// One exchange of the token for a session of a role.
    Sts,
    /// The clock of STS, compared with the worker's.
    Clock,
    /// Whether the role may read objects of a profile.
    Read,
    /// Whether it may list them.
    List,
    /// Whether it may write them.
    Write,
    /// Whether the bucket lets browsers in from a profile's origins.
    Cors,
    /// The policies and rules in `iam`.
    Iam,
}

/// One step.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Step<'c> {
    /// What it is about.
    pub step: Check,
    /// The role or profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<&'c str>,
    /// How it ended.
    pub status: Status,
    /// What was seen, without any secret.
    pub seen: Cow<'static, str>,
    /// How to fix it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<Cow<'static, str>>,
    /// Name of the cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<&'static str>,
}

type Text = Cow<'static, str>;

impl<'c> Step<'c> {
    /// Nothing has to be done.
    pub fn ok(step: Check, seen: impl Into<Text>) -> Self {
        Self::new(step, Status::Ok, seen.into(), None)
    }

    /// It was not made.
    pub fn skipped(step: Check, seen: impl Into<Text>) -> Self {
        Self::new(step, Status::Skipped, seen.into(), None)
    }

    /// Something should be done.
    pub fn warning(step: Check, seen: impl Into<Text>, fix: impl Into<Text>) -> Self {
        Self::new(step, Status::Warning, seen.into(), Some(fix.into()))
    }

    /// Something has to be done.
    pub fn failure(step: Check, seen: impl Into<Text>, fix: impl Into<Text>) -> Self {
        Self::new(step, Status::Failure, seen.into(), Some(fix.into()))
    }

    fn new(step: Check, status: Status, seen: Text, fix: Option<Text>) -> Self {
        Self {
            step,
            of: None,
            status,
            seen,
            fix,
            cause: None,
        }
    }

    /// The same with the role or profile that it is about.
    pub fn of(self, name: &'c str) -> Self {
        let of = Some(name);
        Self { of, ..self }
    }

    /// The same with the name of the cause.
    pub fn because(self, cause: &'static str) -> Self {
        let cause = Some(cause);
        Self { cause, ..self }
    }
}

/// The response of `/v1/doctor`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Report<'c> {
    /// The worst of all steps.
    pub status: Status,
    /// The steps, in the order of the chain.
    pub steps: Vec<Step<'c>>,
    /// What the configuration needs in AWS, to be pasted: the policies of roles, and the CORS rules and guardrails of buckets.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Map<String, Value>>")]
    pub iam: Option<AwsSetup>,
}

impl<'c> Report<'c> {
    pub(super) fn new(steps: Vec<Step<'c>>, iam: Option<AwsSetup>) -> Self {
        let worst = steps.iter().map(|step| step.status).max();
        Self {
            status: worst.unwrap_or(Status::Ok).max(Status::Ok),
            steps,
            iam,
        }
    }
}

/// A line for each step, one for each fix, and the JSON that is to be pasted.
impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.steps {
            let status = step.status;
            // What others say must not look like a line of its own.
            let seen = step.seen.replace(|c: char| c.is_control(), " ");
            let check = word(step.step);
            let of = step.of.map(|of| format!(" {of}")).unwrap_or_default();
            writeln!(f, "{:<8} {check}{of}: {seen}", word(status))?;
            if let Some(fix) = &step.fix {
                let cause = step.cause.map(|cause| format!("{cause}: "));
                writeln!(f, "         -> {}{fix}", cause.unwrap_or_default())?;
            }
        }
        if let Some(iam) = &self.iam {
            writeln!(f, "\n{}", serde_json::to_string(iam).unwrap_or_default())?;
        }
        write!(f, "\n{}", word(self.status))
    }
}

/// The name of a step or a status, as JSON has it.
fn word(name: impl Serialize) -> String {
    let json = serde_json::to_string(&name).unwrap_or_default();
    json.trim_matches('"').to_owned()
}
