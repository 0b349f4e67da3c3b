//! `CALLERS`: `{"<name>": {"bearerSha256": ["<hex>", …]}}` or `{"<name>": {"jwt": {…}}}`, both with `"admin": true`.

use std::rc::Rc;

use http::HeaderName;
use http::header::{
    ACCEPT, ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION,
    CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HOST, ORIGIN,
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::Slots;
use super::bindings::Bindings;
use super::errors::{Errors, Fields, NAME_FORM, is_name};
use crate::callers::{
    ANYONE, Authenticator, Caller, Callers, ClaimConditions, Condition, Issuer, IssuerUrls,
    JwtRule, KeyHash, LINK, LinkKeys, OneOrMany, is_trustworthy,
};
use crate::json::{FieldError, Json, from_json};
use crate::platform::{CF_CONNECTING_IP, CF_RAY, SignatureAlgorithm};

/// One entry of `CALLERS`: exactly one of `bearerSha256` and `jwt`.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CallerFields {
    /// SHA-256 of each of its bearer keys, 64 hexadecimal digits. Default: none.
    bearer_sha256: Option<Vec<String>>,
    /// Which JWTs authenticate it; its fields are below. Default: none.
    #[schemars(with = "Option<JwtFields>")]
    jwt: Option<Json>,
    /// Whether `/readyz` tells it everything, and not only the status. Default: `false`.
    admin: Option<bool>,
}

/// Which JWTs authenticate a caller.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JwtFields {
    /// The claim `iss`, compared byte for byte: an https URL, or an http URL on loopback. Required.
    issuer: Option<String>,
    /// URL of the issuer's keys, of the same form. Default: the `jwks_uri` in the issuer's discovery document.
    jwks_uri: Option<String>,
    /// One text or a list; at least one of them must be in the claim `aud`. Required.
    #[schemars(with = "Option<Vec<String>>")]
    audience: Option<OneOrMany>,
    /// The claim that names the audience, for tokens whose `aud` does not; `aud` is then not compared. Default: `aud`.
    audience_claim: Option<String>,
    /// What other claims must be, by their names: a text, a list of texts, or texts that end with `*` for any end.
    /// Issuers that strangers use too need it. Default: none.
    #[schemars(with = "Option<std::collections::BTreeMap<String, Vec<String>>>")]
    claims: Option<Json>,
    /// Allowed signature algorithms, such as `RS256` or `EdDSA`. Default: all that are supported.
    #[schemars(with = "Option<Vec<String>>")]
    algorithms: Option<Vec<SignatureAlgorithm>>,
    /// The request header that holds the token; any other than `Authorization` holds it alone, without `Bearer`.
    /// Default: `Authorization`.
    header: Option<String>,
}

/// Reads the variable `CALLERS`, and those that continue it. A caller with an error is among them, because profiles may
/// name it.
pub(super) fn read(
    bindings: Bindings<'_>,
    link_keys: LinkKeys,
    slots: &mut Slots,
    errors: &mut Errors,
) -> Callers {
    let mut all: Vec<Caller> = Vec::new();
    let members = errors.members("CALLERS", bindings);
    for (name, json) in members.unwrap_or_default() {
        let path = format!("CALLERS.{name}");
        if name == ANYONE || name == LINK {
            errors.add(path.clone(), "is a reserved name");
        } else if !is_name(&name) {
            errors.add(path.clone(), NAME_FORM);
        }
        let (caller, mut fields) = Fields::read::<CallerFields>(path, json, errors);
        let authenticator = match (caller.bearer_sha256, caller.jwt) {
            (Some(hashes), None) => Authenticator::BearerKeys(key_hashes(&hashes, &mut fields)),
            (None, Some(jwt)) => Authenticator::Jwt(jwt_rule(jwt, &mut fields, &all, slots)),
            _ => {
                if !fields.has_error("bearerSha256") && !fields.has_error("jwt") {
                    fields.error("bearerSha256", "or `jwt` must be present, and not both");
                }
                Authenticator::BearerKeys(Vec::new())
            }
        };
        let admin = caller.admin.unwrap_or_default();
        if admin && matches!(&authenticator, Authenticator::Jwt(rule) if rule.accepts_strangers()) {
            errors.add(
                format!("CALLERS.{name}.jwt.claims"),
                "is missing: anybody can get a token of this issuer with this audience, and would be an admin",
            );
        }
        let name = name.into();
        all.push(Caller {
            name,
            authenticator,
            admin,
            is_closed: false,
        });
    }
    let all = Callers::new(all, link_keys);
    for caller in all.with_shared_keys() {
        let path = format!("CALLERS.{}.bearerSha256", caller.name);
        errors.add_once(path, "holds a key of another caller");
    }
    all
}

fn key_hashes(hashes: &[String], fields: &mut Fields<'_>) -> Vec<KeyHash> {
    let valid = hashes.iter().filter_map(|hex| KeyHash::from_hex(hex));
    let valid: Vec<KeyHash> = valid.collect();
    if valid.len() < hashes.len() {
        fields.error(
            "bearerSha256",
            "must hold the SHA-256 of each key, 64 hexadecimal digits, not the key itself",
        );
    }
    valid
}

