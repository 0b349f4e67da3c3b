//! Endpoints of S3 and STS, as the configuration names them.

use http::Uri;

/// Scheme, host and path prefix of an S3 or STS endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// `https`, or `http` for a server on the developer's own machine.
    pub scheme: String,
    /// Host, with the port when it is not the scheme's default.
    pub authority: String,
    /// Path before the bucket or key, without a slash at its end; usually empty.
    pub path: String,
}

/// The text is not an endpoint URL; what is wrong with it, as the rest of a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidEndpoint(pub &'static str);

impl Endpoint {
    /// Reads an endpoint URL such as `https://minio.example.com:9000`.
    ///
    /// # Errors
    /// Anything but an absolute http or https URL without user, query or fragment.
    pub fn parse(url: &str) -> Result<Self, InvalidEndpoint> {
        if url.contains('#') {
            return Err(InvalidEndpoint("must not have a fragment"));
        }
        let uri: Uri = url
            .trim()
            .parse()
            .map_err(|_| InvalidEndpoint("is not a URL"))?;
        let Some(scheme @ ("http" | "https")) = uri.scheme_str() else {
            return Err(InvalidEndpoint("must begin with https:// or http://"));
        };
        let authority = uri
            .authority()
            .ok_or(InvalidEndpoint("must name a host"))?
            .as_str()
            .to_ascii_lowercase();
        if authority.contains('@') {
            return Err(InvalidEndpoint("must not hold a user or password"));
        }
        if uri.query().is_some() {
            return Err(InvalidEndpoint("must not have a query"));
        }
        let path = uri.path().trim_end_matches('/');
        if !is_plain_path(path) {
            return Err(InvalidEndpoint(
                "must have a path of letters, digits and -._~ only, without `.` and `..`",
            ));
        }
        Ok(Self {
            scheme: scheme.to_owned(),
            authority: plain_authority(scheme, &authority)
                .ok_or(InvalidEndpoint("must have a host name and, if any, a port"))?,
            path: path.to_owned(),
        })
    }

    /// Whether the host is an IP address, by the rule of [URLs][host]: its last label is a number.
    ///
    /// [host]: https://url.spec.whatwg.org/#ends-in-a-number-checker
    pub fn is_ip_address(&self) -> bool {
        let host = self.host();
        let last = host.rsplit('.').next().unwrap_or_default();
        host.starts_with('[') || last.bytes().all(|b| b.is_ascii_digit())
    }

    /// The host without the port; of an IPv6 address only its beginning.
    pub fn host(&self) -> &str {
        self.authority.split(':').next().unwrap_or_default()
    }

    /// The endpoint as a URL, with a slash at its end.
    pub fn url(&self) -> String {
        format!("{}://{}{}/", self.scheme, self.authority, self.path)
    }
}

/// Host and port as every client writes them into `Host`, which is signed: without the scheme's own
/// port, and the port without leading zeros.
fn plain_authority(scheme: &str, authority: &str) -> Option<String> {
    let bracket = authority.rfind(']').unwrap_or_default();
    let (host, port) = match authority.rfind(':').filter(|colon| *colon >= bracket) {
        Some(colon) => authority.split_at_checked(colon)?,
        None => (authority, ""),
    };
    let in_host = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
    let is_name = !host.is_empty() && host.bytes().all(in_host);
    let is_bracketed = host.starts_with('[') && host.ends_with(']');
    if !is_name && !is_bracketed {
        return None;
    }
    let own_port = if scheme == "https" { 443 } else { 80 };
    match port.strip_prefix(':') {
        None => Some(host.to_owned()),
        Some(digits) => match digits.parse::<u16>().ok()? {
            port if port == own_port => Some(host.to_owned()),
            port => Some(format!("{host}:{port}")),
        },
    }
}

/// Whether every client leaves `path` as it is.
fn is_plain_path(path: &str) -> bool {
    path.bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"-._~/".contains(&b))
        && !path.split('/').any(|segment| matches!(segment, "." | ".."))
}
