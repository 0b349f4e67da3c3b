//! Formats of the values of headers.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Operation, tags};
use crate::instant::{parse_rfc3339, unix_secs};
use crate::json::{Json, Object};

/// Most parts of an [object][limits].
///
/// [limits]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
const MAX_PARTS: u64 = 10_000;

/// The format of a value.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// Anything that is not empty.
    Text,
    /// A number without sign or leading zeros, because its text is signed and clients write it like that.
    Number,
    /// The id of an AWS account.
    Account,
    /// `true` or `false`.
    Bool,
    /// One of these.
    OneOf(&'static [&'static str]),
    /// So many bytes in base64.
    Base64(usize),
    /// The same. That of a multipart object may be the checksum of its parts' checksums, and then ends in
    /// [`-` and their number][composite].
    ///
    /// [composite]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
    Checksum(usize),
    /// A date as [HTTP](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7) writes it.
    HttpDate,
    /// An instant of RFC 3339.
    Instant,
    /// A slash and a key, or an http(s) URL, of [2 KB at most][redirect].
    ///
    /// [redirect]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-page-redirect.html
    Redirect,
    /// [Ranges](https://www.rfc-editor.org/rfc/rfc9110#section-14.1.2) of bytes. Servers ignore a malformed one, and
    /// send the whole object.
    Range,
    /// [Tags] of an object, as in the query of a URL.
    ///
    /// [Tags]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
    Tags,
    /// Who gets a permission, as in [`id="…"` or `uri="…"`][grants], with commas between.
    ///
    /// [grants]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#specifying-grantee
    Grantees,
    /// JSON in base64: an object of texts, which is an [encryption context][context].
    ///
    /// [context]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#encryption-context
    Base64Json,
}

impl Form {
    /// Whether `value` has this format, for `operation`.
    pub(super) fn accepts(self, value: &str, operation: Operation) -> bool {
        match self {
            Self::Text => !value.is_empty(),
            Self::Number => whole_number(value).is_some(),
            Self::Account => has_shape(value, "000000000000"),
            Self::Bool => matches!(value, "true" | "false"),
            Self::OneOf(values) => values.contains(&value),
            Self::Base64(bytes) => is_base64(value, bytes),
            Self::Checksum(bytes) => is_base64(without_parts(value, operation), bytes),
            Self::HttpDate => is_http_date(value),
            Self::Instant => is_instant(value),
            Self::Redirect => is_redirect(value),
            Self::Range => is_range(value),
            Self::Tags => tags::are_tags(value),
            Self::Grantees => are_grantees(value, |_, _| true),
            Self::Base64Json => is_base64_json(value),
        }
    }

    /// The format in words, to follow "must be".
    pub(super) fn description(self) -> Cow<'static, str> {
        match self {
            Self::Text => "a non-empty string".into(),
            Self::Number => "a whole number".into(),
            Self::Account => "the 12 digits of an account".into(),
            Self::Bool => "true or false".into(),
            Self::OneOf([only]) => (*only).into(),
            Self::OneOf(values) => format!("one of {}", values.join(", ")).into(),
            Self::Base64(bytes) | Self::Checksum(bytes) => {
                format!("{bytes} bytes in base64").into()
            }
            Self::HttpDate => "a date such as Wed, 21 Oct 2026 07:28:00 GMT".into(),
            Self::Instant => "an instant such as 2026-10-21T07:28:00Z".into(),
            Self::Redirect => "at most 2048 bytes that begin with /, https:// or http://".into(),
            Self::Range => "a range such as bytes=0-1023, bytes=1024- or bytes=-1024".into(),
            Self::Tags => tags::DESCRIPTION.into(),
            Self::Grantees => "grantees such as id=\"0a1b2c\", with commas between".into(),
            Self::Base64Json => "a JSON object of texts in base64".into(),
        }
    }
}

/// The shape of dates that [`is_http_date`] accepts, as a pattern of JSON Schema; it also matches days that do
/// not exist.
pub const HTTP_DATE: &str =
    "^[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT$";

/// Whether `value` is a date as [HTTP](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7) writes it, of a day
/// since 1970 that exists. Servers ignore invalid dates instead of refusing them.
pub fn is_http_date(value: &str) -> bool {
    has_shape(value, "Aaa, 00 Aaa 0000 00:00:00 GMT") && is_of_calendar(value).unwrap_or(false)
}

