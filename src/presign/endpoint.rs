//! Where S3 is: the regional host, or an endpoint the configuration names.

use http::Uri;

use super::BucketUrl;
use crate::json::{Json, Member};

/// How a bucket's name goes into the URL, in [botocore's words][botocore].
///
/// [botocore]: https://docs.aws.amazon.com/boto3/latest/guide/configuration.html
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AddressingStyle {
    /// Virtual-hosted, unless a custom endpoint or the bucket's name needs path style.
    #[default]
    Auto,
    /// The bucket is part of the host: `https://bucket.host/key`.
    Virtual,
    /// The bucket is the first segment of the path: `https://host/bucket/key`.
    Path,
}

impl Member for AddressingStyle {
    const FORM: &'static str = "auto, virtual or path";

    fn from_json(json: Json) -> Option<Self> {
        match String::from_json(json)?.as_str() {
            "auto" => Some(Self::Auto),
            "virtual" => Some(Self::Virtual),
            "path" => Some(Self::Path),
            _ => None,
        }
    }
}

/// Scheme, host and path prefix of an S3 or STS endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// `https`, or `http` for a server on the developer's own machine.
    pub scheme: String,
    /// Host, with the port when it is not the scheme's own.
    pub authority: String,
    /// Path before the bucket or key, without a slash at its end; mostly empty.
    pub path: String,
}

/// The text is not an endpoint URL; the reason is fit for the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
        let scheme = match uri.scheme_str() {
            Some(scheme @ ("http" | "https")) => scheme,
            _ => return Err(InvalidEndpoint("must begin with https:// or http://")),
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
        let host = self.authority.split(':').next().unwrap_or_default();
        let last = host.rsplit('.').next().unwrap_or_default();
        host.starts_with('[') || last.bytes().all(|b| b.is_ascii_digit())
    }

    /// The bucket whose name stands before the host.
    pub(super) fn with_host(&self, label: &str) -> BucketUrl {
        BucketUrl {
            scheme: self.scheme.clone(),
            host: format!("{label}.{}", self.authority),
            path: self.path.clone(),
        }
    }

    /// The bucket whose name stands at the beginning of the path.
    pub(super) fn with_path(&self, bucket: &str) -> BucketUrl {
        BucketUrl {
            scheme: self.scheme.clone(),
            host: self.authority.clone(),
            path: format!("{}/{bucket}", self.path),
        }
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
