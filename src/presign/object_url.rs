//! Bucket and key as a URL, encoded exactly once.

use super::{AddressingStyle, Endpoint};
use crate::encode;

/// Where an object is: what is signed and what is emitted are these same bytes.
///
/// Built by putting encoded parts together, never by joining URLs: a key such as
/// `//evil.example/x` must not become a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectUrl {
    pub(super) scheme: String,
    pub(super) host: String,
    pub(super) path: String,
}

impl ObjectUrl {
    /// The URL of `key` in `bucket` at `endpoint`.
    ///
    /// `key` is raw, any UTF-8; nothing in it is normalised. The [naming rules][rules] are
    /// why a bucket with a dot (no TLS certificate covers it) or with characters that DNS
    /// lacks gets path style.
    ///
    /// [rules]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
    pub fn new(endpoint: &Endpoint, style: AddressingStyle, bucket: &str, key: &str) -> Self {
        let prefix = &endpoint.path;
        let virtual_hosted = match style {
            AddressingStyle::Virtual => true,
            AddressingStyle::Path => false,
            AddressingStyle::Auto => !endpoint.custom && is_dns_label(bucket),
        };
        let (host, path) = if virtual_hosted {
            (
                format!("{bucket}.{}", endpoint.authority),
                format!("{prefix}/{}", encode::path(key)),
            )
        } else {
            (
                endpoint.authority.clone(),
                format!("{prefix}/{bucket}/{}", encode::path(key)),
            )
        };
        Self {
            scheme: endpoint.scheme.clone(),
            host,
            path,
        }
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