const SECS_PER_DAY: u64 = 24 * 3600;

/// Beginning with the day of the Unix epoch.
const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Whether the day exists, has this weekday, and the time exists.
fn is_of_calendar(date: &str) -> Option<bool> {
    let (weekday, rest) = date.split_once(", ")?;
    let mut words = rest.split(' ');
    let (day, month, year, time) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let month = MONTHS
        .iter()
        .position(|known| *known == month)?
        .checked_add(1)?;
    let at = parse_rfc3339(&format!("{year}-{month:02}-{day}T{time}Z"))?;
    let days = unix_secs(at) / SECS_PER_DAY;
    let named = WEEKDAYS.get(usize::try_from(days % 7).ok()?)?;
    Some(*named == weekday)
}

/// Reads a whole number without sign, blanks and leading zeros, of at most 19 digits. Everything in a request that is a
/// number in a text is one of these.
pub fn whole_number(text: &str) -> Option<u64> {
    let plain = (1..=19).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'));
    plain.then(|| text.parse().ok())?
}

fn is_instant(value: &str) -> bool {
    let seconds = value.get(..19).unwrap_or_default();
    has_shape(seconds, "0000-00-00T00:00:00") && parse_rfc3339(value).is_some()
}

fn is_redirect(value: &str) -> bool {
    let mut begins = ["/", "https://", "http://"].into_iter();
    value.len() <= 2048 && begins.any(|begin| value.starts_with(begin))
}

fn is_range(value: &str) -> bool {
    let ranges = value.strip_prefix("bytes=");
    ranges.is_some_and(|ranges| ranges.split(',').all(|range| is_one_range(range.trim())))
}

fn is_one_range(range: &str) -> bool {
    let Some((first, last)) = range.split_once('-') else {
        return false;
    };
    // Leading zeros are allowed here. Positions past all objects are no numbers of 64 bits, and in no range.
    let position = |text: &str| match text.trim_start_matches('0') {
        "" if !text.is_empty() => Some(0),
        digits => whole_number(digits),
    };
    match (position(first), position(last)) {
        (Some(first), Some(last)) => first <= last,
        (Some(_), None) => last.is_empty(),
        // The last 0 bytes are never there.
        (None, Some(length)) => first.is_empty() && length > 0,
        (None, None) => false,
    }
}

/// Whether all grantees in `value` are written as such, and `accepts` their kind and value.
pub(super) fn are_grantees(value: &str, accepts: fn(&str, &str) -> bool) -> bool {
    value.split(',').all(|grantee| {
        let Some((kind, value)) = grantee.trim().split_once('=') else {
            return false;
        };
        let quoted = value.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
        let value = quoted.unwrap_or(value);
        let known = matches!(kind, "emailAddress" | "id" | "uri");
        known && !value.is_empty() && !value.contains('"') && accepts(kind, value)
    })
}

fn is_base64_json(value: &str) -> bool {
    let decoded = STANDARD.decode(value).ok();
    let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    let object = text.and_then(|text| Object::parse(&text).ok());
    object.is_some_and(|object| {
        let mut members = object.into_iter();
        members.all(|(_, value)| matches!(value, Json::String(_)))
    })
}

fn is_base64(value: &str, bytes: usize) -> bool {
    STANDARD.decode(value).is_ok_and(|it| it.len() == bytes)
}

fn without_parts(value: &str, operation: Operation) -> &str {
    let is_count = |parts| whole_number(parts).is_some_and(|it| (1..=MAX_PARTS).contains(&it));
    match value.rsplit_once('-') {
        Some((checksum, parts))
            if operation == Operation::CompleteMultipartUpload && is_count(parts) =>
        {
            checksum
        }
        _ => value,
    }
}

/// Whether `value` has upper-case letters, lower-case letters and digits where `shape` has `A`, `a` and `0`, and
/// otherwise the same bytes.
fn has_shape(value: &str, shape: &str) -> bool {
    value.len() == shape.len()
        && value
            .bytes()
            .zip(shape.bytes())
            .all(|(byte, like)| match like {
                b'A' => byte.is_ascii_uppercase(),
                b'a' => byte.is_ascii_lowercase(),
                b'0' => byte.is_ascii_digit(),
                _ => byte == like,
            })
}
