//! Every way in which a service of AWS does not do what it was asked.

use http::{HeaderName, Response, StatusCode};

use super::xml;
use crate::platform::Unreachable;

/// Where STS puts its id of a call, besides the body of an error.
pub const STS_REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// Where S3 does.
pub const S3_REQUEST_ID: HeaderName = HeaderName::from_static("x-amz-request-id");

/// A call that failed; `C` is what refusals of the service come down to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure<C> {
    /// The service answered with an error.
    Refused(Refusal<C>),
    /// It answered something that is neither what was asked for nor an error.
    Garbled {
        /// The answer's HTTP status.
        status: StatusCode,
    },
    /// No answer came.
    Unreachable(Unreachable),
}

/// An error answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal<C> {
    /// What it comes down to.
    pub cause: C,
    /// HTTP status of the answer.
    pub status: StatusCode,
    /// AWS's error code.
    pub code: String,
    /// AWS's id of the call, for a support case.
    pub request_id: Option<String>,
    /// AWS's message, for the log only; withheld where it could hold a piece of a token.
    pub message: String,
}

/// What the refusals of one service come down to: each with one cause and one fix.
pub trait Cause: Copy {
    /// Too many calls.
    const THROTTLED: Self;
    /// The service itself failed.
    const SERVER_FAULT: Self;

    /// The cause behind an error answer.
    fn of(status: StatusCode, code: &str, message: &str) -> Self;

    /// Whether the same call may succeed a moment later.
    fn is_transient(self) -> bool;

    /// Cause and fix, for whoever runs the worker.
    fn advice(self) -> &'static str;
}

/// A failure as far as it decides what is told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding<C> {
    /// The service said why, or a gateway did on its behalf.
    Cause(C),
    /// Whatever answers is not that service.
    Garbled,
    /// No answer came, or none that could be one.
    Unreachable(Unreachable),
}

impl<C: Cause> Failure<C> {
    /// Reads an error answer, whatever its HTTP status.
    pub fn read(response: &Response<String>) -> Self {
        let status = response.status();
        let mut texts = Texts::default();
        let well_formed = xml::read(response.body(), &mut |path, text| texts.take(path, text));
        if well_formed.is_none() {
            texts = Texts::default();
        }
        let headers = response.headers();
        let id = headers.get(STS_REQUEST_ID).or(headers.get(S3_REQUEST_ID));
        if let Some(id) = id.and_then(|id| id.to_str().ok()) {
            id.clone_into(&mut texts.request_id);
        }
        Refusal::new(status, texts).map_or(Self::Garbled { status }, Self::Refused)
    }

    /// Whether the same call may succeed a moment later. A refusal is final.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused(refusal) => refusal.cause.is_transient(),
            Self::Garbled { status } => {
                !status.is_client_error() || *status == StatusCode::TOO_MANY_REQUESTS
            }
            Self::Unreachable(_) => true,
        }
    }

    /// What it comes down to.
    pub fn finding(&self) -> Finding<C> {
        match self {
            Self::Refused(refusal) => Finding::Cause(refusal.cause),
            Self::Garbled { status } if *status == StatusCode::TOO_MANY_REQUESTS => {
                Finding::Cause(C::THROTTLED)
            }
            Self::Garbled { status } if status.is_server_error() => Finding::Cause(C::SERVER_FAULT),
            Self::Garbled { .. } => Finding::Garbled,
            Self::Unreachable(unreachable) => Finding::Unreachable(*unreachable),
        }
    }

    /// The refusal, if it is one.
    pub fn refusal(&self) -> Option<&Refusal<C>> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::Garbled { .. } | Self::Unreachable(_) => None,
        }
    }
}

/// The texts of an error that matter, wherever they stand; absent ones are empty. Errors come as
/// `<ErrorResponse><Error>…</Error><RequestId/></ErrorResponse>` or as `<Error>…</Error>` alone.
#[derive(Default)]
struct Texts {
    code: String,
    message: String,
    request_id: String,
}

impl Texts {
    fn take(&mut self, path: &[String], text: &str) {
        let field = match path.last().map(String::as_str) {
            Some("Code") => &mut self.code,
            Some("Message") => &mut self.message,
            Some("RequestId") => &mut self.request_id,
            _ => return,
        };
        text.clone_into(field);
    }
}

/// Longer messages are withheld, in bytes.
const MAX_MESSAGE_BYTES: usize = 1000;

/// A longer unbroken run in a message may be a piece of a token, in bytes.
const MAX_RUN_BYTES: usize = 32;

/// Longer codes are not AWS's, in bytes.
const MAX_CODE_BYTES: usize = 64;

/// Longer request ids are none, in bytes.
const MAX_REQUEST_ID_BYTES: usize = 36;

impl<C: Cause> Refusal<C> {
    /// `None` when the code is not one that AWS could give.
    fn new(status: StatusCode, texts: Texts) -> Option<Self> {
        is_code(&texts.code).then(|| Self {
            cause: C::of(status, &texts.code, &texts.message),
            status,
            code: texts.code,
            request_id: Some(texts.request_id).filter(|id| is_request_id(id)),
            message: if texts.message.len() <= MAX_MESSAGE_BYTES && is_harmless(&texts.message) {
                texts.message
            } else {
                "[withheld]".to_owned()
            },
        })
    }
}

/// Whether `message` can hold no piece of a token: an STS may quote the one it refuses.
fn is_harmless(message: &str) -> bool {
    message
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'))
        .all(|run| run.len() <= MAX_RUN_BYTES)
}

/// AWS's codes are words, with one number in them at most, as in `XAmzContentSHA256Mismatch`. With more, in
/// small letters or longer, it may be a piece of the token.
fn is_code(text: &str) -> bool {
    let numbers = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|number| !number.is_empty());
    (1..=MAX_CODE_BYTES).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_uppercase())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.')
        && numbers.count() <= 1
}

/// A UUID at AWS, another short identifier elsewhere.
fn is_request_id(text: &str) -> bool {
    (1..=MAX_REQUEST_ID_BYTES).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
