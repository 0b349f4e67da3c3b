//! [Content negotiation][spec] between a file and the JSON that says where it is, and between JSON and text.
//!
//! [spec]: https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1

use http::HeaderMap;
use http::header::ACCEPT;

/// Weights are in thousandths: they have three decimal places.
const MAX_WEIGHT: u16 = 1000;

/// The type of the JSON that says where a file is.
const JSON: &str = "application/json";

/// Whether `Accept` prefers JSON to everything that a file could be. Who accepts anything as gladly gets the file: image
/// loaders, browsers, and clients that name JSON first and then `*/*`. Other forms of JSON, such as
/// `application/problem+json`, are no preference for files. A range whose weight is malformed is ignored.
pub fn prefers_json(headers: &HeaderMap) -> bool {
    let (mut json, mut precedence) = (0, 0);
    let (mut file, mut related) = (0, 0);
    for range in ranges(headers) {
        let weight = range.weight;
        let of_range = range.precedence_for_json();
        if of_range > precedence {
            (json, precedence) = (weight, of_range);
        } else if of_range == precedence && of_range > 0 {
            json = json.max(weight);
        }
        if range.is_related() {
            related = related.max(weight);
        } else if !range.is_json() {
            file = file.max(weight);
        }
    }
    json > file && json >= related
}

/// Whether `Accept` names plain text, and prefers it to JSON.
pub fn prefers_plain_text(headers: &HeaderMap) -> bool {
    let (mut text, mut json) = (0, 0);
    for range in ranges(headers) {
        if range.media_type.eq_ignore_ascii_case("text/plain") {
            text = text.max(range.weight);
        } else if range.is_json() {
            json = json.max(range.weight);
        }
    }
    text > json
}

/// The media ranges that can be read.
fn ranges(headers: &HeaderMap) -> impl Iterator<Item = Range<'_>> {
    let values = headers.get_all(ACCEPT).iter();
    let values = values.filter_map(|value| value.to_str().ok());
    let ranges = values.flat_map(|value| split(value, ','));
    ranges.filter_map(Range::read)
}

/// A media range with its weight, in thousandths.
struct Range<'r> {
    media_type: &'r str,
    has_parameters: bool,
    weight: u16,
}

impl<'r> Range<'r> {
    fn read(text: &'r str) -> Option<Self> {
        let mut parts = split(text, ';').map(str::trim);
        let media_type = parts.next().filter(|it| !it.is_empty())?;
        let mut range = Self {
            media_type,
            has_parameters: false,
            weight: MAX_WEIGHT,
        };
        for part in parts.filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            if name.trim().eq_ignore_ascii_case("q") {
                // What follows the weight says nothing about the type.
                range.weight = weight(value.trim())?;
                break;
            }
            range.has_parameters = true;
        }
        Some(range)
    }

    fn is_json(&self) -> bool {
        self.media_type.eq_ignore_ascii_case(JSON)
    }

    /// Whether it is another form of JSON.
    fn is_related(&self) -> bool {
        let suffix = self.media_type.rsplit_once('+');
        suffix.is_some_and(|(_, suffix)| suffix.eq_ignore_ascii_case("json"))
    }

    /// How specifically it is about JSON, among the ranges that are; 0 for all others. Parameters of JSON mean nothing.
    fn precedence_for_json(&self) -> u8 {
        match self.media_type {
            _ if self.is_json() => 4_u8.saturating_sub(self.has_parameters.into()),
            range if range.eq_ignore_ascii_case("application/*") => 2,
            // Java's own client abbreviates it.
            "*/*" | "*" => 1,
            _ => 0,
        }
    }
}

/// Reads a weight, 0 to 1. More decimal places than three do not matter.
fn weight(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if !decimals.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let digits = decimals.bytes().chain(std::iter::repeat(b'0')).take(3);
    let thousandths = digits.fold(0_u16, |sum, digit| {
        sum.saturating_mul(10)
            .saturating_add(u16::from(digit.wrapping_sub(b'0')))
    });
    match whole {
        "0" => Some(thousandths),
        "" if !decimals.is_empty() => Some(thousandths),
        "1" if thousandths == 0 => Some(MAX_WEIGHT),
        _ => None,
    }
}

/// The parts of `text` between `separator`s that are not within quotes.
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |c| {
        let is_escaped = std::mem::take(&mut escaped);
        match c {
            '\\' if quoted && !is_escaped => escaped = true,
            '"' if !is_escaped => quoted = !quoted,
            _ => {}
        }
        !quoted && c == separator
    })
}
