//! Calls to S3 that the worker makes for a request.

use std::time::Duration;

use http::{HeaderName, HeaderValue, Request, Response};

use super::context::{Context, signer};
use crate::api::Error;
use crate::credentials::lifetime::{Lifetime, SigningSession};
use crate::platform::Platform;
use crate::presign::{Operation, S3Request};
use crate::profiles::Profile;
use crate::s3::call::{CallResult, call};
use crate::s3::read::read_object;

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
        let (request, session) = self.authorized(profile, request, body).await?;
        let credentials = &session.session.credentials;
        let result = call(&request, operation, credentials, self.platform).await;
        self.trace.record_wait("s3", self.platform.now());
        Ok(result)
    }

    /// Signs a call that reads an object, adds the headers `conditions` without signing them, and makes the call: see
    /// [`read_object`].
    pub(super) async fn read_object(
        &self,
        profile: &Profile,
        operation: Operation,
        request: &S3Request<'_>,
        conditions: Vec<(HeaderName, HeaderValue)>,
        max_bytes: usize,
    ) -> Result<Option<Response<String>>, Error> {
        let signed = self.authorized(profile, request, String::new()).await;
        let (mut request, session) = signed?;
        for (name, value) in conditions {
            request.headers_mut().insert(name, value);
        }
        let credentials = &session.session.credentials;
        let answer = read_object(&request, operation, max_bytes, credentials, self.platform).await;
        self.trace.record_wait("s3", self.platform.now());
        Ok(answer?)
    }

    /// The signed call, and the session that signed it.
    async fn authorized(
        &self,
        profile: &Profile,
        request: &S3Request<'_>,
        body: String,
    ) -> Result<(Request<String>, SigningSession), Error> {
        let session = self.obtain_for_call(profile).await?;
        let request = signer(profile, &session)
            .authorize(request, body, session.signed_at)
            .map_err(|_| Error::Internal("signed request"))?;
        Ok((request, session))
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
