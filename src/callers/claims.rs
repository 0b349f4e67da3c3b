//! What a JWT says of its bearer.

use std::time::{Duration, SystemTime};

use crate::instant::from_unix_secs;
use crate::json::{Json, Member, Object, list};

/// How far the issuer's clock may be off.
pub const LEEWAY: Duration = Duration::from_secs(30);

/// The claims of a JWT; those that are [registered][claims] have their types.
///
/// [claims]: https://www.rfc-editor.org/rfc/rfc7519#section-4.1
#[derive(Clone, Debug, PartialEq)]
pub struct Claims {
    /// `iss`: who issued it.
    pub issuer: String,
    /// `aud`: whom it is for.
    pub audiences: Vec<String>,
    /// `exp`: from when on it is not taken any more.
    pub expires_at: SystemTime,
    /// The later of `nbf` and `iat`, where there is any: from when on it is taken.
    valid_from: Option<SystemTime>,
    /// All others.
    others: Object,
}

impl Claims {
    /// Reads the payload of a JWT; `None` when it is no JSON object, or one of the claims `iss`, `aud` and
    /// `exp` is missing, or a registered claim has another type than it has to have.
    pub fn read(json: &str) -> Option<Self> {
        let mut object = Object::parse(json).ok()?;
        let issuer = object.take("iss").ok()?;
        let OneOrMany(audiences) = object.take("aud").ok()?;
        let NumericDate(expires_at) = object.take("exp").ok()?;
        let from = [object.optional("nbf").ok()?, object.optional("iat").ok()?];
        Some(Self {
            issuer,
            audiences,
            expires_at,
            valid_from: from
                .into_iter()
                .flatten()
                .map(|NumericDate(from)| from)
                .max(),
            others: object,
        })
    }

    /// Whether it has run out at `now`.
    pub fn expired_at(&self, now: SystemTime) -> bool {
        self.expires_at
            .checked_add(LEEWAY)
            .is_none_or(|end| end <= now)
    }

    /// Whether it is not to be taken before some instant after `now`.
    pub fn premature_at(&self, now: SystemTime) -> bool {
        let latest = now.checked_add(LEEWAY).unwrap_or(now);
        self.valid_from.is_some_and(|from| from > latest)
    }

    /// `sub`: who its bearer is, among all that the issuer knows.
    pub fn subject(&self) -> Option<&str> {
        match self.others.get("sub")? {
            Json::Text(subject) => Some(subject),
            _ => None,
        }
    }

    /// The claim `name` as a [safe segment](is_safe_segment) of a key: a text or a whole number. A name with
    /// dots is also looked for inside of the objects that its parts name.
    pub fn segment(&self, name: &str) -> Option<String> {
        let claim = self.others.get(name).or_else(|| {
            let mut parts = name.split('.');
            let outermost = self.others.get(parts.next()?);
            parts.fold(outermost, |within, part| match within? {
                Json::Object(object) => object.get(part),
                _ => None,
            })
        })?;
        let text = match claim {
            Json::Text(text) => text.clone(),
            number => u64::from_json(number.clone())
                .filter(|number| *number < MAX_EXACT)?
                .to_string(),
        };
        is_safe_segment(&text).then_some(text)
    }
}

/// Numbers from here on are not exact.
const MAX_EXACT: u64 = 1 << 53;

/// Longest segment of a key that a claim gives, in bytes.
const MAX_SEGMENT_BYTES: usize = 255;

/// Whether `text` is one segment of a key, and looks like no more to anybody who decodes it once too
/// often or takes it for a path.
pub fn is_safe_segment(text: &str) -> bool {
    (1..=MAX_SEGMENT_BYTES).contains(&text.len())
        && !matches!(text, "." | "..")
        && !text.contains(|c: char| c.is_control() || matches!(c, '/' | '\\' | '%'))
}

/// A date of a JWT.
struct NumericDate(SystemTime);

impl Member for NumericDate {
    const FORM: &'static str = "seconds since the Unix epoch";

    fn from_json(json: Json) -> Option<Self> {
        match json {
            // The cast rounds down, and what saturates is no instant.
            Json::Number(secs) if secs >= 0.0 => from_unix_secs(secs as u64).map(Self),
            _ => None,
        }
    }
}

/// Texts, of which a single one may stand by itself.
pub struct OneOrMany(pub Vec<String>);

impl Member for OneOrMany {
    const FORM: &'static str = "a text or a list of texts";

    fn from_json(json: Json) -> Option<Self> {
        match json {
            Json::Text(text) => Some(Self(vec![text])),
            json => list(json).map(Self),
        }
    }
}
