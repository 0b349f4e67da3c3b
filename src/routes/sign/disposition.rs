//! The file name under which a browser saves a download.

use crate::encode;
use crate::profiles::shortened;

/// Longest file name of common file systems, in bytes. Longer ones are shortened.
const MAX_FILE_NAME_BYTES: usize = 255;

/// Longest file name in a request, in bytes: 255 characters, the limit of other file systems, have no more.
pub(super) const MAX_REQUESTED_BYTES: usize = 4 * 255;

/// The names that [`attachment`] accepts, apart from their length, as a pattern of JSON Schema.
pub(super) const FILE_NAME: &str = r"^[^/\\\x00-\x1f\x7f-\x9f]*$";

/// A [`Content-Disposition`][rfc6266] that makes browsers save a file as `name`: in `filename*`, encoded by
/// [RFC 8187][rfc8187], after a `filename` for old clients with `_` in place of what it cannot contain. A name that is too
/// long for a file system is shortened, and its extension kept.
///
/// [rfc6266]: https://www.rfc-editor.org/rfc/rfc6266
/// [rfc8187]: https://www.rfc-editor.org/rfc/rfc8187#section-3.2
///
/// # Errors
/// Why `name` cannot be a file name, as the rest of a sentence.
pub(super) fn attachment(name: &str) -> Result<String, String> {
    if !(1..=MAX_REQUESTED_BYTES).contains(&name.len()) {
        return Err(format!("must have 1 to {MAX_REQUESTED_BYTES} bytes"));
    }
    if matches!(name, "." | "..") || name.contains(is_forbidden) {
        return Err("must be a file name, without a path and control characters".to_owned());
    }
    let name = shortened(name, MAX_FILE_NAME_BYTES);
    // A quote would end the string, and some browsers decode a percent sign.
    let plain = |c: char| matches!(c, ' '..='~') && !matches!(c, '"' | '%');
    let fallback: String = name
        .chars()
        .map(|c| if plain(c) { c } else { '_' })
        .collect();
    Ok(if fallback == name {
        format!("attachment; filename=\"{name}\"")
    } else {
        let encoded = encode::query(&name);
        format!("attachment; filename=\"{fallback}\"; filename*=UTF-8''{encoded}")
    })
}

/// Whether a file name must not contain `c`: separators of paths, control characters, and characters that change the
/// direction of text, with which `gpj.exe` looks like `exe.jpg`.
fn is_forbidden(c: char) -> bool {
    c.is_control() || matches!(c, '/' | '\\' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
