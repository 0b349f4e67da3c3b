//! `OIDC_ISSUER` and what belongs to it: the worker as its own issuer, of receipts too.

use std::rc::Rc;

use super::bindings::Bindings;
use super::errors::{Errors, Fields};
use super::profile_fields::ProfileFields;
use super::profile_operation::of_s3;
use crate::aws::Endpoint;
use crate::callers::{Authenticator, Callers, is_trustworthy};
use crate::oidc::{OwnIssuer, signing_keys};
use crate::presign::Operation;

/// Longest URL of a provider, longest client id and longest subject that AWS accepts, in characters.
const MAX_CHARS: usize = 255;

/// Shortest subject that AWS accepts, in characters.
const MIN_SUBJECT_CHARS: usize = 6;

/// The issuer of `OIDC_ISSUER`; `None` without it, when the other settings have no meaning.
pub(super) fn issuer(bindings: Bindings<'_>, errors: &mut Errors) -> Option<Rc<OwnIssuer>> {
    issuer_at(bindings.text("OIDC_ISSUER")?, bindings, errors)
}

// Not inlined, because most configurations have none.
#[inline(never)]
fn issuer_at(url: String, bindings: Bindings<'_>, errors: &mut Errors) -> Option<Rc<OwnIssuer>> {
    let path = issuer_path(&url).unwrap_or_else(|reason| {
        errors.add("OIDC_ISSUER", reason);
        String::new()
    });
    let mut claim = |name, default: &str, min_chars| {
        let text = bindings.text(name).unwrap_or_else(|| default.to_owned());
        if !(min_chars..=MAX_CHARS).contains(&text.len()) || !is_plain(&text) {
            let form = format!("must be {min_chars} to {MAX_CHARS} characters of ASCII without");
            errors.add(
                name,
                format!("{form} blanks, quotation marks and backslashes"),
            );
        }
        text
    };
    let subject = claim("OIDC_SUBJECT", "edge-presigner", MIN_SUBJECT_CHARS);
    let audience = claim("OIDC_AUDIENCE", STS_AUDIENCE, 1);
    let Some(secret) = bindings.text("OIDC_SIGNING_KEYS") else {
        errors.add(
            "OIDC_SIGNING_KEYS",
            "is missing: make keys with `npm run keys`",
        );
        return None;
    };
    let keys = signing_keys(&secret).unwrap_or_else(|found| {
        let found = found.into_iter();
        errors
            .0
            .extend(found.map(|error| error.within("OIDC_SIGNING_KEYS")));
        Vec::new()
    });
    let mut keys = keys.into_iter();
    Some(Rc::new(OwnIssuer {
        url,
        path,
        subject,
        audience,
        key: keys.next()?,
        other_keys: keys.collect(),
    }))
}

/// Nobody is a caller by a token that the worker signed for STS.
// Not inlined, because most configurations have no issuer.
#[inline(never)]
pub(super) fn refuse_as_caller(issuer: &OwnIssuer, callers: &Callers, errors: &mut Errors) {
    for caller in &callers.callers {
        if let Authenticator::Jwt(rule) = &caller.authenticator
            && rule.issuer.urls().issuer == issuer.url
        {
            let path = format!("CALLERS.{}.jwt.issuer", caller.name);
            errors.add(path, "is OIDC_ISSUER, whose tokens are for STS alone");
        }
    }
}

/// The audience that AWS documents for its STS, whatever `OIDC_AUDIENCE` is.
const STS_AUDIENCE: &str = "sts.amazonaws.com";

/// Checks `receiptAudience`. A receipt must be of no use at STS, which has the keys that sign it.
pub(super) fn check_receipts(
    profile: &ProfileFields,
    issuer: Option<&OwnIssuer>,
    fields: &mut Fields<'_>,
) {
    if let Some(audience) = &profile.receipt_audience {
        check_audience(audience, profile, issuer, fields);
    }
}

// Not inlined, because most profiles have none.
#[inline(never)]
fn check_audience(
    audience: &str,
    profile: &ProfileFields,
    issuer: Option<&OwnIssuer>,
    fields: &mut Fields<'_>,
) {
    let mut error = |reason: &'static str| fields.error("receiptAudience", reason);
    if !(1..=MAX_CHARS).contains(&audience.len()) || !is_plain(audience) {
        error(
            "must be 1 to 255 characters of ASCII without blanks, quotation marks and backslashes",
        );
    }
    let operations = profile.operations.as_deref().unwrap_or_default();
    if !of_s3(operations).contains(&Operation::HeadObject) {
        error("needs headObject in operations: a receipt says what that reads");
    }
    let Some(issuer) = issuer else {
        error("needs OIDC_ISSUER: the worker signs receipts as an issuer of its own");
        return;
    };
    let is_of_sts = |of_sts: &str| audience.eq_ignore_ascii_case(of_sts);
    if is_of_sts(&issuer.audience) || is_of_sts(STS_AUDIENCE) {
        error("must not be the audience of STS: a receipt is not a token for it");
    }
}

/// The path of the issuer `url`, which must be as AWS wants that of a [provider], and written as everybody writes it:
/// `iss` is compared byte for byte.
///
/// [provider]: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
fn issuer_path(url: &str) -> Result<String, &'static str> {
    let endpoint = Endpoint::parse(url).map_err(|invalid| invalid.0)?;
    let is_https = endpoint.scheme == "https";
    if !is_trustworthy(url) {
        return Err("must be an https URL, or an http URL on loopback");
    }
    if is_https && endpoint.authority.contains(':') {
        return Err("must not have a port: AWS accepts none");
    }
    if url.len() > MAX_CHARS {
        return Err("must have at most 255 characters");
    }
    if endpoint.url().strip_suffix('/') != Some(url) {
        return Err("must be written with a host in lower case, and without a slash at its end");
    }
    Ok(endpoint.path)
}

/// Whether `text` can stand in JSON as it is.
fn is_plain(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.all(|b| b.is_ascii_graphic() && !b"\"\\".contains(&b))
}
