//! Bucket and key as a URL, encoded exactly once.

use std::fmt;

use crate::aws::Partition;
use crate::encode;

/// The URL of a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketUrl {
    pub(super) scheme: String,
    pub(super) host: String,
    /// Without a slash at its end; empty in virtual-hosted style.
    pub(super) path: String,
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
}

impl BucketUrl {
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

    /// Whether AWS itself is there, at its own or a configured endpoint.
    pub fn is_aws(&self) -> bool {
        Partition::any_has_host(&self.host)
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
