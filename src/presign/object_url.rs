//! Bucket and key as a URL, encoded exactly once.

use std::fmt;

use crate::aws::{Endpoint, Partition};
use crate::encode;

/// Domain of [R2's endpoints][r2]: `ACCOUNT.r2.cloudflarestorage.com`, with a jurisdiction such as `eu` after the account.
///
/// [r2]: https://developers.cloudflare.com/r2/api/s3/api/
pub const R2_DOMAIN: &str = ".r2.cloudflarestorage.com";

/// The URL of a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketUrl {
    pub(super) scheme: String,
    pub(super) host: String,
    /// Without a slash at its end; empty in virtual-hosted style.
    pub(super) path: String,
    /// The origin that clients send requests to, where a proxy is in front of S3.
    pub(super) public: Option<Endpoint>,
}

/// The URL of an object or of a bucket. The same bytes are signed and emitted.
///
/// It is built by concatenating encoded parts, never by joining URLs: a key such as `//evil.example/x` must not
/// become a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectUrl<'b> {
    pub(super) scheme: &'b str,
    pub(super) host: &'b str,
    pub(super) path: String,
    public: Option<&'b Endpoint>,
}

impl BucketUrl {
    /// The same bucket behind a proxy at `origin`, which sends requests on with the host that they are signed for.
    pub fn behind(self, origin: Endpoint) -> Self {
        Self {
            public: Some(origin),
            ..self
        }
    }

    /// The URL of the object `key`, which is raw UTF-8; nothing in it is normalised.
    pub fn object(&self, key: &str) -> ObjectUrl<'_> {
        // With room for a few characters that are escaped.
        let mut path =
            String::with_capacity(self.path.len().saturating_add(key.len()).saturating_add(16));
        path.push_str(&self.path);
        path.push('/');
        path.extend(encode::path(key));
        self.at(path)
    }

    /// The URL of the bucket itself.
    pub fn bucket(&self) -> ObjectUrl<'_> {
        let path = if self.path.is_empty() {
            "/"
        } else {
            &self.path
        };
        self.at(path.to_owned())
    }

    /// Whether it is in R2, at any of its S3 endpoints.
    pub fn is_r2(&self) -> bool {
        self.host_name().ends_with(R2_DOMAIN)
    }

    /// The host of R2's endpoint, if it is there, where the bucket is called `name`.
    pub fn r2_host(&self, name: &str) -> Option<&str> {
        let own = self.host.strip_prefix(name);
        let own = own.and_then(|rest| rest.strip_prefix('.'));
        self.is_r2().then(|| own.unwrap_or(&self.host))
    }

    /// Whether AWS itself is there, at its own or a configured endpoint.
    pub fn is_aws(&self) -> bool {
        Partition::any_has_host(self.host_name())
    }

    /// The host without a port, and without the dot of the root of all names.
    fn host_name(&self) -> &str {
        let host = self.host.split(':').next().unwrap_or_default();
        host.strip_suffix('.').unwrap_or(host)
    }

    fn at(&self, path: String) -> ObjectUrl<'_> {
        ObjectUrl {
            scheme: &self.scheme,
            host: &self.host,
            path,
            public: self.public.as_ref(),
        }
    }
}

impl ObjectUrl<'_> {
    /// The URL for clients, which is that of the proxy if there is one.
    pub fn for_clients(&self) -> String {
        let (scheme, host) = self.public_origin();
        format!("{scheme}://{host}{}", self.path)
    }

    /// Scheme and host of [`ObjectUrl::for_clients`]. Signatures are about the host of S3.
    pub(super) fn public_origin(&self) -> (&str, &str) {
        match self.public {
            Some(origin) => (&origin.scheme, &origin.authority),
            None => (self.scheme, self.host),
        }
    }
}

/// S3's own, to which the worker sends requests.
impl fmt::Display for ObjectUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.host, self.path)
    }
}
