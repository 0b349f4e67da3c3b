//! Browser forms: a [POST policy][spec] says what may be uploaded, and its signature is part of the form.
//!
//! S3 accepts a form only when each of its fields meets a condition of the policy, so the policy has a condition
//! for each field, and nothing can be added to the form. The file itself comes last.
//!
//! [spec]: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html

use std::borrow::Cow;
use std::ops::RangeInclusive;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Serialize, Serializer};

use super::{Signer, SigningError};
use crate::instant::rfc3339;

/// S3 replaces this with the name of the uploaded file, in any field of a form.
pub const FILENAME: &str = "${filename}";

/// What a form may upload.
#[derive(Clone, Debug)]
pub struct PostPolicy<'a> {
    /// Name of the bucket.
    pub bucket: &'a str,
    /// The whole key, or a prefix with [`FILENAME`] after it for all keys that begin with the prefix.
    pub key: &'a str,
    /// Allowed sizes of the file, in bytes.
    pub size_bytes: Option<RangeInclusive<u64>>,
    /// Allowed `Content-Type` of the file; with `None` the form cannot have that field.
    pub content_type: Option<ContentType<'a>>,
    /// Further fields, exactly as the form sends them.
    pub fields: Vec<(&'a str, &'a str)>,
}

/// A media type, or the beginning of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentType<'a> {
    /// Exactly this one.
    Exact(&'a str),
    /// Any that begins with this, such as `image/`; the form's field says which.
    Prefix(&'a str),
}

enum Condition<'a> {
    Equals(&'a str, &'a str),
    StartsWith(&'a str, &'a str),
    Length(&'a RangeInclusive<u64>),
}

/// As [S3 reads them][spec]: `{"name":"value"}`, `["starts-with","$name","value"]`,
/// `["content-length-range",0,1]`.
///
/// [spec]: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
impl Serialize for Condition<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Equals(name, value) => serializer.collect_map([(name, value)]),
            Self::StartsWith(name, value) => {
                ("starts-with", format_args!("${name}"), value).serialize(serializer)
            }
            Self::Length(range) => {
                ("content-length-range", range.start(), range.end()).serialize(serializer)
            }
        }
    }
}

#[derive(Serialize)]
struct Document<'a> {
    expiration: &'a str,
    conditions: Vec<Condition<'a>>,
}

/// All fields of a form except the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form<'a>(Vec<(&'a str, Cow<'a, str>)>);

impl Form<'_> {
    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_ref()))
    }
}

impl Serialize for Form<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl Signer {
    /// All fields of the form except the file and a `Content-Type` of which only the beginning is fixed. The form
    /// is valid from `now` on for `lifetime`, in whole seconds.
    ///
    /// # Errors
    /// [`SigningError::Day`], when this signer is for another day; [`SigningError::Lifetime`], when the
    /// end cannot be represented.
    pub fn post_form<'a>(
        &'a self,
        policy: &PostPolicy<'a>,
        lifetime: Duration,
        now: SystemTime,
    ) -> Result<Form<'a>, SigningError> {
        let expires_at = now.checked_add(lifetime).ok_or(SigningError::Lifetime)?;
        let mut fields: Vec<(&str, Cow<'_, str>)> = Vec::new();
        fields.extend(
            policy
                .fields
                .iter()
                .map(|(name, value)| (*name, Cow::from(*value))),
        );
        if let Some(ContentType::Exact(media_type)) = policy.content_type {
            fields.push(("Content-Type", media_type.into()));
        }
        fields.push(("x-amz-algorithm", "AWS4-HMAC-SHA256".into()));
        fields.push(("x-amz-credential", self.credential().into()));
        fields.push(("x-amz-date", self.amz_date(now)?.into()));
        fields.extend(
            self.session_token()
                .map(|it| ("x-amz-security-token", it.into())),
        );
        let document = Document {
            expiration: &rfc3339(expires_at),
            conditions: conditions(policy, &fields),
        };
        let document = serde_json::to_string(&document).map_err(|_| SigningError::Request)?;
        let encoded = STANDARD.encode(ascii(&document));
        fields.push(("key", policy.key.into()));
        fields.push(("x-amz-signature", self.sign_policy(&encoded).into()));
        fields.push(("policy", encoded.into()));
        Ok(Form(fields))
    }

    /// The [signature][spec] of a policy in base64.
    ///
    /// [spec]: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html
    pub fn sign_policy(&self, encoded: &str) -> String {
        self.sign(encoded)
    }
}

fn conditions<'a>(
    policy: &'a PostPolicy<'a>,
    fields: &'a [(&str, Cow<'_, str>)],
) -> Vec<Condition<'a>> {
    let key = match policy.key.strip_suffix(FILENAME) {
        Some(prefix) => Condition::StartsWith("key", prefix),
        None => Condition::Equals("key", policy.key),
    };
    let mut all = vec![Condition::Equals("bucket", policy.bucket), key];
    if let Some(ContentType::Prefix(prefix)) = policy.content_type {
        all.push(Condition::StartsWith("Content-Type", prefix));
    }
    all.extend(policy.size_bytes.as_ref().map(Condition::Length));
    all.extend(fields.iter().map(|(n, v)| Condition::Equals(n, v)));
    all
}

/// What precedes the dollar sign of a field's name. No value contains it, because its quotes are escaped there.
const NAME_FOLLOWS: &str = "[\"starts-with\",\"";

/// JSON with all characters [escaped][spec] that S3 requires in a policy: those beyond ASCII, and a dollar sign that does not
/// begin the name of a field. JSON has no `\$`, but the code of the character.
///
/// [spec]: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html#sigv4-HTTPPOSTEscaping
fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for char in json.chars() {
        let is_name = char == '$' && text.ends_with(NAME_FOLLOWS);
        if is_name || char.is_ascii() && char != '$' {
            text.push(char);
        } else {
            for unit in char.encode_utf16(&mut [0; 2]) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    text
}
