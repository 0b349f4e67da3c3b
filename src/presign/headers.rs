//! Headers that are part of a signature: whoever uses the URL has to send them.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde::{Serialize, Serializer};

/// Names in lower case, sorted, none of them twice, with [values that can be sent](is_sendable).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

/// Why a header cannot be taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidHeader {
    /// There is one of that name already, whatever the case.
    Twice,
    /// The value is not [sendable](is_sendable).
    Value,
}

/// What [`is_sendable`] takes besides nothing, as JSON Schema writes it.
pub const SENDABLE: &str = "^[!-~]([ -~]*[!-~])?$";

/// Whether every client can send `value` as it is: visible ASCII, with blanks inside at most.
pub fn is_sendable(value: &str) -> bool {
    value.bytes().all(|b| matches!(b, b' '..=b'~')) && value.trim_matches(' ').len() == value.len()
}

impl Headers {
    /// No header at all.
    pub const NONE: Self = Self(Vec::new());

    /// Takes one more header in.
    ///
    /// # Errors
    /// [`InvalidHeader`].
    pub fn insert(&mut self, name: &str, value: String) -> Result<(), InvalidHeader> {
        if !is_sendable(&value) {
            return Err(InvalidHeader::Value);
        }
        let name = name.to_ascii_lowercase();
        match self.place(&name) {
            Ok(_) => Err(InvalidHeader::Twice),
            Err(place) => {
                self.0.insert(place, (name, value));
                Ok(())
            }
        }
    }

    /// The value of the header `name`, which is in lower case.
    pub fn get(&self, name: &str) -> Option<&str> {
        let place = self.place(name).ok()?;
        self.0.get(place).map(|(_, value)| value.as_str())
    }

    /// Names and values, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let headers = self.0.iter();
        headers.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Those whose names are to be kept.
    pub fn only(&self, keep: impl Fn(&str) -> bool) -> Self {
        let kept = self.0.iter().filter(|(name, _)| keep(name));
        Self(kept.cloned().collect())
    }

    /// The same with `Host`, in its place.
    pub(super) fn with_host<'a>(
        &'a self,
        host: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        let place = self.place("host").unwrap_or_else(|place| place);
        let own = std::iter::once(("host", host));
        let before = self.iter().take(place);
        before.chain(own).chain(self.iter().skip(place))
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.0
            .binary_search_by_key(&name, |(known, _)| known.as_str())
    }
}

/// Shows names only: a value can be a key of the caller's own encryption.
impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(|it| it.0)).finish()
    }
}

impl fmt::Display for InvalidHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Twice => "is given twice",
            Self::Value => "must be visible ASCII, with blanks inside at most",
        })
    }
}

impl Serialize for Headers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeadersVisitor)
    }
}

struct HeadersVisitor;

impl<'de> Visitor<'de> for HeadersVisitor {
    type Value = Headers;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of texts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Headers, A::Error> {
        let mut headers = Headers::default();
        while let Some(name) = entries.next_key::<String>()? {
            entries.next_value_seed(Next(&mut headers, &name))?;
        }
        Ok(headers)
    }
}

/// Takes the value of the header of this name in, so that a fault is one of that member.
struct Next<'a>(&'a mut Headers, &'a str);

impl<'de> DeserializeSeed<'de> for Next<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let value = String::deserialize(deserializer)?;
        self.0.insert(self.1, value).map_err(D::Error::custom)
    }
}

impl schemars::JsonSchema for Headers {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Headers".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "object",
            "additionalProperties": { "type": "string", "pattern": format!("^$|{SENDABLE}") }
        })
    }
}