// Not inlined, because many configurations have none.
#[inline(never)]
fn jwt_rule(jwt: Json, fields: &mut Fields<'_>, callers: &[Caller], slots: &mut Slots) -> JwtRule {
    let (jwt, mut fields) = fields.nested::<JwtFields>("jwt", jwt);
    let issuer = fields.required("issuer", jwt.issuer);
    for (name, url) in [("issuer", &issuer), ("jwksUri", &jwt.jwks_uri)] {
        if url.as_deref().is_some_and(|url| !is_trustworthy(url)) {
            fields.error(name, "must be an https URL, or an http URL on loopback");
        }
    }
    let audiences = fields.required("audience", jwt.audience).map(|it| it.0);
    if audiences
        .as_ref()
        .is_some_and(|all| all.is_empty() || all.iter().any(String::is_empty))
    {
        fields.error("audience", "must not be empty");
    }
    if jwt.algorithms.as_ref().is_some_and(Vec::is_empty) {
        fields.error("algorithms", "must not be empty");
    }
    if (jwt.audience_claim.as_deref()).is_some_and(|it| NO_AUDIENCE.contains(&it)) {
        fields.error(
            "audienceClaim",
            "must be the name of a claim that can name an audience",
        );
    }
    let claims = conditions(jwt.claims, &mut fields);
    let urls = IssuerUrls {
        issuer: issuer.unwrap_or_default(),
        jwks_uri: jwt.jwks_uri,
    };
    let rule = JwtRule {
        header: header(jwt.header.as_deref(), &mut fields),
        issuer: shared_issuer(urls, callers, slots),
        audiences: audiences.unwrap_or_default(),
        audience_claim: jwt.audience_claim.filter(|claim| claim != "aud"),
        claims,
        algorithms: jwt.algorithms.unwrap_or(SignatureAlgorithm::ALL.into()),
    };
    let reason = "is that of another caller with tokens of the same issuer in the same header, and no different claims \
                  of both tell them apart";
    for (name, _) in jwt_rules(callers).filter(|(_, other)| rule.overlaps(other)) {
        fields.error("audience", reason);
        // Nobody can tell whose tokens they are meant to be.
        fields.error_elsewhere(format!("CALLERS.{name}.jwt.audience"), reason);
    }
    rule
}

/// Names that cannot be that of a claim with an audience.
const NO_AUDIENCE: [&str; 5] = ["", "iss", "exp", "nbf", "iat"];

/// Longest name of a claim that an error repeats, in characters.
const MAX_NAME_CHARS: usize = 64;

/// Reads `claims`.
fn conditions(json: Option<Json>, fields: &mut Fields<'_>) -> ClaimConditions {
    let Some(json) = json else {
        return ClaimConditions::default();
    };
    let Json::Object(object) = json else {
        fields.error("claims", "must be an object");
        return ClaimConditions::default();
    };
    let mut conditions = Vec::new();
    let mut is_empty = true;
    for (claim, json) in object {
        is_empty = false;
        let condition = from_json(json).and_then(|OneOrMany(texts)| {
            Condition::parse(&claim, &texts).map_err(|reason| FieldError::new("", reason))
        });
        match condition {
            Ok(condition) => conditions.push(condition),
            Err(error) => {
                let name: String = claim.chars().take(MAX_NAME_CHARS).collect();
                fields.add(error.within(&name).within("claims"));
            }
        }
    }
    if is_empty {
        fields.error("claims", "must not be empty");
    }
    ClaimConditions::new(conditions)
}

/// Headers with another meaning in requests, which must not authenticate anybody.
const RESERVED: [HeaderName; 10] = [
    ACCEPT,
    ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD,
    CONTENT_LENGTH,
    CONTENT_TYPE,
    COOKIE,
    HOST,
    ORIGIN,
    CF_CONNECTING_IP,
    CF_RAY,
];

/// The header that holds the token.
fn header(name: Option<&str>, fields: &mut Fields<'_>) -> HeaderName {
    let Some(name) = name else {
        return AUTHORIZATION;
    };
    let header = name.parse().ok().filter(|name| !RESERVED.contains(name));
    header.unwrap_or_else(|| {
        fields.error("header", "must be the name of a header for tokens");
        AUTHORIZATION
    })
}

/// The issuer at `urls`, which callers with the same URLs share.
pub(super) fn shared_issuer(urls: IssuerUrls, callers: &[Caller], slots: &mut Slots) -> Rc<Issuer> {
    let mut known = jwt_rules(callers).map(|(_, rule)| &rule.issuer);
    match known.find(|issuer| *issuer.urls() == urls) {
        Some(issuer) => Rc::clone(issuer),
        None => Rc::new(Issuer::new(urls, slots.next())),
    }
}

fn jwt_rules(callers: &[Caller]) -> impl Iterator<Item = (&Rc<str>, &JwtRule)> {
    callers
        .iter()
        .filter_map(|caller| match &caller.authenticator {
            Authenticator::Jwt(rule) => Some((&caller.name, rule)),
            Authenticator::BearerKeys(_) => None,
        })
}
