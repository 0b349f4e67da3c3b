//! The issuer of the token, as the worker sees it.

use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderName, Request, Response, StatusCode};
use serde::Deserialize;

use super::budget::{Budget, LEFT_OUT, LIMITS};
use super::report::{Check, Step};
use super::token::Examined;
use crate::callers::is_trustworthy;
use crate::json::{self, Json};
use crate::oidc::documents::METADATA_PATH;
use crate::platform::{CF_MITIGATED, Clock, Http};
use crate::sts::TokenOrigin;

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct JwkSet {
    keys: Vec<Json>,
}

/// Why a document cannot be used: what was seen, and the fix.
type Fault = (String, &'static str);

/// Longest text of another server that is repeated, in characters.
const MAX_CHARS: usize = 200;

/// The beginning of what another server says, without what would break lines.
fn brief(text: &str) -> String {
    let visible = text.chars().filter(|c| !c.is_control());
    visible.take(MAX_CHARS).collect()
}

/// The discovery document and the keys of the issuer that made `examined`.
pub(super) async fn check(
    examined: &Examined,
    budget: &Budget,
    platform: &(impl Http + Clock),
) -> Vec<Step<'static>> {
    if examined.origin == TokenOrigin::Issuer {
        let seen = "a worker's own requests do not pass its front door: `npm run doctor` looks from outside";
        return vec![
            Step::skipped(Check::Discovery, seen),
            Step::skipped(Check::Keys, seen),
        ];
    }
    let issuer = &examined.trust.issuer;
    let jwks_uri = match discover(issuer, budget, platform).await {
        Ok(jwks_uri) => jwks_uri,
        Err(step) => {
            return vec![
                *step,
                Step::skipped(Check::Keys, "the discovery document says where"),
            ];
        }
    };
    let seen = format!(
        "{issuer}{METADATA_PATH} names {issuer} and {}",
        brief(&jwks_uri)
    );
    let keys = match fetch(&jwks_uri, Check::Keys, budget, platform).await {
        Ok(keys) => keys_step(&keys, &jwks_uri, examined.key_id.as_deref()),
        Err(step) => *step,
    };
    vec![Step::ok(Check::Discovery, seen), keys]
}

/// Where the keys of `issuer` are.
async fn discover(
    issuer: &str,
    budget: &Budget,
    platform: &(impl Http + Clock),
) -> Result<String, Box<Step<'static>>> {
    let failure = |seen: String, fix| Box::new(Step::failure(Check::Discovery, seen, fix));
    let fix = "have the issuer publish its discovery document at this URL";
    let base = issuer.strip_suffix('/').unwrap_or(issuer);
    let url = format!("{base}{METADATA_PATH}");
    let document = fetch(&url, Check::Discovery, budget, platform).await?;
    let document: Metadata = json::read(&document).map_err(|_| {
        failure(
            format!("{url} is not JSON with `issuer` and `jwks_uri`"),
            fix,
        )
    })?;
    if document.issuer != issuer {
        let seen = format!(
            "{url} has the `issuer` {}, and the token's `iss` is {issuer}",
            brief(&document.issuer)
        );
        let fix = "have both be the same to the letter, slashes included, and register exactly that in IAM";
        return Err(failure(seen, fix));
    }
    Ok(document.jwks_uri)
}

fn keys_step(keys: &str, jwks_uri: &str, key_id: Option<&str>) -> Step<'static> {
    let Ok(JwkSet { keys }) = json::read(keys) else {
        let fix = "have the issuer publish its keys as a JWK Set there";
        return Step::failure(
            Check::Keys,
            format!("{} is not a JWK Set", brief(jwks_uri)),
            fix,
        );
    };
    let count = keys.len();
    let Some(key_id) = key_id else {
        return Step::ok(Check::Keys, format!("{count} keys; the token names none"));
    };
    let is_named = |key: &Json| match key {
        Json::Object(members) => members.get("kid") == Some(&Json::String(key_id.to_owned())),
        _ => false,
    };
    if keys.iter().any(is_named) {
        Step::ok(
            Check::Keys,
            format!("{count} keys, with the token's {key_id}"),
        )
    } else {
        let seen = format!("{count} keys, without the token's {key_id}");
        let fix = "have the issuer publish the key that signed the token, or bind a token that a published key signed";
        Step::failure(Check::Keys, seen, fix)
    }
}

async fn fetch(
    url: &str,
    check: Check,
    budget: &Budget,
    platform: &(impl Http + Clock),
) -> Result<String, Box<Step<'static>>> {
    if !is_trustworthy(url) {
        let fix = "have the issuer use https URLs";
        return Err(Box::new(Step::failure(
            check,
            format!("{} is not an https URL", brief(url)),
            fix,
        )));
    }
    if !budget.allows_call(platform) {
        return Err(Box::new(Step::skipped(check, LEFT_OUT)));
    }
    let fix = "make the document public: AWS has to fetch it";
    let failure =
        |(seen, fix): Fault| Box::new(Step::failure(check, format!("{}: {seen}", brief(url)), fix));
    let request = Request::get(url).body(String::new());
    let request = request.map_err(|_| failure(("not a URL".to_owned(), fix)))?;
    let response = platform.send(request, LIMITS).await;
    let response = response.map_err(|error| failure((error.to_string(), fix)))?;
    match obstacle(&response) {
        Some(fault) => Err(failure(fault)),
        None => Ok(response
            .into_body()
            .trim_start_matches('\u{feff}')
            .to_owned()),
    }
}

/// What stands between AWS and the document.
fn obstacle(response: &Response<String>) -> Option<Fault> {
    let header = |name: HeaderName| {
        let value = response.headers().get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let (status, location) = (response.status(), header(LOCATION));
    if status.is_redirection() {
        // Without the query, which may say more than where it leads.
        let to = brief(location.split('?').next().unwrap_or_default());
        if location.contains(".cloudflareaccess.com/") || location.contains("/cdn-cgi/access/") {
            let fix =
                "let `/.well-known/` pass without a login: a Bypass policy in Cloudflare Access";
            return Some((
                format!("redirects to the login of Cloudflare Access, {to}"),
                fix,
            ));
        }
        let fix = "serve the document at this URL itself";
        return Some((format!("redirects to {to}"), fix));
    }
    let is_page = header(CONTENT_TYPE).starts_with("text/html");
    if header(CF_MITIGATED) == "challenge" || is_page {
        let fix = "exempt `/.well-known/` from Bot Fight Mode, from the rules that challenge visitors, and from \
                   Cloudflare Access: AWS cannot answer a challenge";
        let status = status.as_u16();
        return Some((
            format!("HTTP status {status} with a page in place of JSON"),
            fix,
        ));
    }
    if status != StatusCode::OK {
        let fix = "have the issuer publish the document there, for everybody";
        return Some((format!("HTTP status {}", status.as_u16()), fix));
    }
    None
}
