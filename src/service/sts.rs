//! The path of a request to `/sts`, where what authenticates is in the body.

use http::{Request, Response};

use super::Service;
use super::principal::{count, record_principal};
use crate::api::{self, Error, RequestError, Trace};
use crate::platform::{Body, Platform};
use crate::routes::Context;
use crate::routes::sts::{AssumeRole, MAX_STS_BYTES};

impl Service {
    /// The worker as an STS. The token in the form is what authenticates.
    pub(super) async fn sts<'s, P: Platform>(
        &'s self,
        request: &Request<()>,
        body: impl Body,
        trace: &Trace<'s>,
        platform: &P,
    ) -> Result<Response<String>, Error> {
        let (config, headers) = (self.config(platform)?, request.headers());
        if config.profiles.iter().all(|it| it.vends.is_none()) {
            return Err(RequestError::NoSuchRoute.into());
        }
        count(config, None, headers, trace, platform).await?;
        let body = api::body::receive(body, MAX_STS_BYTES).await;
        trace.record_wait("body", platform.now());
        let asked = AssumeRole::read(request.uri().query(), &body?)?;
        let principal = asked.authenticate(&config.callers, platform).await;
        trace.record_wait("caller", platform.now());
        let principal = principal?;
        record_principal(&principal, config, trace);
        count(config, Some(&principal), headers, trace, platform).await?;
        let context = Context {
            config,
            request,
            body: String::new(),
            principal,
            trace,
            platform,
        };
        context.assume_role(&asked).await
    }
}
