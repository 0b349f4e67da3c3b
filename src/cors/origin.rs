//! [Origins][origin] as browsers and web views send them, and patterns of them.
//!
//! [origin]: https://fetch.spec.whatwg.org/#origin-header

use http::Uri;

/// Stands for all origins.
pub(super) const ANY: &str = "*";

/// Stands for one label of a host.
const ANY_LABEL: &str = "*.";

/// Fewest labels after `*.`. With two they could be a [public suffix][psl], below which strangers have names: `pages.dev`
/// and `co.uk` look like a domain of one's own. The whole list of such suffixes is larger than the worker.
///
/// [psl]: https://publicsuffix.org/
const MIN_LABELS: usize = 3;

/// Domains of providers whose customers share a suffix of three or more labels, such as `s3.amazonaws.com`.
const SHARED_DOMAINS: [&str; 25] = [
    "aliyuncs.com",
    "amazonaws.com",
    "amazonaws.com.cn",
    "app.github.dev",
    "appdomain.cloud",
    "appspot.com",
    "awsapprunner.com",
    "azure.com",
    "azurestaticapps.net",
    "azurewebsites.net",
    "backblazeb2.com",
    "cloudflarestorage.com",
    "digitaloceanspaces.com",
    "elasticbeanstalk.com",
    "gitpod.io",
    "linodeobjects.com",
    "myqcloud.com",
    "ngrok.io",
    "on.aws",
    "oraclecloud.com",
    "preview.csb.app",
    "repl.co",
    "replit.dev",
    "run.app",
    "windows.net",
];

/// Schemes whose pages have [no origin of their own][opaque], or that no page has.
///
/// [opaque]: https://url.spec.whatwg.org/#origin
const SCHEMES_WITHOUT_ORIGIN: [&str; 8] = [
    "about",
    "blob",
    "data",
    "file",
    "ftp",
    "javascript",
    "ws",
    "wss",
];

const FORM: &str = "must be origins such as https://app.example.com or capacitor://localhost, without a path and with a \
    web page's in lower case, or *";
const WILDCARD_FORM: &str = "must have `*` only as the whole first label of a host on the web, as in \
    https://*.my-app.pages.dev";
const SHARED: &str = "must have at least three labels after `*.`, as in https://*.my-app.pages.dev, and not those of a \
    provider: strangers could have names below others";

/// Why `text` is neither `*`, nor an origin as browsers serialize it, nor one with `*` as the first label of its host.
pub fn origin_error(text: &str) -> Option<&'static str> {
    if text == ANY {
        return None;
    }
    let Some((scheme, authority)) = text.split_once("://") else {
        return Some(FORM);
    };
    let is_web = matches!(scheme, "http" | "https");
    match authority.strip_prefix(ANY_LABEL) {
        Some(parent) if is_web && is_web_origin(scheme, parent) => {
            is_shared(parent).then_some(SHARED)
        }
        _ if authority.contains('*') => Some(WILDCARD_FORM),
        _ if is_web && is_web_origin(scheme, authority) => None,
        _ if !is_web && is_app_origin(scheme, authority) => None,
        _ => Some(FORM),
    }
}

/// Whether `origin` is one that `pattern`, with `*` as its first label, stands for: exactly one label is in its place.
pub(super) fn matches(pattern: &str, origin: &str) -> bool {
    let Some((scheme, parent)) = pattern.split_once(ANY_LABEL) else {
        return false;
    };
    let authority = origin.strip_prefix(scheme);
    authority
        .and_then(|authority| authority.split_once('.'))
        .is_some_and(|(label, rest)| rest == parent && is_label(label))
}

fn is_label(label: &str) -> bool {
    let in_label = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_');
    !label.is_empty() && label.bytes().all(in_label)
}

/// Whether browsers serialize an origin of the web like this: in lower case, without the scheme's own port.
fn is_web_origin(scheme: &str, authority: &str) -> bool {
    let text = format!("{scheme}://{authority}");
    let of = |uri: &Uri| Some(format!("{}://{}", uri.scheme_str()?, uri.authority()?));
    let plain = !text.contains(['@', '#', '*']) && text.to_ascii_lowercase() == text;
    let standard = text.ends_with(":443") || text.ends_with(":80");
    plain && !standard && text.parse().ok().as_ref().and_then(of) == Some(text)
}

/// Whether it is an origin of an app or extension. Their hosts are not on the web, and keep their case.
fn is_app_origin(scheme: &str, authority: &str) -> bool {
    let in_scheme =
        |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.');
    let in_host = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    let (host, port) = authority.split_once(':').unwrap_or((authority, "1"));
    scheme.starts_with(|first: char| first.is_ascii_lowercase())
        && scheme.bytes().all(in_scheme)
        && !SCHEMES_WITHOUT_ORIGIN.contains(&scheme)
        && !host.is_empty()
        && host.bytes().all(in_host)
        && port.bytes().all(|b| b.is_ascii_digit())
        && port.parse().is_ok_and(|port: u16| port > 0)
}

/// Whether strangers can have names below `authority`, as far as that can be told.
fn is_shared(authority: &str) -> bool {
    let host = authority.split(':').next().unwrap_or_default();
    let is_below = |domain: &&str| {
        let rest = host.strip_suffix(domain);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    let labels: Vec<&str> = host.split('.').collect();
    let is_number = |label: &&str| label.bytes().all(|b| b.is_ascii_digit());
    labels.len() < MIN_LABELS
        || labels.iter().any(|label| label.is_empty())
        // An IP address.
        || labels.last().is_some_and(is_number)
        || SHARED_DOMAINS.iter().any(is_below)
}
