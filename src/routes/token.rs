//! `PUT /v1/token`: a rotated OIDC token, which proves itself by its issuer's signature. From then on every edge uses it.

use std::time::Duration;

use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Response};

use crate::api::{Error, RequestError, body, response};
use crate::callers::{PushError, PushRule, TokenRefusal};
use crate::config::Config;
use crate::instant::rfc3339;
use crate::log::{Level, Record};
use crate::platform::{Body, Platform};
use crate::sts::{NotStored, TokenError, WebIdentityToken, is_storable};

/// Its path.
pub const TOKEN_PATH: &str = "/v1/token";

/// Longest body, in bytes: the longest [`WebIdentityToken`][api] that STS accepts.
///
/// [api]: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
pub const MAX_TOKEN_BYTES: usize = 20_000;

/// `204` when the token is used from now on, or was before.
///
/// # Errors
/// [`Error::TokenRefused`], whatever is wrong with the token; [`Error::Auth`] when it cannot be verified at the moment, and
/// [`Error::TokenNotStored`].
pub async fn push<P: Platform>(
    config: &Config,
    headers: &HeaderMap,
    body: impl Body,
    platform: &P,
) -> Result<Response<String>, Error> {
    let rule = config.push_rule.as_ref().ok_or(RequestError::NoSuchRoute)?;
    let accepted = accept(config, rule, headers, body, platform).await;
    if let Err(Error::TokenRefused(reason)) = &accepted {
        Record::new(Level::Warn, "tokenRefused", reason.to_string()).write(platform);
    }
    accepted.map(|()| response::no_content())
}

async fn accept<P: Platform>(
    config: &Config,
    rule: &PushRule,
    headers: &HeaderMap,
    body: impl Body,
    platform: &P,
) -> Result<(), Error> {
    let text = receive(headers, body).await?;
    let token = WebIdentityToken::read(Ok(Some(text)), platform.now());
    let token = token.map_err(|error| match error {
        TokenError::Expired { .. } => TokenRefusal::Expired,
        _ => TokenRefusal::Malformed,
    })?;
    if !is_storable(token.expires_at, platform.now()) {
        return Err(TokenRefusal::Expired.into());
    }
    let verified = rule.verify(token.jwt.expose(), platform).await;
    let key_id = verified.map_err(|error| match error {
        PushError::Refused(reason) => Error::from(reason),
        PushError::Unverified(error) => error.into(),
    })?;
    let held = config.tokens.held(Duration::ZERO, platform).await;
    // Another one could be there that expires later.
    if let Some(Err(TokenError::PushedUnreadable)) = held.pushed {
        return Err(NotStored.into());
    }
    let pushed = held.pushed.and_then(Result::ok);
    let in_hand: Vec<WebIdentityToken> = held.bound.ok().into_iter().chain(pushed).collect();
    if in_hand.iter().any(|held| held.jwt == token.jwt) {
        return Ok(());
    }
    if in_hand
        .iter()
        .any(|held| held.expires_at >= token.expires_at)
    {
        return Err(TokenRefusal::Older.into());
    }
    // Its issuer may have taken its time.
    if !is_storable(token.expires_at, platform.now()) {
        return Err(TokenRefusal::Expired.into());
    }
    let store = config.tokens.pushed.as_ref();
    store.ok_or(NotStored)?.save(&token, platform).await?;
    let (exp, kid) = (rfc3339(token.expires_at), key_id.unwrap_or_default());
    let detail = format!("a token was pushed that expires at {exp}; kid: {kid}");
    Record::new(Level::Info, "tokenPushed", detail).write(platform);
    Ok(())
}

async fn receive(headers: &HeaderMap, body: impl Body) -> Result<String, TokenRefusal> {
    let announced = headers.get(CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|bytes| bytes > MAX_TOKEN_BYTES) {
        return Err(TokenRefusal::Oversized);
    }
    let received = body::receive(body, MAX_TOKEN_BYTES).await;
    received.map_err(|error| match error {
        Error::Request(RequestError::BodyTooLarge { .. }) => TokenRefusal::Oversized,
        _ => TokenRefusal::Malformed,
    })
}
