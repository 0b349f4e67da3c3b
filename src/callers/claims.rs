//! The claims of a JWT.

use std::time::{Duration, SystemTime};

use serde::Deserialize;

use crate::instant::NumericDate;
use crate::json::{Json, Object, from_json};

/// Tolerated difference between the issuer's clock and ours.
pub const LEEWAY: Duration = Duration::from_secs(30);

/// The claims of a JWT. Those that are [registered][claims] have types of their own.
///
/// [claims]: https://www.rfc-editor.org/rfc/rfc7519#section-4.1
#[derive(Clone, Debug, PartialEq)]
pub struct Claims {
    /// `iss`: the issuer.
    pub issuer: String,
    /// `aud`: the audiences; empty where the token does not have it.
    pub audiences: Vec<String>,
    /// `exp`: from this instant on the token is not accepted.
    pub expires_at: SystemTime,
    /// The later of `nbf` and `iat`, if any: before this instant the token is not accepted.
    valid_from: Option<SystemTime>,
    /// All other claims.
    others: Object,
}

impl Claims {
    /// Reads the payload of a JWT. `None` when it is not a JSON object, when `iss` or `exp` is missing, or
    /// when a registered claim has the wrong type.
    pub fn read(json: &str) -> Option<Self> {
        let mut object = Object::parse(json).ok()?;
        let issuer = from_json(object.remove("iss")?).ok()?;
        let audiences = object.remove("aud").map(from_json).transpose().ok()?;
        let NumericDate(expires_at) = from_json(object.remove("exp")?).ok()?;
        let date = |json: Option<Json>| json.map(from_json::<NumericDate>).transpose();
        let from = [
            date(object.remove("nbf")).ok()?,
            date(object.remove("iat")).ok()?,
        ];
        Some(Self {
            issuer,
            audiences: audiences.map(|OneOrMany(all)| all).unwrap_or_default(),
            expires_at,
            valid_from: from
                .into_iter()
                .flatten()
                .map(|NumericDate(from)| from)
                .max(),
            others: object,
        })
    }

    /// Whether the token has expired at `now`.
    pub fn is_expired_at(&self, now: SystemTime) -> bool {
        is_expired(self.expires_at, now)
    }

    /// Whether the token is not valid yet at `now`.
    pub fn is_premature_at(&self, now: SystemTime) -> bool {
        let latest = now.checked_add(LEEWAY).unwrap_or(now);
        self.valid_from.is_some_and(|from| from > latest)
    }

    /// `sub`: the subject, unique among all of the issuer's.
    pub fn subject(&self) -> Option<&str> {
        match self.others.get("sub")? {
            Json::String(subject) => Some(subject),
            _ => None,
        }
    }

    /// The claim `name`, unless it is one of those with types of their own. A name with dots that is not itself a claim
    /// names a member of nested objects.
    pub fn find(&self, name: &str) -> Option<&Json> {
        self.others.get(name).or_else(|| {
            let mut parts = name.split('.');
            let outermost = self.others.get(parts.next()?);
            parts.fold(outermost, |within, part| match within? {
                Json::Object(object) => object.get(part),
                _ => None,
            })
        })
    }

    /// The claim that [`find`](Self::find) finds, a string or a whole number, as a [safe segment](is_safe_segment) of
    /// a key.
    pub fn segment(&self, name: &str) -> Option<String> {
        let text = match self.find(name)? {
            Json::String(text) => text.clone(),
            other => from_json(other.clone())
                .ok()
                .filter(|number: &u64| *number < MAX_EXACT)?
                .to_string(),
        };
        is_safe_segment(&text).then_some(text)
    }
}

/// Whether a token with this `exp` has expired at `now`.
pub(super) fn is_expired(expires_at: SystemTime, now: SystemTime) -> bool {
    let end = expires_at.checked_add(LEEWAY);
    end.is_none_or(|end| end <= now)
}

/// Numbers from here on are not exact.
const MAX_EXACT: u64 = 1 << 53;

/// Longest segment of a key that is made from a claim, in bytes.
const MAX_SEGMENT_BYTES: usize = 255;

/// Whether `text` is one segment of a key, even for software that decodes it once too often or treats it as a path.
pub fn is_safe_segment(text: &str) -> bool {
    (1..=MAX_SEGMENT_BYTES).contains(&text.len())
        && !matches!(text, "." | "..")
        && !text.contains(|c: char| c.is_control() || matches!(c, '/' | '\\' | '%'))
}

/// A list of strings, of which a single one may stand without a list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Json")]
pub struct OneOrMany(pub Vec<String>);

impl TryFrom<Json> for OneOrMany {
    type Error = &'static str;

    fn try_from(json: Json) -> Result<Self, &'static str> {
        match json {
            Json::String(text) => Ok(Self(vec![text])),
            json => from_json(json)
                .map(Self)
                .map_err(|_| "must be a string or a list of strings"),
        }
    }
}
