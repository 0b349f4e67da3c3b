//! Which token an exchange uses: the bound one, else one of the worker's own issuer.

use std::rc::Rc;

use super::{TokenError, WebIdentityToken};
use crate::log::Level;
use crate::oidc::OwnIssuer;
use crate::platform::{Clock, Crypto, Entropy, Secrets, Telemetry};

/// Where tokens come from.
#[derive(Clone, Debug, Default)]
pub struct TokenSource {
    /// The worker's own issuer, where one is configured.
    pub issuer: Option<Rc<OwnIssuer>>,
}

/// Where a token came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenOrigin {
    /// The secret `AWS_WEB_IDENTITY_TOKEN`.
    Bound,
    /// The worker's own issuer.
    Issuer,
}

impl TokenOrigin {
    /// Its name in the log and in `/readyz`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bound => "bound",
            Self::Issuer => "issuer",
        }
    }
}

impl TokenSource {
    /// A token for an exchange. The own issuer steps in where no token is bound, and, with a line in the log, where the
    /// bound one cannot be used.
    ///
    /// # Errors
    /// [`TokenError`], which is in the log then: of the bound token without an own issuer, else
    /// [`TokenError::Unsigned`].
    pub async fn token(
        &self,
        platform: &(impl Secrets + Clock + Crypto + Entropy + Telemetry),
    ) -> Result<(WebIdentityToken, TokenOrigin), TokenError> {
        let secret = platform.web_identity_token().await;
        let bound = WebIdentityToken::read(secret, platform.now());
        let result = match (bound, &self.issuer) {
            (Ok(token), _) => Ok((token, TokenOrigin::Bound)),
            (Err(error), None) => Err(error),
            (Err(error), Some(issuer)) => {
                if error != TokenError::Missing {
                    error.record(Level::Warn).write(platform);
                }
                let minted = issuer.mint(platform).await;
                let token = minted.map(|(jwt, expires_at)| WebIdentityToken { jwt, expires_at });
                let token = token.map(|token| (token, TokenOrigin::Issuer));
                token.ok_or(TokenError::Unsigned)
            }
        };
        result.inspect_err(|error| error.record(Level::Error).write(platform))
    }
}
