//! [`GetScopedCredentials`][api]: credentials of a session with fewer permissions than the session has.
//!
//! [api]: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetScopedCredentials.html

use super::response::{TemporaryCredentials, read_of};
use super::{CALL_LIMITS, StsError, failure};
use crate::aws::{Credentials, Endpoint, signed_post};
use crate::encode::query as encode;
use crate::platform::{Clock, Entropy, Http, HttpError, Telemetry};
use crate::retry::{Next, retry};
use crate::secret::Secret;

const ACTION: &str = "GetScopedCredentials";

/// Most calls. Clients that wait for the answer give up soon.
const MAX_ATTEMPTS: u32 = 2;

/// A regional endpoint of STS. The global one does not have the action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionalSts {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// Its region.
    pub region: String,
}

/// The parameters of the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// `Policy`: what the credentials may do, of what the session may do.
    pub policy: String,
    /// `DurationSeconds`; `None` for as long as the session lasts.
    pub duration_secs: Option<u64>,
    /// `ScopedSessionDescription`, which CloudTrail records: 2 to 256 characters.
    pub description: String,
}

/// Narrows the session with these `credentials` to `scope`.
///
/// # Errors
/// [`StsError`], which is in the log then.
pub async fn scoped_credentials(
    sts: &RegionalSts,
    credentials: &Credentials,
    scope: &Scope,
    platform: &(impl Http + Clock + Entropy + Telemetry),
) -> Result<TemporaryCredentials, StsError> {
    retry(MAX_ATTEMPTS, platform, async |attempt| {
        let result = call(sts, credentials, scope, platform).await;
        let Err(error) = &result else {
            return Next::Done(result);
        };
        let retried = error.is_transient() && !attempt.is_last;
        failure::record(error, retried).write(platform);
        if retried {
            Next::Retry(result)
        } else {
            Next::Done(result)
        }
    })
    .await
}

async fn call(
    sts: &RegionalSts,
    credentials: &Credentials,
    scope: &Scope,
    platform: &(impl Http + Clock),
) -> Result<TemporaryCredentials, StsError> {
    let now = platform.now();
    let service = ("sts", sts.region.as_str());
    let request = signed_post(&sts.endpoint, service, form(scope), credentials, now);
    let request = request.ok_or(StsError::NoResponse(HttpError::Connection))?;
    let response = platform.send(request, CALL_LIMITS).await;
    let response = response.map_err(StsError::NoResponse)?;
    let granted = read_of(ACTION, &response, platform.now());
    let token = credentials.session_token.as_ref();
    let secrets = [Some(&credentials.secret_access_key), token].into_iter();
    let secrets: Vec<&str> = secrets.flatten().map(Secret::expose).collect();
    granted.map_err(|error| error.withhold(&secrets))
}

fn form(scope: &Scope) -> String {
    let mut form = format!(
        "Action={ACTION}&Version=2011-06-15&Policy={}&ScopedSessionDescription={}",
        encode(&scope.policy),
        encode(&scope.description),
    );
    if let Some(secs) = scope.duration_secs {
        form.push_str(&format!("&DurationSeconds={secs}"));
    }
    form
}
