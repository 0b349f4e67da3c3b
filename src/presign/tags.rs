//! [Tags][spec] of objects: in the header `x-amz-tagging` as in the query of a URL, in a form as XML.
//!
//! [spec]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::aws::xml;
use crate::encode;
use crate::names::{in_order, repeated};

/// Most tags of an object.
const MAX_TAGS: usize = 10;

/// Longest key and longest value, in units of UTF-16.
const MAX_KEY_CHARS: usize = 128;
const MAX_VALUE_CHARS: usize = 256;

/// What tags must be, to follow "must be".
pub(super) const DESCRIPTION: &str =
    "up to 10 tags, each with another key of 1 to 128 characters, and a value of at most 256";

/// What their characters must be on AWS.
pub(super) const OF_AWS: &str = "must have only letters, digits, blanks and _.:/=+-@ in its tags, and no key that begins with aws:";

/// Keys and values of the tags in `text`; `None` where it is not encoded as in a query. A tag without `=` has an empty
/// value.
fn pairs(text: &str) -> Option<Vec<(Cow<'_, str>, Cow<'_, str>)>> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((decoded(key)?, decoded(value)?))
    });
    pairs.collect()
}

fn decoded(text: &str) -> Option<Cow<'_, str>> {
    let mut escapes = text.split('%').skip(1).map(str::as_bytes);
    let valid = escapes.all(|rest| {
        matches!(rest, [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
    });
    valid.then(|| percent_decode_str(text).decode_utf8().ok())?
}

/// Whether `text` has tags as in a query, no key is empty or there twice, and none of them is too long or one too many.
pub(super) fn are_tags(text: &str) -> bool {
    let Some(tags) = pairs(text) else {
        return false;
    };
    let fits = |text: &str, max| text.encode_utf16().count() <= max;
    let keys = in_order(tags.iter().map(|(key, _)| key.as_ref()));
    tags.len() <= MAX_TAGS
        && repeated(&keys).next().is_none()
        && tags.iter().all(|(key, value)| {
            !key.is_empty() && fits(key, MAX_KEY_CHARS) && fits(value, MAX_VALUE_CHARS)
        })
}

/// Whether AWS accepts the characters of all tags in `text`: those of its [API][api], letters, digits and blanks of every
/// script among them. Keys that begin with `aws:` are its own.
///
/// A table of all letters would take 2 KB of the bundle; beyond ASCII only what is surely none is refused: arrows, signs
/// and pictures.
///
/// [api]: https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_S3Tag.html
pub(super) fn are_of_aws(text: &str) -> bool {
    let is_known = |c: char| match c {
        ' ' | '_' | '.' | ':' | '/' | '=' | '+' | '-' | '@' => true,
        '\u{80}'.. => {
            !matches!(c, '\u{2190}'..='\u{245f}' | '\u{2500}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
        }
        _ => c.is_ascii_alphanumeric(),
    };
    let are_known = |text: &str| text.chars().all(is_known);
    pairs(text).is_some_and(|tags| {
        let mut tags = tags.iter();
        tags.all(|(key, value)| !key.starts_with("aws:") && are_known(key) && are_known(value))
    })
}

/// The tags in `document`, the XML of a form, as `x-amz-tagging` has them; `None` where it is not such a document.
pub fn of_xml(document: &str) -> Option<String> {
    let (mut query, mut key, mut value) = (String::new(), None, None);
    let (mut known, mut whole) = (true, false);
    xml::read(document, &mut |path, text| match path {
        ["Tagging", "TagSet", "Tag", "Key"] => key = Some(text.to_owned()),
        ["Tagging", "TagSet", "Tag", "Value"] => value = Some(text.to_owned()),
        ["Tagging", "TagSet", "Tag"] => {
            known = known && key.is_some() && value.is_some();
            query.push('&');
            query.extend(encode::query(&key.take().unwrap_or_default()));
            query.push('=');
            query.extend(encode::query(&value.take().unwrap_or_default()));
        }
        ["Tagging", "TagSet"] => {}
        ["Tagging"] => whole = true,
        _ => known = false,
    })?;
    (known && whole).then_some(query)
}
