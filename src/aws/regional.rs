//! AWS's own endpoints of S3 and STS, as [its endpoint rules][rules] have them in every partition.
//!
//! [rules]: https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoints.html

use super::{Endpoint, InvalidEndpoint};

/// Which of a region's endpoints is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EndpointVariant {
    /// `AWS_USE_FIPS_ENDPOINT`: with FIPS 140 validated cryptography.
    pub fips: bool,
    /// `AWS_USE_DUALSTACK_ENDPOINT`: with IPv6 as well as IPv4.
    pub dual_stack: bool,
}

impl EndpointVariant {
    fn dual_stack_label(self) -> &'static str {
        if self.dual_stack { ".dualstack" } else { "" }
    }
}

/// Regions whose STS was at `sts.amazonaws.com` before they had [one of their own][legacy].
///
/// [legacy]: https://docs.aws.amazon.com/sdkref/latest/guide/feature-sts-regionalized-endpoints.html
const LEGACY_STS_REGIONS: [&str; 15] = [
    "ap-northeast-1",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

impl Endpoint {
    /// The endpoint of S3 in `region`; `service` is `s3`, or what the host has in its place.
    ///
    /// # Errors
    /// The region's partition has no FIPS endpoints of S3.
    pub fn s3(
        service: &str,
        region: &str,
        variant: EndpointVariant,
    ) -> Result<Self, InvalidEndpoint> {
        if variant.fips && region.starts_with("cn-") {
            return Err(InvalidEndpoint("has no FIPS endpoint of S3"));
        }
        let fips = if variant.fips { "-fips" } else { "" };
        let dual_stack = variant.dual_stack_label();
        let suffix = Partition::of(region).dns_suffix;
        let host = format!("{service}{fips}{dual_stack}.{region}.{suffix}");
        Ok(Self::aws(host))
    }

    /// The endpoint of S3's [Transfer Acceleration][accelerate] in the partition of `region`.
    ///
    /// [accelerate]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/transfer-acceleration.html
    pub fn s3_accelerate(region: &str, variant: EndpointVariant) -> Self {
        let dual_stack = variant.dual_stack_label();
        let suffix = Partition::of(region).dns_suffix;
        Self::aws(format!("s3-accelerate{dual_stack}.{suffix}"))
    }

    /// The endpoint of STS in `region`; with `legacy`, the global one where it used to be that.
    pub fn sts(region: &str, variant: EndpointVariant, legacy: bool) -> Self {
        let plain = variant == EndpointVariant::default();
        if legacy && plain && LEGACY_STS_REGIONS.contains(&region) {
            return Self::aws("sts.amazonaws.com".to_owned());
        }
        let partition = Partition::of(region);
        let suffix = if variant.dual_stack {
            partition.dual_stack_dns_suffix
        } else {
            partition.dns_suffix
        };
        // GovCloud's ordinary endpoints are FIPS endpoints already.
        let already_fips = !variant.dual_stack && region.starts_with("us-gov-");
        let fips = if variant.fips && !already_fips {
            "-fips"
        } else {
            ""
        };
        Self::aws(format!("sts{fips}.{region}.{suffix}"))
    }

    /// Whether the host is one of AWS's, such as that of a VPC endpoint.
    pub fn is_aws(&self) -> bool {
        Partition::any_has_host(self.host())
    }

    /// The region, where this is a regional endpoint of AWS's STS: its own, one with FIPS, or one in a VPC.
    pub fn region_of_sts(&self) -> Option<&str> {
        let mut labels = self
            .host()
            .split('.')
            .skip_while(|it| !matches!(*it, "sts" | "sts-fips"));
        let region = labels.nth(1)?;
        // The global endpoint is followed by the domain at once.
        (self.is_aws() && region.contains('-')).then_some(region)
    }

    fn aws(authority: String) -> Self {
        Self {
            scheme: "https".to_owned(),
            authority,
            path: String::new(),
        }
    }
}

/// A [partition][partitions] of AWS: regions with a DNS suffix of their own.
///
/// [partitions]: https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
#[derive(Debug)]
pub struct Partition {
    /// Its name in ARNs.
    pub name: &'static str,
    region_prefix: &'static str,
    dns_suffix: &'static str,
    dual_stack_dns_suffix: &'static str,
}

impl Partition {
    /// The partition of `region`, by the region's prefix; `aws` for all others.
    pub fn of(region: &str) -> &'static Self {
        let special = PARTITIONS
            .iter()
            .find(|partition| region.starts_with(partition.region_prefix));
        special.unwrap_or(&AWS)
    }

    /// Whether `host`, without a port, is a name of S3 or STS in any partition. A server on an instance of EC2, behind a
    /// load balancer or a gateway has a name of AWS too.
    pub fn any_has_host(host: &str) -> bool {
        let is_service = |label: &str| label.starts_with("s3") || label.starts_with("sts");
        if !host.split('.').any(is_service) {
            return false;
        }
        let is_below = |suffix: &str| {
            let rest = host.strip_suffix(suffix);
            rest.is_some_and(|rest| rest.ends_with('.'))
        };
        let has = |it: &Self| is_below(it.dns_suffix) || is_below(it.dual_stack_dns_suffix);
        has(&AWS) || PARTITIONS.iter().any(has)
    }
}

const AWS: Partition = Partition {
    name: "aws",
    region_prefix: "",
    dns_suffix: "amazonaws.com",
    dual_stack_dns_suffix: "api.aws",
};

const PARTITIONS: &[Partition] = &[
    Partition {
        name: "aws-us-gov",
        region_prefix: "us-gov-",
        ..AWS
    },
    Partition {
        name: "aws-cn",
        region_prefix: "cn-",
        dns_suffix: "amazonaws.com.cn",
        dual_stack_dns_suffix: "api.amazonwebservices.com.cn",
    },
    Partition {
        name: "aws-iso",
        region_prefix: "us-iso-",
        dns_suffix: "c2s.ic.gov",
        dual_stack_dns_suffix: "api.aws.ic.gov",
    },
    Partition {
        name: "aws-iso-b",
        region_prefix: "us-isob-",
        dns_suffix: "sc2s.sgov.gov",
        dual_stack_dns_suffix: "api.aws.scloud",
    },
    Partition {
        name: "aws-iso-f",
        region_prefix: "us-isof-",
        dns_suffix: "csp.hci.ic.gov",
        dual_stack_dns_suffix: "api.aws.hci.ic.gov",
    },
    Partition {
        name: "aws-iso-e",
        region_prefix: "eu-isoe-",
        dns_suffix: "cloud.adc-e.uk",
        dual_stack_dns_suffix: "api.cloud-aws.adc-e.uk",
    },
    Partition {
        name: "aws-eusc",
        region_prefix: "eusc-",
        dns_suffix: "amazonaws.eu",
        dual_stack_dns_suffix: "api.amazonwebservices.eu",
    },
];
