//! Headers that are signed: whoever uses the URL has to send them.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde::{Serialize, Serializer};

/// Unique names in lower case, sorted, with [values that every client can send](is_sendable).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

/// Most headers in a request: S3 knows about 50, and metadata has 2 KB. Adding one takes the longer the more there are.
const MAX_HEADERS: usize = 256;

/// Why a header cannot be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHeader {
    /// There is one of that name already, in whatever case.
    #[error("is given twice")]
    Duplicate,
    /// The value is not [sendable](is_sendable).
    #[error("must be visible ASCII, with spaces only inside")]
    Value,
    /// The text is not one that [forms can send](Headers::insert_text).
    #[error("must not have control characters, nor spaces at its ends")]
    Text,
}

/// The texts that [`is_sendable`] accepts, except the empty one, as a pattern of JSON Schema.
pub const SENDABLE: &str = "^[!-~]([ -~]*[!-~])?$";

/// Whether every client can send `value` unchanged: visible ASCII, with spaces only inside.
pub fn is_sendable(value: &str) -> bool {
    value.bytes().all(|b| matches!(b, b' '..=b'~')) && value.trim_matches(' ').len() == value.len()
}

impl Headers {
    /// No header at all.
    pub const NONE: Self = Self(Vec::new());

    /// Adds a header.
    ///
    /// # Errors
    /// [`InvalidHeader`].
    pub fn insert(&mut self, name: &str, value: String) -> Result<(), InvalidHeader> {
        if is_sendable(&value) {
            self.insert_unique(name, value)
        } else {
            Err(InvalidHeader::Value)
        }
    }

    /// Adds the field of a form, whose value is any Unicode without control characters, and spaces only inside: a form
    /// is sent [in UTF-8][utf8].
    ///
    /// [utf8]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html#UserMetadata
    ///
    /// # Errors
    /// [`InvalidHeader`].
    pub fn insert_text(&mut self, name: &str, value: String) -> Result<(), InvalidHeader> {
        if value.contains(char::is_control) || value.trim_matches(' ').len() < value.len() {
            Err(InvalidHeader::Text)
        } else {
            self.insert_unique(name, value)
        }
    }

    fn insert_unique(&mut self, name: &str, value: String) -> Result<(), InvalidHeader> {
        let name = name.to_ascii_lowercase();
        match self.index(&name) {
            Ok(_) => Err(InvalidHeader::Duplicate),
            Err(index) => {
                self.0.insert(index, (name, value));
                Ok(())
            }
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of the header `name`, which is in lower case.
    pub fn get(&self, name: &str) -> Option<&str> {
        let index = self.index(name).ok()?;
        self.0.get(index).map(|(_, value)| value.as_str())
    }

    /// Names and values, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let headers = self.0.iter();
        headers.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The headers whose names `keep` selects.
    pub fn only(&self, keep: impl Fn(&str) -> bool) -> Self {
        let kept = self.0.iter().filter(|(name, _)| keep(name));
        Self(kept.cloned().collect())
    }

    /// All headers and `Host`, sorted by name.
    pub(super) fn with_host<'a>(
        &'a self,
        host: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        let index = self.index("host").unwrap_or_else(|index| index);
        let host = std::iter::once(("host", host));
        let before = self.iter().take(index);
        before.chain(host).chain(self.iter().skip(index))
    }

    fn index(&self, name: &str) -> Result<usize, usize> {
        self.0
            .binary_search_by_key(&name, |(known, _)| known.as_str())
    }
}

/// Shows only names, because a value can be a customer-provided encryption key.
impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(|it| it.0)).finish()
    }
}

impl Serialize for Headers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeadersVisitor(Self::insert))
    }
}

/// Fields of a form, [as texts](Headers::insert_text).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormFields(pub Headers);

impl<'de> Deserialize<'de> for FormFields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let visitor = HeadersVisitor(Headers::insert_text);
        deserializer.deserialize_map(visitor).map(Self)
    }
}

/// How a value is added.
type Insert = fn(&mut Headers, &str, String) -> Result<(), InvalidHeader>;

struct HeadersVisitor(Insert);

impl<'de> Visitor<'de> for HeadersVisitor {
    type Value = Headers;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of strings")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Headers, A::Error> {
        let mut headers = Headers::default();
        while let Some(name) = entries.next_key::<String>()? {
            if headers.0.len() >= MAX_HEADERS {
                let reason = format!("must be at most {MAX_HEADERS} headers");
                return Err(A::Error::custom(reason));
            }
            entries.next_value_seed(Next(&mut headers, &name, self.0))?;
        }
        Ok(headers)
    }
}

/// Adds the value of the header of this name, so that an error is one of that member.
struct Next<'a>(&'a mut Headers, &'a str, Insert);

impl<'de> DeserializeSeed<'de> for Next<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let value = String::deserialize(deserializer)?;
        self.2(self.0, self.1, value).map_err(D::Error::custom)
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

impl schemars::JsonSchema for FormFields {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "FormFields".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "object",
            "additionalProperties": {
                "type": "string",
                "pattern": r"^([^ \x00-\x1f\x7f-\x9f]([^\x00-\x1f\x7f-\x9f]*[^ \x00-\x1f\x7f-\x9f])?)?$",
            }
        })
    }
}
