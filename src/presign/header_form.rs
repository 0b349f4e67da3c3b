//! Formats of the values of headers.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Operation;
use crate::instant::{parse_rfc3339, unix_secs};

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
}

impl Form {
    /// Whether `value` has this format, for `operation`.
    pub(super) fn accepts(self, value: &str, operation: Operation) -> bool {
        match self {
            Self::Text => !value.is_empty(),
            Self::Number => is_number(value),
            Self::Account => has_shape(value, "000000000000"),
            Self::Bool => matches!(value, "true" | "false"),
            Self::OneOf(values) => values.contains(&value),
            Self::Base64(bytes) => is_base64(value, bytes),
            Self::Checksum(bytes) => is_base64(without_parts(value, operation), bytes),
            Self::HttpDate => is_http_date(value),
            Self::Instant => is_instant(value),
            Self::Redirect => is_redirect(value),
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

fn is_number(value: &str) -> bool {
    (1..=19).contains(&value.len())
        && value.bytes().all(|b| b.is_ascii_digit())
        && (value == "0" || !value.starts_with('0'))
}

fn is_instant(value: &str) -> bool {
    let seconds = value.get(..19).unwrap_or_default();
    has_shape(seconds, "0000-00-00T00:00:00") && parse_rfc3339(value).is_some()
}

fn is_redirect(value: &str) -> bool {
    let mut begins = ["/", "https://", "http://"].into_iter();
    value.len() <= 2048 && begins.any(|begin| value.starts_with(begin))
}

fn is_base64(value: &str, bytes: usize) -> bool {
    STANDARD.decode(value).is_ok_and(|it| it.len() == bytes)
}

fn without_parts(value: &str, operation: Operation) -> &str {
    match value.rsplit_once('-') {
        Some((checksum, parts))
            if operation == Operation::CompleteMultipartUpload
                && parts.len() <= 5
                && parts.parse::<u16>().is_ok() =>
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
