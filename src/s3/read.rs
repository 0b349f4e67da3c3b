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

/// Sends `request`, which performs `operation` and is signed with `credentials`, and reads at most `max_bytes`. The response is
/// the object, a part of it, or that it was not modified; its body is empty if it is no text. `None` stands for anything else,
/// such as a refusal, or more than the limit.
///
/// A call is retried, after a random pause, when there is no response, and after 5xx and throttling.
///
/// # Errors
/// [`S3Error`] when there is no such object, or no attempt got an answer that is final.
pub async fn read_object(
    request: &Request<String>,
    operation: Operation,
    max_bytes: usize,
    credentials: &Credentials,
    platform: &(impl Http + Clock + Entropy + Telemetry),
) -> Result<Option<Response<String>>, S3Error> {
    let limits = Limits {
        timeout: TIMEOUT,
        body_bytes: max_bytes,
    };
    retry(MAX_ATTEMPTS, platform, async |attempt| {
        let response = platform.send(request.clone(), limits).await;
        let answer = classify(response).map_err(|error| withheld(error, request, credentials));
        match &answer {
            Err(error) if error.is_transient() => {
                failure::record(operation, error, !attempt.is_last).write(platform);
                Next::Retry(answer)
            }
            _ => Next::Done(answer),
        }
    })
    .await
}

/// What `response` means, whatever its body holds: that is not S3's own.
///
/// # Errors
/// [`S3Error`] when there is no such object, and where another attempt may get another answer.
fn classify(
    response: Result<Response<String>, HttpError>,
) -> Result<Option<Response<String>>, S3Error> {
    let response = match response {
        Ok(response) => response,
        Err(HttpError::BodyTooLarge) => return Ok(None),
        Err(error) => return Err(S3Error::NoResponse(error)),
    };
    match response.status() {
        StatusCode::OK | StatusCode::PARTIAL_CONTENT | StatusCode::NOT_MODIFIED => {
            Ok(Some(response))
        }
        status => {
            let error = S3Error::read(&response);
            let cause = error.refusal().map(|refusal| refusal.cause);
            if error.is_transient() && !status.is_redirection() {
                Err(error)
            } else if status == StatusCode::NOT_FOUND && cause != Some(Cause::NoSuchBucket) {
                let cause = Cause::NoSuchObject;
                Err(S3Error::Unusable { status, cause })
            } else {
                Ok(None)
            }
        }
    }
}
