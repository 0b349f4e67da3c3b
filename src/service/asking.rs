//! A request for something of a profile, once it is known who asks.

use std::rc::Rc;
use std::time::Duration;

use http::Request;
use http::header::ORIGIN;

use super::Service;
use crate::callers::Who;
use crate::config::Config;
use crate::credentials::Supply;
use crate::credentials::lifetime::{Lifetime, Obtained, Wanted};
use crate::credentials::obtain::obtain;
use crate::error::Error;
use crate::platform::Platform;
use crate::presign::Operation;
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

    /// Finds a session of `profile` that outlives `lifetime`, with signing times rounded down to `window`.
    pub(super) async fn obtain(
        &self,
        profile: &Profile,
        lifetime: Lifetime,
        window: Duration,
    ) -> Result<Obtained, Error> {
        let supply = self.service.supply(profile)?;
        self.obtain_of(supply, supply.wanted(lifetime, window))
            .await
    }

    /// Finds a session of `supply` that is `wanted`; the trace learns where.
    pub(super) async fn obtain_of(
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
}
