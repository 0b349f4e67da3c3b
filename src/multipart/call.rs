//! Calls to S3 with their bounded retries.

use std::time::Duration;

use http::{Request, Response};

use super::{S3Failure, response};
use crate::aws::retry::{MAX_ATTEMPTS, pause_after};
use crate::log::Event;
use crate::platform::{Limits, Platform, Unreachable};
use crate::presign::Operation;

/// What one call may take; a thousand parts are about 500 KB.
const LIMITS: Limits = Limits {
    time: Duration::from_secs(10),
    answer_bytes: 1024 * 1024,
};

/// What completing may take: S3 can be at it [for minutes][api], but clients do not wait for that.
///
/// [api]: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
const COMPLETE_LIMITS: Limits = Limits {
    time: Duration::from_secs(60),
    answer_bytes: 64 * 1024,
};

/// How a call ended.
#[derive(Debug)]
pub struct Called {
    /// The last answer, if it is no error.
    pub answer: Result<Response<String>, S3Failure>,
    /// How often S3 was called. After more than one call, an earlier one may have done its work.
    pub attempts: u32,
}

/// Sends `request`, which is to do `operation`.
///
/// Retried, with a random pause between: no answer, 5xx, throttling, and an answer that is none, unless
/// its status is 4xx. Only completing is not tried again when time has run out: it may be under way.
pub async fn call<P: Platform>(
    request: &Request<String>,
    operation: Operation,
    platform: &P,
) -> Called {
    let completes = operation == Operation::CompleteMultipartUpload;
    let limits = if completes { COMPLETE_LIMITS } else { LIMITS };
    let mut attempts: u32 = 1;
    loop {
        let answer = platform.send(request.clone(), limits).await;
        let answer = answer
            .map_err(S3Failure::Unreachable)
            .and_then(|answer| response::check(operation, &answer).map(|()| answer));
        let Err(failure) = &answer else {
            return Called { answer, attempts };
        };
        let under_way = *failure == S3Failure::Unreachable(Unreachable::TimedOut) && completes;
        let retried = attempts < MAX_ATTEMPTS && failure.is_transient() && !under_way;
        platform.log(&Event::S3Failed {
            operation,
            failure,
            retried,
        });
        if !retried {
            return Called { answer, attempts };
        }
        let random = platform.random().unwrap_or_default();
        platform.pause(pause_after(attempts, random)).await;
        attempts = attempts.saturating_add(1);
    }
}
