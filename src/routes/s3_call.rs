//! Calls to S3 that the worker makes for a request.

use std::time::Duration;

use super::context::{Context, signer};
use crate::api::Error;
use crate::credentials::lifetime::{Lifetime, SigningSession};
use crate::platform::Platform;
use crate::presign::{Operation, S3Request};
use crate::profiles::Profile;
use crate::s3::call::{CallResult, call};

/// How long a session has to last for a call to S3: for its retries, and for a clock of S3 that is ahead.
const CALL_LIFETIME: Duration = Duration::from_secs(120);

impl<P: Platform> Context<'_, '_, P> {
    /// Signs a call to S3 and makes it.
    pub(super) async fn call(
        &self,
        profile: &Profile,
        operation: Operation,
        request: &S3Request<'_>,
        body: String,
    ) -> Result<CallResult, Error> {
        let session = self.obtain_for_call(profile).await?;
        let credentials = &session.session.credentials;
        let request = signer(profile, &session)
            .authorize(request, body, session.signed_at)
            .map_err(|_| Error::Internal("signed request"))?;
        let result = call(&request, operation, credentials, self.platform).await;
        self.trace.record_wait("s3", self.platform.now());
        Ok(result)
    }

    /// Obtains a session for calls to S3.
    pub(super) async fn obtain_for_call(&self, profile: &Profile) -> Result<SigningSession, Error> {
        let lifetime = Lifetime::UpTo(CALL_LIFETIME);
        let provider = &profile.provider;
        let session_request = provider.request(lifetime, Duration::ZERO);
        let session = self.obtain(provider, session_request, self.deadline());
        Ok(session.await?)
    }
}
