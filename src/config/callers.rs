//! `CALLERS`: `{"<name>": {"bearerSha256": ["<hex>", …]}}` or `{"<name>": {"jwt": {…}}}`.

use http::HeaderName;
use http::header::{
    ACCEPT, ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE,
    HOST, ORIGIN,
};

use super::fields::{Fields, NAME_FORM, is_name, object};
use super::{Faults, index_of};
use crate::callers::{
    ANYONE, Algorithm, Caller, IssuerUrls, JwtRule, KeyHash, LINK, OneOrMany, Proof, is_trustworthy,
};
use crate::json::{Json, Object};
use crate::rate_limit::CLIENT_ADDRESS;
use crate::service::REQUEST_ID;

/// Who may ask, and what there is to know for finding it out.
#[derive(Debug)]
pub(super) struct Callers {
    pub(super) callers: Vec<Caller>,
    /// Each once.
    pub(super) issuers: Vec<IssuerUrls>,
    /// The headers that hold proofs, `Authorization` first.
    pub(super) headers: Vec<HeaderName>,
}

pub(super) fn read(text: Option<&str>, faults: &mut Faults) -> Callers {
    let mut all = Callers {
        callers: Vec::new(),
        issuers: Vec::new(),
        headers: vec![AUTHORIZATION],
    };
    let Some(text) = text else {
        return all;
    };
    for (name, value) in object("CALLERS", text, faults) {
        let path = format!("CALLERS.{name}");
        if name == ANYONE || name == LINK {
            faults.add(&path, "is a name that profiles use for those without a key");
        } else if !is_name(&name) {
            faults.add(&path, NAME_FORM);
        }
        let mut fields = Fields::of(path.clone(), value, faults);
        let keys = fields.optional("bearerSha256");
        let jwt: Option<Object> = fields.optional("jwt");
        if keys.is_some() == jwt.is_some() {
            fields.fault("bearerSha256", "or `jwt` must be there, and not both");
        }
        let keys = keys.map(|hashes: Vec<String>| key_hashes(&hashes, &all.callers, &mut fields));
        fields.finish();
        let proof = match (keys, jwt) {
            (_, Some(jwt)) => {
                let fields = Fields::of(format!("{path}.jwt"), Json::Object(jwt), faults);
                Proof::Jwt(jwt_rule(fields, &mut all))
            }
            (keys, None) => Proof::Keys(keys.unwrap_or_default()),
        };
        all.callers.push(Caller { name, proof });
    }
    all
}

fn key_hashes(hashes: &[String], callers: &[Caller], fields: &mut Fields<'_>) -> Vec<KeyHash> {
    let read = hashes.iter().filter_map(|hex| KeyHash::from_hex(hex));
    let read: Vec<KeyHash> = read.collect();
    if read.len() < hashes.len() {
        fields.fault(
            "bearerSha256",
            "must hold the SHA-256 of each key, 64 hexadecimal digits, not the key itself",
        );
    }
    let known = |hash: &KeyHash| {
        callers
            .iter()
            .any(|other| matches!(&other.proof, Proof::Keys(keys) if keys.contains(hash)))
    };
    if read.iter().any(known) {
        fields.fault("bearerSha256", "holds a key that is another caller's");
    }
    read
}

fn jwt_rule(mut fields: Fields<'_>, all: &mut Callers) -> JwtRule {
    let issuer = url(&mut fields, "issuer", true);
    let jwks_uri = url(&mut fields, "jwksUri", false);
    let audiences = fields.required("audience").map(|OneOrMany(all)| all);
    if audiences
        .as_ref()
        .is_some_and(|all| all.is_empty() || all.iter().any(String::is_empty))
    {
        fields.fault("audience", "must not be empty");
    }
    let algorithms = fields.optional::<Vec<String>>("algorithms").map(|names| {
        let known = names.iter().filter_map(|name| Algorithm::from_name(name));
        let known: Vec<Algorithm> = known.collect();
        if known.len() < names.len() || names.is_empty() {
            let all = Algorithm::ALL.map(Algorithm::name).join(", ");
            fields.fault("algorithms", &format!("must be some of {all}"));
        }
        known
    });
    let header = header(&mut fields);
    let urls = IssuerUrls {
        issuer: issuer.unwrap_or_default(),
        jwks_uri,
    };
    let rule = JwtRule {
        header: index_of(header, &mut all.headers),
        issuer: index_of(urls, &mut all.issuers),
        audiences: audiences.unwrap_or_default(),
        algorithms: algorithms.unwrap_or(Algorithm::ALL.into()),
    };
    if all.callers.iter().any(|other| overlaps(&rule, other, all)) {
        fields.fault(
            "audience",
            "is that of another caller with tokens of the same issuer in the same header",
        );
    }
    fields.finish();
    rule
}

fn url(fields: &mut Fields<'_>, name: &str, required: bool) -> Option<String> {
    let url: Option<String> = if required {
        fields.required(name)
    } else {
        fields.optional(name)
    };
    if url.as_deref().is_some_and(|url| !is_trustworthy(url)) {
        fields.fault(name, "must be an https URL");
    }
    url
}

/// The header that holds the token.
fn header(fields: &mut Fields<'_>) -> HeaderName {
    let Some(name) = fields.optional::<String>("header") else {
        return AUTHORIZATION;
    };
    // What else a request says in these must not prove anything.
    const TAKEN: [HeaderName; 9] = [
        ACCEPT,
        ACCESS_CONTROL_REQUEST_METHOD,
        CONTENT_LENGTH,
        CONTENT_TYPE,
        COOKIE,
        HOST,
        ORIGIN,
        CLIENT_ADDRESS,
        REQUEST_ID,
    ];
    let header = name.parse().ok().filter(|name| !TAKEN.contains(name));
    header.unwrap_or_else(|| {
        fields.fault("header", "must be the name of a header for tokens");
        AUTHORIZATION
    })
}

/// Whether one token can prove both.
fn overlaps(rule: &JwtRule, other: &Caller, all: &Callers) -> bool {
    let issuer = |place: usize| all.issuers.get(place).map(|urls| &urls.issuer);
    matches!(&other.proof, Proof::Jwt(other)
        if other.header == rule.header
            && issuer(other.issuer) == issuer(rule.issuer)
            && other.audiences.iter().any(|audience| rule.audiences.contains(audience)))
}
