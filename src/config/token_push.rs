//! `PUSHED_TOKEN_ISSUER` and what belongs to it: which tokens may be pushed.

use super::Slots;
use super::bindings::Bindings;
use super::callers::shared_issuer;
use super::errors::Errors;
use crate::callers::{Callers, IssuerUrls, PushRule, is_trustworthy};
use crate::oidc::OwnIssuer;
use crate::sealed::CacheKey;
use crate::sts::PushedToken;

/// The issuer whose tokens may be pushed. The other settings have no meaning without it.
pub(super) const ISSUER: &str = "PUSHED_TOKEN_ISSUER";

/// The claims that a pushed token of `issuer` must have, and where it is kept.
// Not inlined, because most configurations have none.
#[inline(never)]
pub(super) fn token_push(
    issuer: String,
    bindings: Bindings<'_>,
    own_issuer: Option<&OwnIssuer>,
    callers: &Callers,
    cache_keys: &[CacheKey],
    slots: &mut Slots,
    errors: &mut Errors,
) -> Option<(PushRule, PushedToken)> {
    if !is_trustworthy(&issuer) {
        errors.add(ISSUER, "must be an https URL, or an http URL on loopback");
    }
    let is_own = |own: &OwnIssuer| own.url == issuer.trim_end_matches('/');
    if own_issuer.is_some_and(is_own) {
        errors.add(ISSUER, "is OIDC_ISSUER, whose tokens nobody else has");
    }
    let audience = bindings.text("PUSHED_TOKEN_AUDIENCE");
    let audience = audience.unwrap_or_else(|| "sts.amazonaws.com".to_owned());
    let subject = bindings.text("PUSHED_TOKEN_SUBJECT").unwrap_or_else(|| {
        errors.add(
            "PUSHED_TOKEN_SUBJECT",
            "is missing: whose tokens may be pushed",
        );
        String::new()
    });
    let kept = PushedToken::new(cache_keys, &issuer, &audience, &subject);
    if kept.is_none() && !errors.has("CACHE_KEY") {
        let reason = "is missing: it seals pushed tokens, which are kept in KV";
        errors.add("CACHE_KEY", reason);
    }
    let urls = IssuerUrls {
        issuer,
        jwks_uri: None,
    };
    let rule = PushRule {
        issuer: shared_issuer(urls, &callers.callers, slots),
        audience,
        subject,
    };
    Some((rule, kept?))
}
