//! File names that come from clients, made safe for keys, URLs and file systems.

use std::borrow::Cow;

/// Longest name, in bytes.
const MAX_BYTES: usize = 100;

/// Longest extension that is kept when a name is shortened, in bytes.
const MAX_EXTENSION_BYTES: usize = 20;

/// What remains of `name`: its last path segment, with `_` in place of everything that means something in URLs, shells
/// and file systems, and at most [`MAX_BYTES`]. Its extension is kept. It is never `.` or `..`.
///
/// # Errors
/// Why there is nothing, as the rest of a sentence.
pub(super) fn safe(name: &str) -> Result<String, &'static str> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    if last.is_empty() {
        return Err("must be the name of a file");
    }
    let is_dots = last.bytes().all(|byte| byte == b'.');
    let keep = |c: char| is_safe(c) && !is_dots;
    let safe: String = last
        .chars()
        .map(|c| if keep(c) { c } else { '_' })
        .collect();
    Ok(shortened(&safe, MAX_BYTES).into_owned())
}

/// `name`, shortened to `max_bytes`, which is more than an extension has, where it is longer. Its extension is kept.
pub fn shortened(name: &str, max_bytes: usize) -> Cow<'_, str> {
    if name.len() <= max_bytes {
        return name.into();
    }
    match name.rsplit_once('.') {
        Some((stem, extension)) if extension.len() <= MAX_EXTENSION_BYTES => {
            let left = max_bytes.saturating_sub(extension.len().saturating_add(1));
            format!("{}.{extension}", beginning(stem, left)).into()
        }
        _ => beginning(name, max_bytes).into(),
    }
}

/// The first characters of `text`, at most `max_bytes` together.
fn beginning(text: &str, max_bytes: usize) -> &str {
    let end = text.floor_char_boundary(max_bytes);
    text.get(..end).unwrap_or(text)
}

/// Whether a name may contain `c`. Of ASCII these are the characters without a meaning anywhere; of all others those that
/// can be seen, and that do not change the direction of text.
fn is_safe(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    }
    let is_format = matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffd}' | '\u{e0000}'..='\u{e007f}');
    !c.is_control() && !c.is_whitespace() && !is_format
}
