//! Endpoints that already name a bucket. Since the bucket is added to every URL, uploads would be stored under other keys
//! than those that were requested.

use super::endpoints::Store;
use crate::aws::Endpoint;
use crate::presign::{AddressingStyle, R2_DOMAIN};

const OF_AWS: &str = "must not name a bucket or access point, nor have a path: the bucket is added to every URL; write \
    https://s3.REGION.amazonaws.com, or no endpoint at all";
const OF_R2: &str = "must not name a bucket: it is added to every URL; write https://ACCOUNT.r2.cloudflarestorage.com, \
    without a path";
const HOST: &str = "must not name the bucket in its host: it is added to every URL; write https://minio.example.com for \
    https://my-bucket.minio.example.com";
const HOST_OR_SERVER: &str = "must not name the bucket in its host: it is added to every URL; write \
    https://minio.example.com for https://my-bucket.minio.example.com, or set addressingStyle to path if that is the \
    server's own host";
const PATH: &str = "must not name the bucket in its path: it is added to every URL; write https://minio.example.com for \
    https://minio.example.com/my-bucket";
const PATH_OR_GATEWAY: &str = "must not name the bucket in its path: it is added to every URL; write \
    https://minio.example.com for https://minio.example.com/my-bucket/folder, or set addressingStyle to path if that is \
    the gateway's own path";

/// Why `bucket` cannot be at `endpoint`: that names a bucket already. `style` tells what a name that could be either is.
// Not inlined, because most profiles are for AWS's own endpoints.
#[inline(never)]
pub(super) fn bucket_in_endpoint(
    endpoint: &Endpoint,
    bucket: &str,
    style: AddressingStyle,
) -> Option<&'static str> {
    let host = endpoint.host();
    if Store::at(Some(endpoint)) == Store::Aws {
        return (names_bucket_of_aws(host) || !endpoint.path.is_empty()).then_some(OF_AWS);
    }
    if let Some(account) = host.strip_suffix(R2_DOMAIN) {
        let names_bucket = names_bucket_of_r2(account) || host_after(host, bucket).is_some();
        return (names_bucket || !endpoint.path.is_empty()).then_some(OF_R2);
    }
    if let Some(rest) = host_after(host, bucket) {
        if rest.starts_with("s3.") || rest.starts_with("s3-") {
            return Some(HOST);
        }
        if style != AddressingStyle::Path {
            return Some(HOST_OR_SERVER);
        }
    }
    let name = without_tenant(bucket);
    let mut segments = endpoint.path.split('/').filter(|it| !it.is_empty());
    let (first, last) = (segments.next(), segments.next_back());
    if last.or(first) == Some(name) {
        return Some(PATH);
    }
    // Gateways have paths such as `/storage/v1/s3`.
    let is_gateway = last == Some("s3") || style == AddressingStyle::Path;
    (first == Some(name) && !is_gateway).then_some(PATH_OR_GATEWAY)
}

/// The name of a bucket without its tenant.
fn without_tenant(bucket: &str) -> &str {
    bucket.split_once(':').map_or(bucket, |(_, name)| name)
}

/// What follows the bucket's name in the host, if it is there.
fn host_after<'h>(host: &'h str, bucket: &str) -> Option<&'h str> {
    let (label, rest) = host.split_at_checked(bucket.len())?;
    let rest = rest.strip_prefix('.')?;
    label.eq_ignore_ascii_case(bucket).then_some(rest)
}

/// Whether labels precede the service in a host of AWS, other than those of [VPC endpoints][vpc].
///
/// [vpc]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/privatelink-interface-endpoints.html
fn names_bucket_of_aws(host: &str) -> bool {
    let labels: Vec<&str> = host.split('.').collect();
    let is_service = |label: &&str| *label == "s3" || label.starts_with("s3-");
    let service = labels.iter().rposition(is_service).unwrap_or_default();
    match labels.get(..service).unwrap_or_default() {
        [] => false,
        ["bucket" | "accesspoint", vpc_endpoint] => !vpc_endpoint.starts_with("vpce-"),
        _ => true,
    }
}

/// Whether there is more than an account and a jurisdiction.
fn names_bucket_of_r2(account: &str) -> bool {
    let labels: Vec<&str> = account.split('.').collect();
    let is_account =
        |label: &&str| label.len() == 32 && label.bytes().all(|b| b.is_ascii_hexdigit());
    labels.len() > 2 || labels.get(1).is_some_and(is_account)
}
