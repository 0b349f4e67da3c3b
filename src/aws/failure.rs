//! How calls to a service of AWS fail.

use http::{HeaderName, Response, StatusCode};

use super::caution::{
    WITHHELD, is_code, is_harmless_message, is_region, is_request_id, share_a_piece,
};
use super::xml;
use crate::platform::HttpError;

/// The response header with STS's id of a call.
pub const STS_REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// The response header in which S3 says where a bucket is.
pub const BUCKET_REGION: HeaderName = HeaderName::from_static("x-amz-bucket-region");

/// The response header with S3's id of a call.
pub const S3_REQUEST_ID: HeaderName = HeaderName::from_static("x-amz-request-id");

/// A call to a service that failed; `C` is the service's own table of causes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServiceError<C> {
    /// The service answered with an error.
    #[error("{} {}", .0.status.as_u16(), .0.code)]
    Refused(Refusal<C>),
    /// It answered without an error code, or with something that is of no use, and the cause is known.
    #[error("HTTP status {} with an answer that cannot be used", .status.as_u16())]
    Unusable {
        /// HTTP status of the response.
        status: StatusCode,
        /// Why.
        cause: C,
    },
    /// It answered with something that is neither what was asked for nor an error of AWS.
    #[error("HTTP status {} without an answer of AWS", .status.as_u16())]
    InvalidResponse {
        /// HTTP status of the response.
        status: StatusCode,
    },
    /// There was no response.
    #[error("{0}")]
    NoResponse(HttpError),
}

/// An error response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal<C> {
    /// The cause.
    pub cause: C,
    /// HTTP status of the response.
    pub status: StatusCode,
    /// AWS's error code.
    pub code: String,
    /// AWS's id of the call, for a support case.
    pub request_id: Option<String>,
    /// AWS's message, for the log and admins only; withheld where it could hold a piece of a secret.
    pub message: String,
    /// The region of the bucket, where S3 says that it is another.
    pub region: Option<String>,
}

/// The causes of one service's refusals: each with one explanation and one fix.
pub trait Cause: Copy {
    /// Too many calls.
    const THROTTLED: Self;
    /// The service itself failed.
    const SERVER_FAULT: Self;

    /// The cause of an error response.
    fn of(status: StatusCode, code: &str, message: &str) -> Self;

    /// Whether the same call may succeed a moment later.
    fn is_transient(self) -> bool;

    /// Its name in public, which does not change.
    fn name(self) -> &'static str;

    /// Cause and fix, for whoever runs the worker.
    fn advice(self) -> &'static str;
}

/// A [`ServiceError`] without its details: what decides which problem the client is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Diagnosis<C> {
    /// The service, or a gateway in front of it, gave the cause.
    Cause(C),
    /// Whatever answers is not that service.
    InvalidResponse,
    /// There was no response.
    NoResponse(HttpError),
}

impl<C: Cause> ServiceError<C> {
    /// Reads an error response, whatever its HTTP status.
    pub fn read(response: &Response<String>) -> Self {
        let status = response.status();
        let mut texts = Texts::default();
        let well_formed = xml::read(response.body(), &mut |path, text| {
            texts.take(path.strip_prefix(&["ErrorResponse"]).unwrap_or(path), text);
        });
        if well_formed.is_none() {
            texts = Texts::default();
        }
        let headers = response.headers();
        let id = headers.get(STS_REQUEST_ID).or(headers.get(S3_REQUEST_ID));
        if let Some(id) = id.and_then(|id| id.to_str().ok()) {
            id.clone_into(&mut texts.request_id);
        }
        let region = headers.get(BUCKET_REGION).and_then(|it| it.to_str().ok());
        if let Some(region) = region {
            region.clone_into(&mut texts.region);
        }
        Refusal::new(status, texts).map_or(Self::InvalidResponse { status }, Self::Refused)
    }

