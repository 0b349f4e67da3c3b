//! A request for something of a profile, once it is known who asks.

use std::rc::Rc;

use http::Request;
use http::header::ORIGIN;

use super::Service;
use crate::callers::{LinkFault, Who};
use crate::config::Config;
use crate::credentials::Supply;
use crate::credentials::lifetime::{Lifetime, Obtained, Wanted};
use crate::credentials::obtain::obtain;
use crate::error::Error;
use crate::platform::Platform;
use crate::presign::{Operation, Signer};
use crate::profiles::{self, Keys, Permit, Profile};
use crate::trace::Trace;

/// The request, and all that its answer needs.
pub(super) struct Asking<'a, 's, P> {
    pub(super) service: &'s Service,
    pub(super) config: &'s Rc<Config>,
    pub(super) request: &'a Request<String>,
    pub(super) who: Who<'s>,
    pub(super) trace: &'a Trace<'s>,
    pub(super) platform: &'a P,
}

impl<'s, P: Platform> Asking<'_, 's, P> {
    /// See [`profiles::permit`]; the trace learns of it.
    pub(super) fn permit(
        &self,
        name: &str,
        operation: Operation,
        keys: Keys<'_>,
    ) -> Result<Permit<'s>, Error> {
        self.trace.operation.set(Some(operation));
        let profiles = &self.config.profiles;
        let permit = profiles::permit(profiles, name, operation, keys, &self.who)?;
        self.trace.profile.set(Some(&permit.profile.name));
        let origin = self.request.headers().get(ORIGIN);
        let origin = origin.and_then(|origin| origin.to_str().ok());
        let readable = permit
            .profile
            .cors_origins
            .admit(origin.unwrap_or_default());
        let others = self.trace.readable.get().unwrap_or(true);
        self.trace.readable.set(Some(readable && others));
        Ok(permit)
    }

    /// What `profile` signs with.
    pub(super) fn supply(&self, profile: &Profile) -> Result<&'s Rc<Supply>, Error> {
        let supply = self.service.supplies.get(profile.provider);
        supply.ok_or(Error::Internal("provider"))
    }

    /// Finds a session of `supply` that serves as `wanted`; the trace learns where.
    pub(super) async fn obtain(
        &self,
        supply: &Rc<Supply>,
        wanted: Wanted,
    ) -> Result<Obtained, Error> {
        let known = supply.memory.last();
        let obtained = obtain(self.config, supply, wanted, self.platform).await;
        self.trace.waited("session", self.platform.now());
        let obtained = obtained?;
        let source = supply.source(known.as_deref(), &obtained.session);
        self.trace.session.set(Some(source));
        Ok(obtained)
    }

    /// The same for a URL of `profile` with this lifetime.
    pub(super) async fn obtain_for(
        &self,
        profile: &Profile,
        lifetime: Lifetime,
    ) -> Result<Obtained, Error> {
        let supply = self.supply(profile)?;
        let wanted = supply.wanted(lifetime, profile.window);
        self.within_link(self.obtain(supply, wanted).await?)
    }

    /// No URL outlives the link that it is asked for with, however long that had to wait for a session and
    /// whatever the profile's window adds to its life.
    ///
    /// # Errors
    /// [`Error::LinkRefused`] when the link has ended meanwhile.
    pub(super) fn within_link(&self, obtained: Obtained) -> Result<Obtained, Error> {
        match &self.who {
            Who::Link(link) => obtained
                .ending_by(link.expires_at)
                .ok_or(Error::LinkRefused(LinkFault::Expired)),
            Who::Caller { .. } | Who::Anonymous => Ok(obtained),
        }
    }

    /// What signs for `profile` with the session that was obtained for it.
    pub(super) fn signer(&self, profile: &Profile, obtained: &Obtained) -> Rc<Signer> {
        let credentials = &obtained.session.credentials;
        let (provider, region) = (profile.provider, &profile.region);
        self.service
            .signers
            .get(provider, credentials, region, obtained.signed_at)
    }
}
