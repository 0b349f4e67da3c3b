//! The token as people paste it: a JWT, and what tools have put around it.
//!
//! No character around a token can be one of it, so quotes, `Bearer`, `NAME=` and JSON are taken off without asking
//! which tool wrote them. What cannot be a token that STS accepts is told by what was seen.

use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::instant::NumericDate;
use crate::json::{Json, Object, from_json};

/// What keeps a text from being a token that STS could accept. It holds nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// Parts between dots: three in a [JWS](https://www.rfc-editor.org/rfc/rfc7515#section-3.1).
    #[error("it has {parts}, not 3", parts = if *.0 == 1 { "1 part".into() } else { format!("{} parts", .0) })]
    Parts(usize),
    /// Five parts are a [JWE](https://www.rfc-editor.org/rfc/rfc7516#section-3.1).
    #[error("it has 5 parts: it is encrypted, and STS needs one that is only signed")]
    Encrypted,
    /// The part of this number, from 1 on, is not base64url without padding.
    #[error("part {0} is not base64url")]
    NotBase64Url(u8),
    /// The part of this number, the header or the claims, is not a JSON object.
    #[error("part {0} is not a JSON object in base64url")]
    NotAnObject(u8),
    /// The header does not say how the token is signed.
    #[error("its header has no `alg`")]
    NoAlgorithm,
    /// `alg` is `none`, or there is no signature.
    #[error("it is not signed")]
    Unsigned,
    /// A claim that [STS requires][claims] is missing or empty.
    ///
    /// [claims]: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
    #[error("it has no `{0}`")]
    NoClaim(&'static str),
    /// `exp` is not a number of seconds.
    #[error("its `exp` is not a number of seconds since 1970")]
    Expiry,
    /// It begins like JSON.
    #[error("it has a `{{`, but is not a JSON object")]
    NotJson,
    /// No member is a JWT.
    #[error("it is a JSON object without a JWT")]
    JsonWithoutToken,
    /// More than one member is a JWT, and which one is meant is not to be guessed.
    #[error("it is a JSON object with several JWTs: bind the one that STS is to get")]
    JsonWithTokens,
}

/// A JWT, and its `exp`.
pub(super) type Found = (SystemTime, String);

/// The token in `text` that expires last; `None` where there is nothing but white space and quotes.
///
/// # Errors
/// [`TokenFault`] of what looks most like a token.
pub(super) fn find(text: &str) -> Option<Result<Found, TokenFault>> {
    let text: String = text.chars().filter(|c| !is_invisible(*c)).collect();
    // What a byte order mark of UTF-16 becomes.
    let text = text.trim_start_matches('\u{fffd}');
    match text.split_once('{') {
        Some((_, rest)) => Some(of_json(rest)),
        None => of_text(text),
    }
}

/// Byte order marks, joiners, and the zeros of UTF-16: no editor shows them.
fn is_invisible(c: char) -> bool {
    let is_format = matches!(
        c,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}'
    );
    is_format || (c.is_control() && !c.is_whitespace())
}

fn of_text(text: &str) -> Option<Result<Found, TokenFault>> {
    // With two dots it is one token, whatever line ends were put into it.
    let unwrapped: Option<String> = (text.matches('.').count() == 2).then(|| {
        text.lines()
            .map(|it| it.trim().trim_end_matches('\\'))
            .collect()
    });
    match unwrapped.and_then(|text| latest(&text)) {
        Some(Ok(found)) => Some(Ok(found)),
        Some(Err(fault)) => match latest(text) {
            Some(Err(_)) => Some(Err(fault)),
            found => found,
        },
        None => latest(text),
    }
}

fn latest(text: &str) -> Option<Result<Found, TokenFault>> {
    let pieces = text.split(is_separator).map(without_name);
    let pieces: Vec<&str> = pieces.filter(|piece| !piece.is_empty()).collect();
    let readable = pieces
        .iter()
        .filter_map(|jwt| Some((expiry(jwt).ok()?, *jwt)));
    if let Some((expires_at, jwt)) = readable.max() {
        return Some(Ok((expires_at, jwt.to_owned())));
    }
    let longest = pieces.into_iter().max_by_key(|piece| piece.len())?;
    Some(expiry(longest).map(|expires_at| (expires_at, longest.to_owned())))
}

/// `=`, `+` and `/` do not separate: they stand in tokens that are not base64url, of which no piece must be sent.
fn is_separator(c: char) -> bool {
    c.is_whitespace() || ",;:\\\"'`()[]{}<>\u{2018}\u{2019}\u{201c}\u{201d}".contains(c)
}

