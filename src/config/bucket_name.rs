//! Names of buckets, by the rules of AWS or of another store.

use super::endpoints::Store;

/// What AWS has [reserved][rules], with what such a name is.
///
/// [rules]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
const RESERVED_PREFIXES: [(&str, &str); 3] = [
    (
        "xn--",
        "must not begin with xn--, which AWS has reserved: no bucket has such a name",
    ),
    (
        "sthree-",
        "must not begin with sthree-, which AWS has reserved: no bucket has such a name",
    ),
    (
        "amzn-s3-demo-",
        "must not begin with amzn-s3-demo-, which stands for your bucket in AWS's examples: no bucket has such a name",
    ),
];
const RESERVED_SUFFIXES: [(&str, &str); 3] = [
    (
        "--ol-s3",
        "must not be the alias of an Object Lambda access point, which is not supported",
    ),
    (
        ".mrap",
        "must not be the name of a multi-region access point: it needs Signature Version 4A",
    ),
    (
        "--table-s3",
        "must not be an S3 Tables bucket: it has tables and no objects",
    ),
];

/// Longest name of buckets that US East had before 2018, and of those of other stores.
const MAX_CHARS: usize = 255;

const AWS_FORM: &str = "must be 3 to 63 letters, digits, dots, hyphens and underscores, with a letter or digit at both \
    ends and no two dots in a row, no IP address, or the ARN of an access point";
const FORM: &str = "must be 3 to 255 letters, digits, dots, hyphens and underscores, after a tenant and a colon where the \
    store has tenants, or the ARN of an access point";
const ACCOUNT_REGIONAL_FORM: &str = "must not end with -an, which AWS has reserved for account regional namespaces: the \
    account's id and the region stand before it, as in name-111122223333-us-west-2-an";

/// Why `bucket`, which is no ARN, cannot be the name of a bucket of `store` in `region`.
pub(super) fn bucket_name_error(bucket: &str, region: &str, store: Store) -> Option<&'static str> {
    if store == Store::Other {
        return (!is_name(bucket)).then_some(FORM);
    }
    let mut prefixes = RESERVED_PREFIXES.iter();
    let prefix = prefixes.find(|(prefix, _)| bucket.starts_with(prefix));
    let mut suffixes = RESERVED_SUFFIXES.iter();
    let suffix = suffixes.find(|(suffix, _)| bucket.ends_with(suffix));
    if let Some((_, reason)) = prefix.or(suffix) {
        return Some(reason);
    }
    match bucket.strip_suffix("-an") {
        Some(rest) if !has_account_and_region(rest) => Some(ACCOUNT_REGIONAL_FORM),
        _ => (!is_aws_name(bucket, region)).then_some(AWS_FORM),
    }
}

/// AWS's rules, or those that older buckets follow.
fn is_aws_name(bucket: &str, region: &str) -> bool {
    let max_chars = if region == "us-east-1" { MAX_CHARS } else { 63 };
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let labels: Vec<&str> = bucket.split('.').collect();
    let is_ip_address = labels.len() == 4 && labels.iter().all(|label| is_number(label));
    let ends = [bucket.bytes().next(), bucket.bytes().last()];
    (3..=max_chars).contains(&bucket.len())
        && bucket.bytes().all(is_name_byte)
        && ends.iter().flatten().all(u8::is_ascii_alphanumeric)
        && !labels.contains(&"")
        && !is_ip_address
}

/// The rules of [Ceph][ceph] where they are relaxed, which contain those of MinIO and SeaweedFS; with its [tenants][tenants].
///
/// [ceph]: https://docs.ceph.com/en/latest/radosgw/s3/bucketops/
/// [tenants]: https://docs.ceph.com/en/latest/radosgw/multitenancy/
// Not inlined, because most buckets are AWS's.
#[inline(never)]
fn is_name(bucket: &str) -> bool {
    let (tenant, name) = bucket.split_once(':').unwrap_or(("", bucket));
    (3..=MAX_CHARS).contains(&name.len())
        && tenant.len() <= MAX_CHARS
        && [tenant, name]
            .into_iter()
            .all(|it| it.bytes().all(is_name_byte))
}

fn is_name_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"-._".contains(&b)
}

/// Whether `name` ends with an account's id, a hyphen and a region, as in `name-111122223333-us-west-2`.
fn has_account_and_region(name: &str) -> bool {
    let parts: Vec<&str> = name.split('-').collect();
    let is_account = |part: &&str| part.len() == 12 && part.bytes().all(|b| b.is_ascii_digit());
    let account = parts.iter().rposition(is_account);
    account.is_some_and(|account| {
        // A region such as us-gov-west-1 has parts of its own.
        account > 0 && parts.len().saturating_sub(account) > 3
    })
}
