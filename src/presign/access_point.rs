//! [Access points][ap] by their ARNs, and buckets that cannot be signed for.
//!
//! [ap]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-naming.html

use crate::aws::Partition;

/// `arn:{partition}:s3:{region}:{account}:accesspoint/{name}`.
#[derive(Clone, Copy, Debug)]
pub(super) struct AccessPoint<'a> {
    pub(super) partition: &'a str,
    pub(super) region: &'a str,
    account: &'a str,
    name: &'a str,
}

const FORM: &str = "must be the name of a bucket, or the ARN of an access point such as \
    arn:aws:s3:eu-central-1:123456789012:accesspoint/name";

/// Suffixes of the names of buckets and access points that need another signature than S3's, with the reason.
const UNSUPPORTED: [(&str, &str); 3] = [
    (
        "--x-s3",
        "must not be an S3 Express bucket: its requests are signed by sessions of its own",
    ),
    (
        "--xa-s3",
        "must not be an access point of an S3 Express bucket, whose requests are signed by sessions of its own",
    ),
    (
        "--op-s3",
        "must not be on Outposts: its requests are signed for another service",
    ),
];

/// Why URLs of `bucket` cannot be signed here, if its name shows that.
pub(super) fn unsupported_reason(bucket: &str) -> Option<&'static str> {
    let found = UNSUPPORTED
        .iter()
        .find(|(suffix, _)| bucket.ends_with(suffix));
    found.map(|(_, reason)| *reason)
}

impl<'a> AccessPoint<'a> {
    /// Reads an ARN; `None` for what is not one at all.
    ///
    /// # Errors
    /// An ARN of something else, with the reason why that is not signed for.
    pub(super) fn parse(text: &'a str) -> Result<Option<Self>, &'static str> {
        let Some(arn) = text.strip_prefix("arn:") else {
            return Ok(None);
        };
        let parts: Vec<&str> = arn.split([':', '/']).collect();
        match parts.as_slice() {
            [_, "s3-object-lambda", ..] => {
                Err("must not be of Object Lambda: it is signed for as another service")
            }
            [_, "s3-outposts", ..] => {
                Err("must not be on Outposts: it is signed for as another service")
            }
            [_, "s3", "", _, "accesspoint", ..] => {
                Err("must not be a multi-region access point: it needs Signature Version 4A")
            }
            [partition, "s3", region, ..] if *partition != Partition::of(region).name => {
                Err("must have a region that is in the partition of the ARN")
            }
            [partition, "s3", region, account, "accesspoint", name]
                if is_dns_label(region)
                    && !region.ends_with("-global")
                    && is_account(account)
                    && is_name(name) =>
            {
                Ok(Some(Self {
                    partition,
                    region,
                    account,
                    name,
                }))
            }
            _ => Err(FORM),
        }
    }

    /// The first label of its host.
    pub(super) fn host_label(&self) -> String {
        format!("{}-{}", self.name, self.account)
    }
}

/// Whether `name` can be that of an access point. With [at most 50 characters][rules], it fits into a label of the host.
///
/// [rules]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-restrictions-limitations-naming-rules.html
fn is_name(name: &str) -> bool {
    (1..=50).contains(&name.len()) && is_dns_label(name)
}

/// Whether `text` is the id of an account.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether `name` can be one label of a host name: virtual-hosted style needs that, because no
/// certificate covers more and clients write hosts in lower case.
pub(super) fn is_dns_label(name: &str) -> bool {
    (1..=63).contains(&name.len())
        && !name.starts_with('-')
        && !name.ends_with('-')
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}
