//! Calls to S3, with retries.

use std::time::Duration;

use http::header::AUTHORIZATION;
use http::{Request, Response};

use super::{S3Error, failure, response};
use crate::aws::Credentials;
use crate::platform::{Clock, Entropy, Http, HttpError, Limits, Telemetry};
use crate::presign::Operation;
use crate::retry::{MAX_ATTEMPTS, Next, retry};
use crate::secret::Secret;

/// Bounds of one call. A list of 1,000 parts has about 500 KB.
const LIMITS: Limits = Limits {
    timeout: Duration::from_secs(10),
    body_bytes: 1024 * 1024,
};

/// Bounds of completing an upload. S3 can take [minutes][api], but clients do not wait for that long.
///
/// [api]: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
const COMPLETE_LIMITS: Limits = Limits {
    timeout: Duration::from_secs(60),
    body_bytes: 64 * 1024,
};

/// The result of a call.
#[derive(Debug)]
pub struct CallResult {
    /// The last response, if it is not an error.
    pub response: Result<Response<String>, S3Error>,
    /// How often S3 was called. If more than once, an earlier attempt may have taken effect.
    pub attempts: u32,
}

/// Sends `request`, which performs `operation` and is signed with `credentials`.
///
/// A call is retried, after a random pause, when there is no response, and after 5xx, throttling, and a response
/// that is not S3's unless its status is 4xx. Completing an upload is not retried after a timeout, because S3 may
/// still be at work, nor after a success without what S3 promises, because the upload may be complete.
pub async fn call(
    request: &Request<String>,
    operation: Operation,
    credentials: &Credentials,
    platform: &(impl Http + Clock + Entropy + Telemetry),
) -> CallResult {
    let completes = operation == Operation::CompleteMultipartUpload;
    let limits = if completes { COMPLETE_LIMITS } else { LIMITS };
    retry(MAX_ATTEMPTS, platform, async |attempt| {
        let response = call_once(request, operation, credentials, limits, platform).await;
        let retried = response.as_ref().err().map(|error| {
            let unsettled = completes
                && (*error == S3Error::NoResponse(HttpError::Timeout)
                    || failure::is_odd_success(error));
            let retried = !attempt.is_last && error.is_transient() && !unsettled;
            failure::record(operation, error, retried).write(platform);
            retried
        });
        let result = CallResult {
            response,
            attempts: attempt.number,
        };
        if retried == Some(true) {
            Next::Retry(result)
        } else {
            Next::Done(result)
        }
    })
    .await
}

/// The same with one attempt within `limits`, and without a line in the log.
///
/// # Errors
/// [`S3Error`], in which no message repeats a piece of a secret or of the access key's id.
pub async fn call_once(
    request: &Request<String>,
    operation: Operation,
    credentials: &Credentials,
    limits: Limits,
    platform: &impl Http,
) -> Result<Response<String>, S3Error> {
    let response = platform.send(request.clone(), limits).await;
    let checked = response
        .map_err(S3Error::NoResponse)
        .and_then(|response| response::check(operation, &response).map(|()| response));
    checked.map_err(|error| withheld(error, request, credentials))
}

/// `error` without what repeats a piece of a secret of the `request` or of the access key's id: an S3 that does not accept a
/// signature may quote all that it was sent.
pub(super) fn withheld(
    error: S3Error,
    request: &Request<String>,
    credentials: &Credentials,
) -> S3Error {
    let token = credentials.session_token.as_ref().map(Secret::expose);
    error.withhold(&[
        credentials.secret_access_key.expose(),
        &credentials.access_key_id,
        token.unwrap_or_default(),
        signature(request),
    ])
}

/// The signature in the header `Authorization`.
fn signature(request: &Request<String>) -> &str {
    let authorization = request.headers().get(AUTHORIZATION);
    let text = authorization.and_then(|value| value.to_str().ok());
    let parts = text.and_then(|text| text.rsplit_once("Signature="));
    parts.map_or("", |(_, signature)| signature)
}
