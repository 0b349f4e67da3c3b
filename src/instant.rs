//! Instants as text and numbers. The current instant always comes in as an argument.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer};
use time::{Date, Month, OffsetDateTime, UtcOffset};

/// Seconds from the Unix epoch to `instant`, rounded down; 0 for anything before the epoch.
pub fn unix_secs(instant: SystemTime) -> u64 {
    instant
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// The last second of the year 9999, the last that RFC 3339 can write.
const LAST_SECS: u64 = 253_402_300_799;

/// The instant `secs` after the Unix epoch; `None` past the year 9999. [`SystemTime`] itself has
/// another end on every platform.
pub fn from_unix_secs(secs: u64) -> Option<SystemTime> {
    let secs = Some(secs).filter(|secs| *secs <= LAST_SECS)?;
    UNIX_EPOCH.checked_add(Duration::from_secs(secs))
}

/// The last instant that can be written.
pub fn last_instant() -> SystemTime {
    from_unix_secs(LAST_SECS).unwrap_or(UNIX_EPOCH)
}

/// `instant` rounded down to a multiple of `window` since the Unix epoch, and to a full second, the
/// resolution of `X-Amz-Date`, at least.
pub fn floor_to(window: Duration, instant: SystemTime) -> SystemTime {
    let secs = unix_secs(instant);
    let into = secs.checked_rem(window.as_secs()).unwrap_or_default();
    from_unix_secs(secs.saturating_sub(into)).unwrap_or(UNIX_EPOCH)
}

/// What is left at `now` until `instant`; zero when it has passed.
pub fn left_until(instant: SystemTime, now: SystemTime) -> Duration {
    instant.duration_since(now).unwrap_or_default()
}

/// `YYYYMMDD'T'HHMMSS'Z'`, as [`X-Amz-Date`] wants it. The first eight characters are the
/// date of the credential scope.
///
/// [`X-Amz-Date`]: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
pub fn amz_date(instant: SystemTime) -> String {
    text(instant, "", "")
}

/// [RFC 3339](https://www.rfc-editor.org/rfc/rfc3339) in UTC with full seconds.
pub fn rfc3339(instant: SystemTime) -> String {
    text(instant, "-", ":")
}

/// `instant` with these separators in date and clock, without `format!`, whose code is long.
fn text(instant: SystemTime, dash: &str, colon: &str) -> String {
    let at = utc(instant);
    let year = at.year().unsigned_abs();
    let mut text = String::with_capacity(RFC_3339_CHARS);
    for (number, after) in [
        (year / 100, ""),
        (year % 100, dash),
        (u8::from(at.month()).into(), dash),
        (at.day().into(), "T"),
        (at.hour().into(), colon),
        (at.minute().into(), colon),
        (at.second().into(), "Z"),
    ] {
        let digit = |number: u32| char::from_digit(number % 10, 10).unwrap_or_default();
        text.push(digit(number / 10));
        text.push(digit(number));
        text.push_str(after);
    }
    text
}

/// Length of an instant with full seconds.
const RFC_3339_CHARS: usize = 20;

/// Reads any [RFC 3339](https://www.rfc-editor.org/rfc/rfc3339#section-5.6) instant, rounded down to
/// a full second; `None` for anything else and for instants before the Unix epoch.
///
/// The `time` crate checks what the fields mean but does not find them: its parser would take 5 KB
/// of the bundle.
pub fn parse_rfc3339(text: &str) -> Option<SystemTime> {
    let (date, rest) = text.trim().split_once(['T', 't', ' '])?;
    let clock = rest.get(..8)?;
    let [year, month, day] = fields(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = fields(clock, ':', [2, 2, 2])?;
    let rest = rest.get(8..)?;
    let zone = match rest.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    };
    let at = Date::from_calendar_date(
        i32::from(year),
        Month::try_from(u8::try_from(month).ok()?).ok()?,
        u8::try_from(day).ok()?,
    )
    .ok()?
    .with_hms(
        u8::try_from(hour).ok()?,
        u8::try_from(minute).ok()?,
        // A leap second is the last second of its day.
        u8::try_from(second.min(59)).ok()?,
    )
    .ok()?;
    let local = at.assume_utc().unix_timestamp();
    from_unix_secs(u64::try_from(local.checked_sub(offset_secs(zone)?)?).ok()?)
}

/// Reads a date in the form of [`Date`](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7), such as
/// `Sun, 06 Nov 1994 08:49:37 GMT`; `None` for anything else.
pub fn parse_http_date(text: &str) -> Option<SystemTime> {
    let (_, date) = text.trim().strip_suffix(" GMT")?.split_once(", ")?;
    let parts: Vec<&str> = date.split(' ').collect();
    let [day, month, year, clock] = *parts.as_slice() else {
        return None;
    };
    let month = MONTHS.iter().position(|name| *name == month)?;
    let month = month.checked_add(1)?;
    parse_rfc3339(&format!("{year}-{month:02}-{day}T{clock}Z"))
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Fields of exactly these numbers of digits.
fn fields<const N: usize>(text: &str, separator: char, digits: [usize; N]) -> Option<[u16; N]> {
    let mut parts = text.split(separator);
    let mut values = [0; N];
    for (value, digits) in values.iter_mut().zip(digits) {
        let part = parts.next().filter(|part| part.len() == digits)?;
        *value = part
            .bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| part.parse().ok())??;
    }
    parts.next().is_none().then_some(values)
}

/// Seconds that `Z`, `+hh:mm` or `-hh:mm` is ahead of UTC.
fn offset_secs(zone: &str) -> Option<i64> {
    match zone {
        "Z" | "z" => Some(0),
        zone => numeric_offset_secs(zone),
    }
}

#[inline(never)]
fn numeric_offset_secs(zone: &str) -> Option<i64> {
    let (sign, rest) = match zone.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let [hours, minutes] = fields(rest, ':', [2, 2])?;
    let offset = UtcOffset::from_hms(i8::try_from(hours).ok()?, i8::try_from(minutes).ok()?, 0);
    i64::from(offset.ok()?.whole_seconds()).checked_mul(sign)
}

/// Clamped to the epoch where `time` has no such year; no clock gives such an instant.
fn utc(instant: SystemTime) -> OffsetDateTime {
    i64::try_from(unix_secs(instant))
        .ok()
        .and_then(|secs| OffsetDateTime::from_unix_timestamp(secs).ok())
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Between half and all of `full`, by a random byte, so that isolates do not call in step.
pub fn jittered(full: Duration, [random]: [u8; 1]) -> Duration {
    let half = full.checked_div(2).unwrap_or_default();
    let jitter = half.saturating_mul(u32::from(random)).checked_div(255);
    half.saturating_add(jitter.unwrap_or_default())
}

/// Seconds since the Unix epoch as [JWTs](https://www.rfc-editor.org/rfc/rfc7519#section-2) write them.
/// Fractions are allowed, and rounded down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NumericDate(pub SystemTime);

impl<'de> Deserialize<'de> for NumericDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let secs = f64::deserialize(deserializer)?;
        // The cast rounds down, and a number that it saturates is past the last instant.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let instant = (secs >= 0.0).then(|| from_unix_secs(secs as u64)).flatten();
        instant
            .map(Self)
            .ok_or_else(|| D::Error::custom("must be seconds since the Unix epoch"))
    }
}
