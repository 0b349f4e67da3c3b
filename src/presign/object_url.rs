//! Bucket and key as a URL, encoded exactly once.

use std::fmt;

use super::{AddressingStyle, Endpoint};
use crate::encode;

/// Where a bucket is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketUrl {
    scheme: String,
    host: String,
    /// Without a slash at its end; empty where the host says it all.
    path: String,
}

/// Where an object is, or a bucket itself: what is signed and what is emitted are these same bytes.
///
/// Built by putting encoded parts together, never by joining URLs: a key such as
/// `//evil.example/x` must not become a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectUrl<'b> {
    pub(super) scheme: &'b str,
    pub(super) host: &'b str,
    pub(super) path: String,
}

impl BucketUrl {
    /// The URL of `bucket` at `endpoint`.
    ///
    /// The [naming rules][rules] are why a bucket with a dot (no TLS certificate covers it) or with
    /// characters that DNS lacks gets path style.
    ///
    /// [rules]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
    pub fn new(endpoint: &Endpoint, style: AddressingStyle, bucket: &str) -> Self {
        let prefix = &endpoint.path;
        let virtual_hosted = match style {
            AddressingStyle::Virtual => true,
            AddressingStyle::Path => false,
            AddressingStyle::Auto => !endpoint.custom && is_dns_label(bucket),
        };
        let (host, path) = if virtual_hosted {
            (format!("{bucket}.{}", endpoint.authority), prefix.clone())
        } else {
            (endpoint.authority.clone(), format!("{prefix}/{bucket}"))
        };
        Self {
            scheme: endpoint.scheme.clone(),
            host,
            path,
        }
    }

    /// The URL of the object `key`: raw, any UTF-8; nothing in it is normalised.
    pub fn object(&self, key: &str) -> ObjectUrl<'_> {
        // Room for a few characters that take three.
        let mut path =
            String::with_capacity(self.path.len().saturating_add(key.len()).saturating_add(16));
        path.push_str(&self.path);
        path.push('/');
        path.extend(encode::path(key));
        self.at(path)
    }

    /// The URL of the bucket itself.
    pub fn itself(&self) -> ObjectUrl<'_> {
        let path = if self.path.is_empty() {
            "/"
        } else {
            &self.path
        };
        self.at(path.to_owned())
    }

    fn at(&self, path: String) -> ObjectUrl<'_> {
        ObjectUrl {
            scheme: &self.scheme,
            host: &self.host,
            path,
        }
    }
}

impl fmt::Display for ObjectUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.host, self.path)
    }
}

/// Whether `bucket` can be one label of a host name: virtual-hosted style needs that, because no
/// certificate covers more and clients write hosts in lower case.
pub fn is_dns_label(bucket: &str) -> bool {
    bucket.len() <= 63
        && bucket
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}
