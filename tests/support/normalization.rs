//! What Cloudflare does to the path of a URL before a worker sees it, as [its documentation][doc] describes it.
//!
//! [doc]: https://developers.cloudflare.com/rules/normalization/how-it-works/

/// The type of normalisation in the settings of a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normalization {
    /// As RFC 3986 says.
    Rfc3986,
    /// First back slashes become slashes, and slashes are merged.
    Cloudflare,
}

pub fn normalized(path: &str, normalization: Normalization) -> String {
    let mut path = path.to_owned();
    if normalization == Normalization::Cloudflare {
        path = path.replace('\\', "/");
        while path.contains("//") {
            path = path.replace("//", "/");
        }
    }
    without_dot_segments(&escaped(&path))
}

/// Unreserved characters unescaped, reserved ones as they are, all others escaped, in upper case.
fn escaped(path: &str) -> String {
    let mut out = String::new();
    let mut bytes = path.bytes().peekable();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
            let digits = std::str::from_utf8(&digits).unwrap();
            match u8::from_str_radix(digits, 16).unwrap() {
                byte if is_unreserved(byte) => out.push(byte.into()),
                byte => out.push_str(&format!("%{byte:02X}")),
            }
        } else if is_unreserved(byte) || b":/?#[]@!$&'()*+,;=".contains(&byte) {
            out.push(byte.into());
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

/// <https://www.rfc-editor.org/rfc/rfc3986#section-5.2.4>, for paths that begin with a slash.
fn without_dot_segments(path: &str) -> String {
    let mut out: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        match segment {
            "." => {}
            ".." => drop(out.pop()),
            segment => out.push(segment),
        }
        if is_last && matches!(segment, "." | "..") {
            out.push("");
        }
    }
    format!("/{}", out.join("/"))
}
