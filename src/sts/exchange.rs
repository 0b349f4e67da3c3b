//! The exchange of the token for credentials, with retries.

use std::time::{Duration, SystemTime};

use http::Response;
use http::header::DATE;

use super::response::TemporaryCredentials;
use super::{
    Cause, Role, StsError, TokenError, TokenOrigin, TokenSource, WebIdentityToken, failure,
    request, response,
};
use crate::aws::Endpoint;
use crate::instant::{floor_to, left_until, parse_http_date};
use crate::join::boxed;
use crate::log::{Level, Record};
use crate::platform::{Clock, Crypto, Entropy, Http, HttpError, Kv, Limits, Secrets, Telemetry};
use crate::retry::{Attempt, MAX_PAUSE, Next, retry};

/// Bounds of one call. A response of STS has about 2 KB.
pub const CALL_LIMITS: Limits = Limits {
    timeout: Duration::from_secs(3),
    body_bytes: 64 * 1024,
};

/// How much is done for an exchange.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Most calls.
    pub max_attempts: u32,
    /// A call is not retried unless it would end before this, pause included.
    pub deadline: SystemTime,
}

impl Effort {
    fn allows_retry(&self, now: SystemTime) -> bool {
        left_until(self.deadline, now) >= CALL_LIMITS.timeout.saturating_add(MAX_PAUSE)
    }
}

/// Why the token was not exchanged for credentials.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeError {
    /// The token cannot be used, so STS was not called.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// STS did not grant credentials; the error of the last attempt.
    #[error(transparent)]
    Sts(#[from] StsError),
}

/// Exchanges a token of `source` for temporary credentials of `role`.
///
/// Within the bounds of `effort`, a call is retried, after a random pause, when there is no response, and after 5xx,
/// throttling, an issuer that STS could not reach, and a response that is not STS's unless its status is 4xx. Refusals are final, except that
/// there is one more call with another token when STS says that it has expired: the bound or pushed one may have been
/// replaced.
///
/// # Errors
/// [`ExchangeError`].
pub async fn exchange(
    sts: &Endpoint,
    role: &Role,
    source: &TokenSource,
    effort: Effort,
    platform: &(impl Http + Secrets + Kv + Clock + Crypto + Entropy + Telemetry),
) -> Result<TemporaryCredentials, ExchangeError> {
    let (token, origin) = source.token(platform).await?;
    let mut used = UsedToken {
        token,
        origin,
        reread: false,
    };
    retry(effort.max_attempts, platform, async |attempt| {
        let granted = match send(sts, role, &used.token, platform).await {
            Ok(response) => read(&response, &used.token, platform),
            Err(error) => Err(error),
        };
        match granted {
            Ok(granted) => {
                granted_record(&granted, used.origin, platform, attempt.number).write(platform);
                Next::Done(Ok(granted))
            }
            Err(error) => {
                let failed = after_failure(error, attempt, &mut used, source, effort, platform);
                boxed(failed).await
            }
        }
    })
    .await
}

/// The token of an exchange, and where it came from.
struct UsedToken {
    token: WebIdentityToken,
    origin: TokenOrigin,
    /// Whether it was read again.
    reread: bool,
}

/// What follows an attempt that failed with `error`.
async fn after_failure(
    error: StsError,
    attempt: Attempt,
    used: &mut UsedToken,
    source: &TokenSource,
    effort: Effort,
    platform: &(impl Secrets + Kv + Clock + Crypto + Entropy + Telemetry),
) -> Next<Result<TemporaryCredentials, ExchangeError>> {
    let is_last = attempt.is_last || !effort.allows_retry(platform.now());
    let expired = error.refusal().map(|it| it.cause) == Some(Cause::TokenExpired);
    let mut replaced = false;
    if expired && !used.reread && !is_last {
        used.reread = true;
        match source.token(platform).await {
            Ok((token, origin)) => {
                replaced = token.jwt != used.token.jwt;
                (used.token, used.origin) = (token, origin);
            }
            Err(error) => return Next::Done(Err(error.into())),
        }
    }
    // Reading the token may have taken the rest of the time.
    let is_last = is_last || !effort.allows_retry(platform.now());
    let retried = !is_last && (replaced || error.is_transient());
    failure::record(&error, retried).write(platform);
    let result = Err(ExchangeError::Sts(error));
    match (retried, replaced) {
        (false, _) => Next::Done(result),
        (true, true) => Next::RetryNow(result),
        (true, false) => Next::Retry(result),
    }
}

/// One call, without retries and without a line in the log: what STS grants, and its clock, if it answers with that.
pub async fn call(
    sts: &Endpoint,
    role: &Role,
    token: &WebIdentityToken,
    platform: &(impl Http + Clock),
) -> (Result<TemporaryCredentials, StsError>, Option<SystemTime>) {
    let response = match send(sts, role, token, platform).await {
        Ok(response) => response,
        Err(error) => return (Err(error), None),
    };
    let date = response.headers().get(DATE);
    let date = date.and_then(|date| parse_http_date(date.to_str().ok()?));
    (read(&response, token, platform), date)
}

async fn send(
    sts: &Endpoint,
    role: &Role,
    token: &WebIdentityToken,
    platform: &impl Http,
) -> Result<Response<String>, StsError> {
    let response = match request::assume_role_with_web_identity(sts, role, token) {
        Ok(request) => platform.send(request, CALL_LIMITS).await,
        Err(_) => Err(HttpError::Connection),
    };
    response.map_err(StsError::NoResponse)
}

fn read(
    response: &Response<String>,
    token: &WebIdentityToken,
    clock: &impl Clock,
) -> Result<TemporaryCredentials, StsError> {
    let granted = response::read(response, clock.now());
    // An STS may quote the token that it refuses.
    granted.map_err(|error| error.withhold(&[token.jwt.expose()]))
}

fn granted_record(
    granted: &TemporaryCredentials,
    origin: TokenOrigin,
    clock: &impl Clock,
    attempts: u32,
) -> Record {
    let now = floor_to(Duration::ZERO, clock.now());
    let secs = left_until(granted.expires_at, now).as_secs();
    let origin = origin.name();
    let detail = format!("STS granted a session of {secs} s at call {attempts}; token: {origin}");
    Record::new(Level::Info, "sessionGranted", detail)
}
