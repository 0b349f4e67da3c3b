//! The token for the next exchange.

use std::time::{Duration, SystemTime};

use super::report::{Check, Step};
use crate::api::Error;
use crate::config::Config;
use crate::credentials::CredentialsError;
use crate::iam::Trust;
use crate::instant::{NumericDate, left_until, rfc3339};
use crate::json::{Json, Object, from_json};
use crate::platform::Platform;
use crate::sts::{TokenError, TokenOrigin, WebIdentityToken};

/// The algorithms that [IAM accepts][iam].
///
/// [iam]: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
const ALGORITHMS: [&str; 6] = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"];

/// The token, and what it says of itself.
pub(super) struct Examined {
    pub(super) token: WebIdentityToken,
    pub(super) origin: TokenOrigin,
    pub(super) key_id: Option<String>,
    pub(super) trust: Trust,
}

/// The token that an exchange would use, and the steps about it; nothing where no role needs one.
pub(super) async fn check(
    config: &Config,
    platform: &impl Platform,
) -> (Vec<Step<'static>>, Option<Examined>) {
    let mut providers = config.providers.iter();
    let Some(provider) = providers.find(|provider| provider.role.is_some()) else {
        let seen = "static keys sign, and no role needs a token";
        return (vec![Step::skipped(Check::Token, seen)], None);
    };
    let secret = platform.web_identity_token().await;
    let text_chars = secret
        .as_ref()
        .ok()
        .and_then(|text| Some(text.as_ref()?.trim_end().chars().count()));
    let bound = WebIdentityToken::read(secret, platform.now());
    let (token, origin) = match provider.tokens.token(platform).await {
        Ok(found) => found,
        Err(error) => return (vec![unfit(error)], None),
    };
    let mut steps = Vec::new();
    if let Err(error) = &bound
        && origin != TokenOrigin::Bound
        && *error != TokenError::Missing
    {
        let fix = match origin {
            TokenOrigin::Pushed => "bind another, or delete it: the pushed token stands in",
            _ => "bind another, or delete it: the worker's own issuer stands in",
        };
        let step = Step::warning(Check::Token, error.to_string(), fix);
        steps.push(step.because(cause(*error)));
    }
    // Only what has both parts is taken for a token.
    let Some((header, claims)) = token.decoded() else {
        return (steps, None);
    };
    let around = text_chars.filter(|_| origin == TokenOrigin::Bound);
    let around = around.map(|chars| chars.saturating_sub(token.jwt.expose().len()));
    steps.push(describe(
        &token,
        origin,
        &header,
        &claims,
        around.unwrap_or_default(),
        platform.now(),
    ));
    // IAM compares `azp`, unless that has no value.
    let audience = text(&claims, "azp").filter(|azp| !azp.is_empty());
    let audiences = match audience {
        Some(azp) => vec![azp],
        None => claims.get("aud").map(texts).unwrap_or_default(),
    };
    let trust = Trust {
        issuer: text(&claims, "iss").unwrap_or_default(),
        audiences,
        subject: text(&claims, "sub").unwrap_or_default(),
    };
    let key_id = text(&header, "kid");
    (
        steps,
        Some(Examined {
            token,
            origin,
            key_id,
            trust,
        }),
    )
}

fn cause(error: TokenError) -> &'static str {
    Error::from(CredentialsError::Token(error))
        .answer()
        .problem
        .slug()
}

fn unfit(error: TokenError) -> Step<'static> {
    let fix = match error {
        TokenError::Missing | TokenError::Expired { .. } => {
            "set the secret AWS_WEB_IDENTITY_TOKEN to a fresh token of the issuer"
        }
        TokenError::NotPushed => {
            "send a fresh token of the issuer with PUT /v1/token, as deploy/kubernetes does"
        }
        TokenError::PushedUnreadable => {
            "check the binding of the KV namespace, and Cloudflare's status"
        }
        TokenError::Unreadable(_) => {
            "check the binding of the Secrets Store, and the secret's name in it"
        }
        TokenError::Malformed(_) => "bind the ID token as the issuer gave it, whole and alone",
        TokenError::Unsigned => "make another key with `npm run keys`, and set OIDC_SIGNING_KEYS",
    };
    Step::failure(Check::Token, error.to_string(), fix).because(cause(error))
}

/// What the token says of itself, and what is wrong with that. `around` is how many characters were taken off.
fn describe(
    token: &WebIdentityToken,
    origin: TokenOrigin,
    header: &Object,
    claims: &Object,
    around: usize,
    now: SystemTime,
) -> Step<'static> {
    let mut seen = format!("source {}", origin.name());
    for name in ["iss", "sub", "aud", "azp"] {
        if let Some(claim) = claims.get(name) {
            seen.push_str(&format!(", {name} {}", texts(claim).join(" ")));
        }
    }
    let instant = |name| from_json::<NumericDate>(claims.get(name)?.clone()).ok();
    for name in ["iat", "nbf", "exp"] {
        if let Some(NumericDate(at)) = instant(name) {
            seen.push_str(&format!(", {name} {}", rfc3339(at)));
        }
    }
    let (alg, kid) = (text(header, "alg").unwrap_or_default(), text(header, "kid"));
    seen.push_str(&format!(
        ", {alg}, kid {}",
        kid.as_deref().unwrap_or("missing")
    ));
    if around > 0 {
        seen.push_str(&format!(", {around} characters around it taken off"));
    }
    let is_premature = ["iat", "nbf"]
        .into_iter()
        .filter_map(instant)
        .any(|at| left_until(at.0, now) > LEEWAY);
    if !ALGORITHMS.contains(&alg.as_str()) {
        let fix = format!(
            "have the issuer sign by one of {}: AWS accepts no other",
            ALGORITHMS.join(", ")
        );
        return Step::failure(Check::Token, seen, fix);
    }
    if is_premature {
        let fix = "correct the clock of the issuer: `iat` or `nbf` is in the future";
        return Step::failure(Check::Token, seen, fix);
    }
    if !text(claims, "iss").is_some_and(|iss| iss.starts_with("https://")) {
        let fix = "configure the issuer with its https URL: AWS accepts no other `iss`";
        return Step::warning(Check::Token, seen, fix);
    }
    if origin != TokenOrigin::Issuer && left_until(token.expires_at, now).as_secs() < MIN_LEFT_SECS
    {
        let fix = "bind a fresh one within the hour, and let a job do so from then on";
        return Step::warning(Check::Token, seen, fix);
    }
    if kid.is_none() {
        let fix = "have the issuer write `kid` into the header: without it, a change of its keys breaks the exchange";
        return Step::warning(Check::Token, seen, fix);
    }
    Step::ok(Check::Token, seen)
}

/// Clocks that differ by less are no fault.
const LEEWAY: Duration = Duration::from_secs(30);

/// A bound token that lives no longer is soon to be replaced.
const MIN_LEFT_SECS: u64 = 3600;

fn text(object: &Object, name: &str) -> Option<String> {
    match object.get(name) {
        Some(Json::String(text)) => Some(text.clone()),
        _ => None,
    }
}

/// A text, or a list of texts.
fn texts(claim: &Json) -> Vec<String> {
    match claim {
        Json::String(text) => vec![text.clone()],
        Json::Array(items) => items.iter().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}
