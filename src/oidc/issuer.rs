//! The issuer, and the tokens that it signs.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::SigningKey;
use crate::instant::unix_secs;
use crate::platform::{Clock, Crypto, Entropy};
use crate::secret::Secret;

/// From `iat` to `exp`. A token is used once, at once.
pub const TOKEN_LIFETIME: Duration = Duration::from_secs(300);

/// How long before the worker's own time a token begins, so that it is valid for an STS whose clock is behind.
pub const BACKDATED: Duration = Duration::from_secs(30);

/// What a token is, as the claim `typ` of its header says. [Explicit types][types] keep whoever verifies one kind of token
/// from accepting another that the same key has signed.
///
/// [types]: https://www.rfc-editor.org/rfc/rfc8725#section-3.11
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenType {
    /// A web identity token, for STS alone.
    WebIdentity,
    /// A receipt of an upload, for applications.
    UploadReceipt,
}

impl TokenType {
    /// Its name in the header of a token.
    pub fn name(self) -> &'static str {
        match self {
            Self::WebIdentity => "JWT",
            Self::UploadReceipt => "upload-receipt+jwt",
        }
    }
}

/// The worker as an issuer. Its texts can stand in JSON as they are.
#[derive(Clone, Debug)]
pub struct OwnIssuer {
    /// Its URL without a slash at the end: the claim `iss`, to the letter.
    pub url: String,
    /// The path of that URL; usually empty.
    pub path: String,
    /// The claim `sub`.
    pub subject: String,
    /// The claim `aud`.
    pub audience: String,
    /// Signs.
    pub key: SigningKey,
    /// The other keys that are published: those that signed before, or will sign later.
    pub other_keys: Vec<SigningKey>,
}

impl OwnIssuer {
    /// All keys, the one that signs first.
    pub fn keys(&self) -> impl Iterator<Item = &SigningKey> {
        [&self.key].into_iter().chain(&self.other_keys)
    }

    /// Signs a token for one exchange, and says when it expires. `None` when the platform does not accept the key, or
    /// has no randomness.
    pub async fn mint(
        &self,
        platform: &(impl Clock + Crypto + Entropy),
    ) -> Option<(Secret, SystemTime)> {
        let issued_at = platform.now().checked_sub(BACKDATED)?;
        let expires_at = issued_at.checked_add(TOKEN_LIFETIME)?;
        let (iat, exp) = (unix_secs(issued_at), unix_secs(expires_at));
        let id = hex::encode(platform.random::<16>()?);
        let Self {
            url,
            subject,
            audience,
            ..
        } = self;
        let claims = format!(
            r#"{{"iss":"{url}","sub":"{subject}","aud":"{audience}","iat":{iat},"nbf":{iat},"exp":{exp},"jti":"{id}"}}"#
        );
        let jwt = self.sign(TokenType::WebIdentity, &claims, platform).await?;
        Some((Secret::new(jwt), expires_at))
    }

    /// Signs `claims`, a JSON object, as a JWT of this type in [compact form][compact]. `None` when the platform does not
    /// accept the key.
    ///
    /// [compact]: https://www.rfc-editor.org/rfc/rfc7515#section-3.1
    pub async fn sign(
        &self,
        token_type: TokenType,
        claims: &str,
        platform: &impl Crypto,
    ) -> Option<String> {
        let (key, typ) = (&self.key, token_type.name());
        let header = format!(
            r#"{{"alg":"{}","kid":"{}","typ":"{typ}"}}"#,
            key.alg, key.id
        );
        let [header, claims] = [&header, claims].map(|part| URL_SAFE_NO_PAD.encode(part));
        let mut jwt = format!("{header}.{claims}");
        let (id, private) = (&key.id, key.private.expose());
        let signature = platform
            .sign(key.algorithm, id, private, jwt.as_bytes())
            .await?;
        jwt.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut jwt);
        Some(jwt)
    }
}
