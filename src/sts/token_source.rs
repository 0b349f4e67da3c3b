//! Which token an exchange uses: of the bound one and the pushed one that which expires last, else one of the worker's own
//! issuer.

use std::rc::Rc;
use std::time::Duration;

use super::{PushedToken, TokenError, WebIdentityToken};
use crate::join::boxed;
use crate::log::Level;
use crate::oidc::OwnIssuer;
use crate::platform::{Clock, Crypto, Entropy, Kv, Secrets, Telemetry};

/// Where tokens come from.
#[derive(Clone, Debug, Default)]
pub struct TokenSource {
    /// The pushed token, where pushing is configured.
    pub pushed: Option<Rc<PushedToken>>,
    /// The worker's own issuer, where one is configured.
    pub issuer: Option<Rc<OwnIssuer>>,
}

/// Where a token came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenOrigin {
    /// The secret `AWS_WEB_IDENTITY_TOKEN`.
    Bound,
    /// `PUT /v1/token`.
    Pushed,
    /// The worker's own issuer.
    Issuer,
}

impl TokenOrigin {
    /// Its name in the log and in `/readyz`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bound => "bound",
            Self::Pushed => "pushed",
            Self::Issuer => "issuer",
        }
    }
}

/// The tokens that others gave to the worker.
#[derive(Clone, Debug)]
pub struct HeldTokens {
    /// The bound one.
    pub bound: Result<WebIdentityToken, TokenError>,
    /// The pushed one; `None` where pushing is not configured.
    pub pushed: Option<Result<WebIdentityToken, TokenError>>,
}

impl HeldTokens {
    /// The one that expires last.
    ///
    /// # Errors
    /// [`TokenError`] of the bound token; of the pushed one where none is bound, or where it may be there a moment later.
    pub fn latest(&self) -> Result<(&WebIdentityToken, TokenOrigin), TokenError> {
        match (&self.bound, &self.pushed) {
            (Ok(bound), Some(Ok(pushed))) if pushed.expires_at > bound.expires_at => {
                Ok((pushed, TokenOrigin::Pushed))
            }
            (Ok(bound), _) => Ok((bound, TokenOrigin::Bound)),
            (Err(_), Some(Ok(pushed))) => Ok((pushed, TokenOrigin::Pushed)),
            (Err(bound), Some(Err(pushed)))
                if *bound == TokenError::Missing || pushed.is_transient() =>
            {
                Err(*pushed)
            }
            (Err(bound), _) => Err(*bound),
        }
    }
}

impl TokenSource {
    /// The bound token, and the pushed one as it was no longer than `max_age` ago.
    pub async fn held(
        &self,
        max_age: Duration,
        platform: &(impl Secrets + Kv + Clock + Crypto + Telemetry),
    ) -> HeldTokens {
        let pushed = match &self.pushed {
            Some(pushed) => Some(boxed(pushed.load(max_age, platform)).await),
            None => None,
        };
        let secret = platform.web_identity_token().await;
        let bound = WebIdentityToken::read(secret, platform.now());
        HeldTokens { bound, pushed }
    }

    /// A token for an exchange. The own issuer steps in where no other token can be used. A bound token that cannot be used
    /// is in the log.
    ///
    /// # Errors
    /// [`TokenError`], which is in the log then: of [`HeldTokens::latest`] without an own issuer, else
    /// [`TokenError::Unsigned`].
    pub async fn token(
        &self,
        platform: &(impl Secrets + Kv + Clock + Crypto + Entropy + Telemetry),
    ) -> Result<(WebIdentityToken, TokenOrigin), TokenError> {
        let held = self.held(Duration::ZERO, platform).await;
        let latest = held.latest();
        let result = match (latest, &self.issuer) {
            (Ok((token, origin)), _) => Ok((token.clone(), origin)),
            (Err(error), None) => Err(error),
            (Err(_), Some(issuer)) => {
                let minted = boxed(issuer.mint(platform)).await;
                let token = minted.map(|(jwt, expires_at)| WebIdentityToken { jwt, expires_at });
                let token = token.map(|token| (token, TokenOrigin::Issuer));
                token.ok_or(TokenError::Unsigned)
            }
        };
        if let Err(error) = held.bound
            && error != TokenError::Missing
            && result.as_ref().err() != Some(&error)
        {
            error.record(Level::Warn).write(platform);
        }
        result.inspect_err(|error| error.record(Level::Error).write(platform))
    }
}
