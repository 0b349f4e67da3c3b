//! The path of requests that need no credential, and of those that have no route.

use http::{HeaderMap, Request, Response};

use super::Service;
use super::principal::{authenticate, count};
use crate::api::{Error, RequestError, Trace};
use crate::cors::is_preflight;
use crate::join::{Boxed, boxed};
use crate::platform::{Body, Platform};
use crate::routes::{PublicRoute, health, issuer, openapi, readyz, token};

impl Service {
    /// Handles the request for a route that needs no credential; each has a future of its own, as in [`Context::handle`].
    ///
    /// [`Context::handle`]: crate::routes::Context::handle
    pub(super) fn handle_public<'f, 's: 'f, P: Platform>(
        &'s self,
        route: PublicRoute,
        capability: Option<&'f str>,
        request: &'f Request<()>,
        body: impl Body + 'f,
        trace: &'f Trace<'s>,
        platform: &'f P,
    ) -> Boxed<'f, Result<Response<String>, Error>> {
        let headers = request.headers();
        match route {
            PublicRoute::Health => boxed(async { health::health() }),
            PublicRoute::Ready => boxed(self.ready(capability, headers, trace, platform)),
            PublicRoute::OpenApi => boxed(async { Ok(openapi::document()) }),
            PublicRoute::Issuer(document) => {
                boxed(async move { issuer::document(self.config(platform)?, document) })
            }
            PublicRoute::Sts => boxed(self.sts(request, body, trace, platform)),
            PublicRoute::Token => boxed(self.push_token(headers, body, trace, platform)),
        }
    }

    /// `GET /readyz`. Probes are not counted.
    async fn ready<'s, P: Platform>(
        &'s self,
        capability: Option<&str>,
        headers: &HeaderMap,
        trace: &Trace<'s>,
        platform: &P,
    ) -> Result<Response<String>, Error> {
        let config = self.config(platform)?;
        let principal = authenticate(config, capability, headers, trace, platform).await?;
        let is_admin = config.callers.is_admin(&principal);
        readyz::ready(config, is_admin, platform).await
    }

    /// `PUT /v1/token`.
    async fn push_token<'s, P: Platform>(
        &'s self,
        headers: &HeaderMap,
        body: impl Body,
        trace: &Trace<'s>,
        platform: &P,
    ) -> Result<Response<String>, Error> {
        let config = self.config(platform)?;
        count(config, None, headers, trace, platform).await?;
        token::push(config, headers, body, platform).await
    }

    /// Responds to a request for a path and a method that have no route: with `error`, unless it is a preflight.
    pub(super) fn respond_without_route<P: Platform>(
        &self,
        error: RequestError,
        path: &str,
        request: &Request<()>,
        trace: &Trace<'_>,
        platform: &P,
    ) -> Result<Response<String>, Error> {
        match error {
            // No script of another origin pushes tokens.
            RequestError::MethodNotAllowed { allow }
                if is_preflight(request) && path != token::TOKEN_PATH =>
            {
                let cors = self.config(platform)?.cors.as_ref();
                let cors = cors.ok_or(RequestError::MethodNotAllowed { allow })?;
                trace.readable.set(Some(true));
                Ok(cors.preflight(request.headers(), allow))
            }
            error => Err(error.into()),
        }
    }
}
