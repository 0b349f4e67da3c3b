//! The name under which a browser saves what it downloads.

use crate::encode;

/// The longest name that common file systems take, in bytes.
pub(super) const MAX_FILE_NAME_BYTES: usize = 255;

/// What [`attachment`] takes for a name, but for its length, as JSON Schema writes it.
pub(super) const FILE_NAME: &str = r"^[^/\\\x00-\x1f\x7f-\x9f]*$";

/// A [`Content-Disposition`][rfc6266] that makes browsers save under `name`: the name itself as
/// `filename*`, encoded as [RFC 8187][rfc8187] says, after a `filename` for those that know no other,
/// which has `_` for what it cannot hold.
///
/// [rfc6266]: https://www.rfc-editor.org/rfc/rfc6266
/// [rfc8187]: https://www.rfc-editor.org/rfc/rfc8187#section-3.2
///
/// # Errors
/// What a file cannot be called, in words.
pub(super) fn attachment(name: &str) -> Result<String, String> {
    if !(1..=MAX_FILE_NAME_BYTES).contains(&name.len()) {
        return Err(format!("must have 1 to {MAX_FILE_NAME_BYTES} bytes"));
    }
    if matches!(name, "." | "..") || name.contains(is_of_no_name) {
        return Err("must be a file's name, without path and control characters".to_owned());
    }
    // A quote would end the text, and some browsers decode a percent sign.
    let plain = |c: char| matches!(c, ' '..='~') && !matches!(c, '"' | '%');
    let fallback: String = name
        .chars()
        .map(|c| if plain(c) { c } else { '_' })
        .collect();
    Ok(if fallback == name {
        format!("attachment; filename=\"{name}\"")
    } else {
        let encoded = encode::query(name);
        format!("attachment; filename=\"{fallback}\"; filename*=UTF-8''{encoded}")
    })
}

/// What no file's name holds: separators of paths, control characters, and what changes the direction of
/// text, so that `gpj.exe` shows as `exe.jpg`.
fn is_of_no_name(c: char) -> bool {
    c.is_control() || matches!(c, '/' | '\\' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
