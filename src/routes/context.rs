//! What the handler of a request has at hand, once the request is authenticated.

use std::rc::Rc;
use std::time::SystemTime;

use http::Request;
use http::header::ORIGIN;

use crate::api::{Error, Trace};
use crate::callers::{LinkError, Principal};
use crate::config::Config;
use crate::credentials::lifetime::{Lifetime, SessionRequest, SigningSession};
use crate::credentials::obtain::{deadline, obtain};
use crate::credentials::{CredentialsError, SessionProvider};
use crate::platform::Platform;
use crate::presign::{Operation, Signer};
use crate::profiles::{self, KeyScope, Permission, Profile};

/// An authenticated request, and what its handler needs.
pub struct Context<'r, 'c, P> {
    /// The configuration.
    pub config: &'c Config,
    /// The request without its body.
    pub request: &'r Request<()>,
    /// Its body; empty where the route has none.
    pub body: String,
    /// Who sent it.
    pub principal: Principal,
    /// What it leaves behind.
    pub trace: &'r Trace<'c>,
    /// The platform.
    pub platform: &'r P,
}

impl<'c, P: Platform> Context<'_, 'c, P> {
    /// Authorizes the request: see [`profiles::authorize`]. The trace learns the profile.
    pub(super) fn authorize(
        &self,
        profile: &str,
        operation: Operation,
        scope: KeyScope<'_>,
    ) -> Result<Permission<'c>, Error> {
        self.trace.operation.set(Some(operation.name()));
        let profiles = &self.config.profiles;
        let permission = profiles::authorize(profiles, profile, operation, scope, &self.principal)?;
        self.record_profile(permission.profile);
        Ok(permission)
    }

    /// The trace learns that `profile` allows the request.
    pub(super) fn record_profile(&self, profile: &'c Profile) {
        self.trace.profile.set(Some(&profile.name));
        let origin = self.request.headers().get(ORIGIN);
        let origin = origin.and_then(|origin| origin.to_str().ok());
        let origins = &profile.cors_origins;
        let readable = origins.allow(origin.unwrap_or_default());
        let others = self.trace.readable.get().unwrap_or(true);
        self.trace.readable.set(Some(readable && others));
    }

    /// Obtains a session of `provider` for `session_request`, by `deadline`. The trace learns where it was found.
    pub(super) async fn obtain(
        &self,
        provider: &Rc<SessionProvider>,
        session_request: SessionRequest,
        deadline: SystemTime,
    ) -> Result<SigningSession, CredentialsError> {
        let known = provider.cache.last();
        let session = obtain(provider, session_request, deadline, self.platform).await;
        self.trace.record_wait("session", self.platform.now());
        let session = session?;
        let origin = provider.origin_of(&session.session, known.as_deref());
        self.trace.session.set(Some(origin));
        Ok(session)
    }

    /// When the request, which begins to wait for sessions, waits no longer.
    pub(super) fn deadline(&self) -> SystemTime {
        deadline(self.platform.now())
    }

    /// Obtains a session for a URL of `profile` with this lifetime.
    pub(super) async fn obtain_for_url(
        &self,
        profile: &Profile,
        lifetime: Lifetime,
    ) -> Result<SigningSession, Error> {
        let provider = &profile.provider;
        let session_request = provider.request(lifetime, profile.window);
        let session = self.obtain(provider, session_request, self.deadline());
        self.end_with_link(session.await?)
    }

    /// Ends the URL with the link that it is requested with, however long the request had to wait for a session, and
    /// whatever the profile's window adds to the lifetime.
    ///
    /// # Errors
    /// [`LinkError::Expired`] when the link has expired in the meantime.
    pub(super) fn end_with_link(&self, session: SigningSession) -> Result<SigningSession, Error> {
        match self.principal.link() {
            Some(link) => session
                .ending_by(link.expires_at)
                .ok_or(Error::Auth(LinkError::Expired.into())),
            None => Ok(session),
        }
    }
}

/// The signer of `profile` for `session`.
pub(super) fn signer(profile: &Profile, session: &SigningSession) -> Rc<Signer> {
    let credentials = &session.session.credentials;
    let signed_at = session.signed_at;
    profile.signer.get(credentials, &profile.region, signed_at)
}
