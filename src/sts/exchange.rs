//! The exchange of the token for credentials, with retries.

use std::time::{Duration, SystemTime};

use http::header::DATE;

use super::response::TemporaryCredentials;
use super::{
    Cause, Role, StsError, TokenError, TokenOrigin, TokenSource, WebIdentityToken, failure,
    request, response,
};
use crate::aws::Endpoint;
use crate::instant::{floor_to, left_until, parse_http_date};
use crate::log::{Level, Record};
use crate::platform::{Clock, Crypto, Entropy, Http, HttpError, Kv, Limits, Secrets, Telemetry};
use crate::retry::{MAX_PAUSE, Next, retry};

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
    let (mut token, mut origin) = source.token(platform).await?;
    let mut token_reread = false;
    retry(effort.max_attempts, platform, async |attempt| {
        let error = match call(sts, role, &token, platform).await.0 {
            Ok(granted) => {
                granted_record(&granted, origin, platform, attempt.number).write(platform);
                return Next::Done(Ok(granted));
            }
            Err(error) => error,
        };
        let is_last = attempt.is_last || !effort.allows_retry(platform.now());
        let expired = error.refusal().map(|it| it.cause) == Some(Cause::TokenExpired);
        let mut replaced = false;
        if expired && !token_reread && !is_last {
            token_reread = true;
            match source.token(platform).await {
                Ok(fresh) => {
                    replaced = fresh.0.jwt != token.jwt;
                    (token, origin) = fresh;
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
    })
    .await
}

/// One call, without retries and without a line in the log: what STS grants, and its clock, if it answers with that.
pub async fn call(
    sts: &Endpoint,
    role: &Role,
    token: &WebIdentityToken,
    platform: &(impl Http + Clock),
) -> (Result<TemporaryCredentials, StsError>, Option<SystemTime>) {
    let response = match request::assume_role_with_web_identity(sts, role, token) {
        Ok(request) => platform.send(request, CALL_LIMITS).await,
        Err(_) => Err(HttpError::Connection),
    };
    let response = match response {
        Ok(response) => response,
        Err(error) => return (Err(StsError::NoResponse(error)), None),
    };
    let date = response.headers().get(DATE);
    let date = date.and_then(|date| parse_http_date(date.to_str().ok()?));
    let granted = response::read(&response, platform.now());
    // An STS may quote the token that it refuses.
    let granted = granted.map_err(|error| error.withhold(&[token.jwt.expose()]));
    (granted, date)
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