    /// Takes out what repeats a piece of one of `secrets`, those of the call: the message is withheld, the request id
    /// and the region are dropped, and what has a piece for its code is no error of AWS.
    pub fn withhold(self, secrets: &[&str]) -> Self {
        let Self::Refused(mut refusal) = self else {
            return self;
        };
        let repeats = |text: &str| secrets.iter().any(|secret| share_a_piece(text, secret));
        if repeats(&refusal.code) {
            let status = refusal.status;
            return Self::InvalidResponse { status };
        }
        if repeats(&refusal.message) {
            WITHHELD.clone_into(&mut refusal.message);
        }
        refusal.request_id.take_if(|id| repeats(id));
        refusal.region.take_if(|region| repeats(region));
        Self::Refused(refusal)
    }

    /// Whether the same call may succeed a moment later. Most refusals are final.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused(Refusal { cause, .. }) | Self::Unusable { cause, .. } => {
                cause.is_transient()
            }
            Self::InvalidResponse { status } => {
                !status.is_client_error() || *status == StatusCode::TOO_MANY_REQUESTS
            }
            Self::NoResponse(_) => true,
        }
    }

    /// The essence of it.
    pub fn diagnosis(&self) -> Diagnosis<C> {
        match self {
            Self::Refused(Refusal { cause, .. }) | Self::Unusable { cause, .. } => {
                Diagnosis::Cause(*cause)
            }
            Self::InvalidResponse { status } if *status == StatusCode::TOO_MANY_REQUESTS => {
                Diagnosis::Cause(C::THROTTLED)
            }
            Self::InvalidResponse { status } if status.is_server_error() => {
                Diagnosis::Cause(C::SERVER_FAULT)
            }
            Self::InvalidResponse { .. } => Diagnosis::InvalidResponse,
            Self::NoResponse(error) => Diagnosis::NoResponse(*error),
        }
    }

    /// The name of its cause in public.
    pub fn cause_name(&self) -> &'static str {
        match self.diagnosis() {
            Diagnosis::Cause(cause) => cause.name(),
            Diagnosis::InvalidResponse => "foreign-answer",
            Diagnosis::NoResponse(HttpError::BodyTooLarge) => "answer-too-large",
            Diagnosis::NoResponse(HttpError::Timeout) => "timeout",
            Diagnosis::NoResponse(HttpError::Connection) => "connection-failed",
        }
    }

    /// The refusal, if it is one.
    pub fn refusal(&self) -> Option<&Refusal<C>> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::Unusable { .. } | Self::InvalidResponse { .. } | Self::NoResponse(_) => None,
        }
    }

    /// The detail of a line in the log: what AWS said, and `advice`.
    pub fn log_detail(&self, advice: &str) -> String {
        match self {
            Self::Refused(refusal) => format!(
                "{} {} {}: {advice}; AWS said: {}",
                refusal.status.as_u16(),
                refusal.code,
                refusal.request_id.as_deref().unwrap_or("-"),
                refusal.message
            ),
            Self::Unusable { status, .. } | Self::InvalidResponse { status } => {
                format!("HTTP status {}: {advice}", status.as_u16())
            }
            Self::NoResponse(_) => advice.to_owned(),
        }
    }
}

/// The texts of an error that matter; absent ones are empty. Errors come as
/// `<ErrorResponse><Error>…</Error><RequestId/></ErrorResponse>` or as `<Error>…</Error>` alone. The first element at its
/// place counts, and none within a `Detail`.
#[derive(Default)]
struct Texts {
    code: String,
    message: String,
    request_id: String,
    region: String,
}

impl Texts {
    fn take(&mut self, path: &[&str], text: &str) {
        let field = match path {
            ["Error", "Code"] => &mut self.code,
            ["Error", "Message"] => &mut self.message,
            ["RequestId"] | ["Error", "RequestId"] => &mut self.request_id,
            ["Error", "Region"] => &mut self.region,
            _ => return,
        };
        if field.is_empty() {
            text.clone_into(field);
        }
    }
}

impl<C: Cause> Refusal<C> {
    /// `None` when the code is not one that AWS could give.
    fn new(status: StatusCode, texts: Texts) -> Option<Self> {
        is_code(&texts.code).then(|| Self {
            cause: C::of(status, &texts.code, &texts.message),
            status,
            code: texts.code,
            request_id: Some(texts.request_id).filter(|id| is_request_id(id)),
            message: if is_harmless_message(&texts.message) {
                texts.message
            } else {
                WITHHELD.to_owned()
            },
            region: Some(texts.region).filter(|region| is_region(region)),
        })
    }
}
