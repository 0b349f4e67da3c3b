//! Reads objects that the worker answers with itself.

use std::time::Duration;

use http::{Request, Response, StatusCode};

use super::call::withheld;
use super::{Cause, S3Error, failure};
use crate::aws::Credentials;
use crate::platform::{Clock, Entropy, Http, HttpError, Limits, Telemetry};
use crate::presign::Operation;
use crate::retry::{MAX_ATTEMPTS, Next, retry};

/// How long one attempt may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What S3 answers to the request for an object, unless it fails.
#[derive(Debug)]
pub enum ObjectAnswer {
    /// The object, a part of it, or that it was not modified. The body is empty if it is no text.
    Object(Response<String>),
    /// There is no such object.
    Absent,
    /// Anything else, such as a refusal, or more than the limit.
    Other,
}

/// Sends `request`, which performs `operation` and is signed with `credentials`, and reads at most `max_bytes`.
///
/// A call is retried, after a random pause, when there is no response, and after 5xx and throttling.
///
/// # Errors
/// [`S3Error`] when no attempt got an answer that is final.
pub async fn read(
    request: &Request<String>,
    operation: Operation,
    max_bytes: usize,
    credentials: &Credentials,
    platform: &(impl Http + Clock + Entropy + Telemetry),
) -> Result<ObjectAnswer, S3Error> {
    let limits = Limits {
        timeout: TIMEOUT,
        body_bytes: max_bytes,
    };
    retry(MAX_ATTEMPTS, platform, async |attempt| {
        let response = platform.send(request.clone(), limits).await;
        let answer = classify(response).map_err(|error| withheld(error, request, credentials));
        if let Err(error) = &answer {
            failure::record(operation, error, !attempt.is_last).write(platform);
            Next::Retry(answer)
        } else {
            Next::Done(answer)
        }
    })
    .await
}

/// What `response` means, whatever its body holds: that is not S3's own.
///
/// # Errors
/// [`S3Error`] where another attempt may get another answer.
fn classify(response: Result<Response<String>, HttpError>) -> Result<ObjectAnswer, S3Error> {
    let response = match response {
        Ok(response) => response,
        Err(HttpError::BodyTooLarge) => return Ok(ObjectAnswer::Other),
        Err(error) => return Err(S3Error::NoResponse(error)),
    };
    match response.status() {
        StatusCode::OK | StatusCode::PARTIAL_CONTENT | StatusCode::NOT_MODIFIED => {
            Ok(ObjectAnswer::Object(response))
        }
        status => {
            let error = S3Error::read(&response);
            let cause = error.refusal().map(|refusal| refusal.cause);
            if error.is_transient() && !status.is_redirection() {
                Err(error)
            } else if status == StatusCode::NOT_FOUND && cause != Some(Cause::NoSuchBucket) {
                Ok(ObjectAnswer::Absent)
            } else {
                Ok(ObjectAnswer::Other)
            }
        }
    }
}
