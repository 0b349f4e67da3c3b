//! [Tags][spec] of objects: in the header `x-amz-tagging` as in the query of a URL, in a form as XML.
//!
//! [spec]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html

use std::borrow::Cow;

use percent_encoding::percent_decode;

use crate::aws::xml;

/// Most tags of an object.
const MAX_TAGS: usize = 10;

/// Longest key and longest value, in units of UTF-16.
const MAX_KEY_CHARS: usize = 128;
const MAX_VALUE_CHARS: usize = 256;

/// What tags must be, to follow "must be".
pub const DESCRIPTION: &str = "up to 10 tags such as a=b&c=d, in percent encoding, each key once and of at most 128 \
    characters, each value of at most 256";

/// What tags are on AWS.
pub const OF_AWS: &str = "must have only letters, digits, blanks and _.:/=+-@ in its tags, and no key that begins with aws:";

/// Key and value of a tag.
pub type Tag<'t> = (Cow<'t, str>, Cow<'t, str>);

/// The tags in `text`; `None` where it is not encoded as in a query. A tag without `=` has an empty value.
pub(super) fn of_query(text: &str) -> Option<Vec<Tag<'_>>> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((decoded(key)?, decoded(value)?))
    });
    pairs.collect()
}

fn decoded(text: &str) -> Option<Cow<'_, str>> {
    let mut escapes = text.split('%').skip(1).map(str::as_bytes);
    let is_escape = |rest: &[u8]| matches!(rest, [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit());
    let valid = escapes.all(is_escape);
    valid.then(|| percent_decode(text.as_bytes()).decode_utf8().ok())?
}

/// The tags in `document`, the XML of a form; `None` where it is not such a document.
pub fn of_xml(document: &str) -> Option<Vec<Tag<'static>>> {
    let (mut tags, mut key, mut value) = (Vec::new(), None, None);
    let (mut known, mut whole) = (true, false);
    xml::read(document, &mut |path, text| {
        // Deeper elements are none of these, however deep they are.
        let path: Vec<&str> = path.iter().take(5).map(String::as_str).collect();
        match path.as_slice() {
            ["Tagging", "TagSet", "Tag", "Key"] => key = Some(text.to_owned()),
            ["Tagging", "TagSet", "Tag", "Value"] => value = Some(text.to_owned()),
            ["Tagging", "TagSet", "Tag"] => match (key.take(), value.take()) {
                (Some(key), Some(value)) => tags.push((Cow::from(key), Cow::from(value))),
                _ => known = false,
            },
            ["Tagging", "TagSet"] => {}
            ["Tagging"] => whole = true,
            _ => known = false,
        }
    })?;
    (known && whole).then_some(tags)
}

/// Whether no key is empty or there twice, and none of them is too long or one too many.
pub fn are_within_limits(tags: &[Tag<'_>]) -> bool {
    let fits = |text: &str, max| text.encode_utf16().count() <= max;
    let mut keys: Vec<&str> = tags.iter().map(|(key, _)| key.as_ref()).collect();
    keys.sort_unstable();
    tags.len() <= MAX_TAGS
        && keys.is_sorted_by(|a, b| a < b)
        && tags.iter().all(|(key, value)| {
            !key.is_empty() && fits(key, MAX_KEY_CHARS) && fits(value, MAX_VALUE_CHARS)
        })
}

/// Whether AWS accepts the characters of all of `tags`: those of its [API][api], letters, digits and blanks of every
/// script among them. Keys that begin with `aws:` are its own.
///
/// A table of all letters would take 2 KB of the bundle; beyond ASCII only what is surely none is refused: arrows, signs
/// and pictures.
///
/// [api]: https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_S3Tag.html
pub fn are_of_aws(tags: &[Tag<'_>]) -> bool {
    let is_known = |c: char| match c {
        ' ' | '_' | '.' | ':' | '/' | '=' | '+' | '-' | '@' => true,
        '\u{80}'.. => {
            !matches!(c, '\u{2190}'..='\u{245f}' | '\u{2500}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
        }
        _ => c.is_ascii_alphanumeric(),
    };
    let mut texts = tags.iter().flat_map(|(key, value)| [key, value]);
    texts.all(|text| text.chars().all(is_known)) && !tags.iter().any(|it| it.0.starts_with("aws:"))
}