/// Takes `NAME=` off.
fn without_name(piece: &str) -> &str {
    match piece.split_once('=') {
        Some((name, value))
            if value.starts_with(|c: char| c.is_ascii_alphanumeric())
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') =>
        {
            value
        }
        _ => piece,
    }
}

/// The only token in the JSON object whose text follows the brace.
#[inline(never)]
fn of_json(rest: &str) -> Result<Found, TokenFault> {
    let (members, _) = rest.rsplit_once('}').ok_or(TokenFault::NotJson)?;
    let object = Object::parse(&format!("{{{members}}}")).map_err(|_| TokenFault::NotJson)?;
    let mut found = Vec::new();
    collect(Json::Object(object), &mut found);
    let (tokens, faults): (Vec<_>, Vec<_>) = found.into_iter().partition(Result::is_ok);
    let mut tokens = tokens.into_iter().flatten();
    match tokens.next() {
        // Some answers have the same token under two names.
        Some(first) if tokens.all(|other| other == first) => Ok(first),
        Some(_) => Err(TokenFault::JsonWithTokens),
        None => {
            let mut faults = faults.into_iter().filter_map(Result::err);
            let fault = faults.find(|fault| fault.is_of_a_jwt());
            Err(fault.unwrap_or(TokenFault::JsonWithoutToken))
        }
    }
}

/// All texts in `json`, read as tokens. A refresh token can be a JWT too, and is nobody's business but its issuer's.
fn collect(json: Json, found: &mut Vec<Result<Found, TokenFault>>) {
    match json {
        Json::String(text) => found.extend(of_text(&text)),
        Json::Array(items) => items.into_iter().for_each(|item| collect(item, found)),
        Json::Object(members) => {
            for (name, value) in members {
                if !name.to_ascii_lowercase().contains("refresh") {
                    collect(value, found);
                }
            }
        }
        Json::Number(_) | Json::Bool(_) | Json::Null => {}
    }
}

impl TokenFault {
    /// Whether what has the fault is a JWT at all, or one that is encrypted.
    fn is_of_a_jwt(self) -> bool {
        !matches!(
            self,
            Self::Parts(_) | Self::NotBase64Url(1) | Self::NotAnObject(1)
        )
    }
}

/// Reads `exp`, and checks everything about `jwt` that STS needs and nobody has to verify.
fn expiry(jwt: &str) -> Result<SystemTime, TokenFault> {
    let parts: Vec<&str> = jwt.split('.').collect();
    let [header, claims, signature] = *parts.as_slice() else {
        return Err(match parts.len() {
            5 => TokenFault::Encrypted,
            parts => TokenFault::Parts(parts),
        });
    };
    let header = object(1, header)?;
    match header.get("alg") {
        Some(Json::String(alg)) if alg.eq_ignore_ascii_case("none") => {
            return Err(TokenFault::Unsigned);
        }
        Some(Json::String(alg)) if !alg.is_empty() => {}
        _ => return Err(TokenFault::NoAlgorithm),
    }
    if signature.is_empty() {
        return Err(TokenFault::Unsigned);
    }
    let mut claims = object(2, claims)?;
    decode(3, signature)?;
    let has = |name: &str| claims.get(name).is_some_and(is_named);
    // STS reads `azp` in place of `aud` where a token has both.
    for (name, is_there) in [
        ("iss", has("iss")),
        ("sub", has("sub")),
        ("aud", has("aud") || has("azp")),
    ] {
        if !is_there {
            return Err(TokenFault::NoClaim(name));
        }
    }
    match claims.remove("exp") {
        None | Some(Json::Null) => Err(TokenFault::NoClaim("exp")),
        Some(exp) => from_json::<NumericDate>(exp).map_or(Err(TokenFault::Expiry), |exp| Ok(exp.0)),
    }
}

/// A text that is not empty, or a list of such.
fn is_named(claim: &Json) -> bool {
    match claim {
        Json::String(text) => !text.is_empty(),
        Json::Array(items) => !items.is_empty() && items.iter().all(is_named),
        Json::Object(_) | Json::Number(_) | Json::Bool(_) | Json::Null => false,
    }
}

/// The JSON object in the part of this number.
pub(super) fn object(number: u8, part: &str) -> Result<Object, TokenFault> {
    let text = String::from_utf8(decode(number, part)?).ok();
    let object = text.and_then(|text| Object::parse(&text).ok());
    object.ok_or(TokenFault::NotAnObject(number))
}

fn decode(number: u8, part: &str) -> Result<Vec<u8>, TokenFault> {
    let decoded = URL_SAFE_NO_PAD.decode(part);
    decoded.map_err(|_| TokenFault::NotBase64Url(number))
}
