//! Which pushed tokens are accepted: those of one subject of one issuer, by the signature alone. Whoever holds such a
//! token could exchange it at STS too.

use std::rc::Rc;
use std::time::SystemTime;

use super::claims::Claims;
use super::error::AuthError;
use super::issuer::Issuer;
use super::jwt::{Jwt, JwtError};
use crate::json::Json;
use crate::platform::{Background, Clock, Crypto};

/// The claims that a pushed token must have.
#[derive(Clone, Debug)]
pub struct PushRule {
    /// Its issuer: `iss`.
    pub issuer: Rc<Issuer>,
    /// Its audience. As at STS, that is `azp` where a token has it, else one of `aud`.
    pub audience: String,
    /// Its subject: `sub`.
    pub subject: String,
}

/// Why a pushed token is refused, in a word. It is for the log; whoever pushed the token does not learn it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefusal {
    /// The body is longer than STS accepts tokens.
    #[error("oversized")]
    Oversized,
    /// The body cannot be read, or is no JWT that STS could accept.
    #[error("malformed")]
    Malformed,
    /// `alg` is `none`, symmetric or unknown.
    #[error("algorithm")]
    Algorithm,
    /// `iss` is another.
    #[error("issuer")]
    Issuer,
    /// The audience is another.
    #[error("audience")]
    Audience,
    /// `sub` is another, or missing.
    #[error("subject")]
    Subject,
    /// `exp` has passed, or will within the shortest time for which KV keeps anything.
    #[error("expired")]
    Expired,
    /// `nbf` or `iat` is in the future.
    #[error("premature")]
    Premature,
    /// The issuer has no key, or more than one, that fits its `kid` and `alg`.
    #[error("key")]
    Key,
    /// The signature does not verify.
    #[error("signature")]
    Signature,
    /// It expires no later than a token that is there.
    #[error("older")]
    Older,
}

/// Why a pushed token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// It never will be.
    #[error("{0}")]
    Refused(#[from] TokenRefusal),
    /// The issuer's keys cannot be fetched, or were fetched too recently to look for a new key.
    #[error(transparent)]
    Unverified(AuthError),
}

impl PushRule {
    /// Verifies `token`, and returns the `kid` of its key. Whatever costs more than reading the token comes last: at most
    /// one signature is verified.
    ///
    /// # Errors
    /// [`PushError`].
    pub async fn verify(
        &self,
        token: &str,
        platform: &(impl Clock + Crypto + Background),
    ) -> Result<Option<String>, PushError> {
        let jwt = Jwt::read(token).map_err(refusal)?;
        let asked_at = platform.now();
        self.check_claims(&jwt.claims, asked_at)?;
        match self.issuer.check_signature(&jwt, platform).await {
            Ok(_) => Ok(jwt.key_id),
            // Else whoever makes up names of keys could keep the first token of a new key out.
            Err(AuthError::Jwt(JwtError::UnknownKey))
                if self.issuer.may_have_key_of(&jwt, asked_at) =>
            {
                Err(PushError::Unverified(AuthError::IssuerUnreachable))
            }
            Err(AuthError::Jwt(error)) => Err(refusal(error).into()),
            Err(error) => Err(PushError::Unverified(error)),
        }
    }

    fn check_claims(&self, claims: &Claims, now: SystemTime) -> Result<(), TokenRefusal> {
        if claims.issuer != self.issuer.urls().issuer {
            return Err(TokenRefusal::Issuer);
        }
        // One without a value stands for none.
        let azp = claims.find("azp");
        let azp = azp.filter(|azp| **azp != Json::Null && **azp != Json::String(String::new()));
        let has_audience = match azp {
            Some(azp) => *azp == Json::String(self.audience.clone()),
            None => claims.audiences.contains(&self.audience),
        };
        if !has_audience {
            return Err(TokenRefusal::Audience);
        }
        if claims.subject() != Some(&self.subject) {
            return Err(TokenRefusal::Subject);
        }
        if claims.is_premature_at(now) {
            return Err(TokenRefusal::Premature);
        }
        Ok(())
    }
}

fn refusal(error: JwtError) -> TokenRefusal {
    match error {
        JwtError::Algorithm => TokenRefusal::Algorithm,
        JwtError::Malformed | JwtError::Type | JwtError::Critical => TokenRefusal::Malformed,
        JwtError::Issuer => TokenRefusal::Issuer,
        JwtError::Audience => TokenRefusal::Audience,
        JwtError::Claims | JwtError::SeveralCallers => TokenRefusal::Subject,
        JwtError::Expired => TokenRefusal::Expired,
        JwtError::Premature => TokenRefusal::Premature,
        JwtError::UnknownKey => TokenRefusal::Key,
        JwtError::Signature => TokenRefusal::Signature,
    }
}
