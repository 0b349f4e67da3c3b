//! Where a bucket is, as [AWS's endpoint rules][rules] decide it.
//!
//! [rules]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html

use super::access_point::{AccessPoint, foreign};
use super::regional::Partition;
use super::{AddressingStyle, BucketUrl, Endpoint, Variant};

/// What decides where a bucket is.
#[derive(Clone, Copy, Debug)]
pub struct Location<'a> {
    /// Name of a bucket, alias of an access point, or the access point's ARN.
    pub bucket: &'a str,
    /// Region of the bucket; an ARN has its own.
    pub region: &'a str,
    /// How the name goes into the URL.
    pub style: AddressingStyle,
    /// Where S3 is, when it is not AWS's.
    pub endpoint: Option<&'a Endpoint>,
    /// Which of AWS's endpoints otherwise.
    pub variant: Variant,
    /// [Transfer Acceleration][accelerate]: by way of the nearest of AWS's edges.
    ///
    /// [accelerate]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/transfer-acceleration.html
    pub accelerate: bool,
}

/// Where a bucket is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its URL.
    pub bucket_url: BucketUrl,
    /// The region that its URLs are signed for.
    pub region: String,
}

/// A setting that cannot be had with the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misplaced {
    /// Its name in a profile.
    pub field: &'static str,
    /// What is wrong with it.
    pub reason: &'static str,
}

const fn misplaced(field: &'static str, reason: &'static str) -> Misplaced {
    Misplaced { field, reason }
}

const ACCELERATE: &str = "useAccelerateEndpoint";

impl Location<'_> {
    /// Where the bucket is.
    ///
    /// # Errors
    /// [`Misplaced`], where S3 has no such place or nothing here signs for it.
    pub fn resolve(&self) -> Result<Place, Misplaced> {
        if self.endpoint.is_some() && self.variant != Variant::default() {
            let field = if self.variant.fips {
                "useFipsEndpoint"
            } else {
                "useDualstackEndpoint"
            };
            return Err(misplaced(
                field,
                "must not be true: an endpoint is configured",
            ));
        }
        if let Some(reason) = foreign(self.bucket) {
            return Err(misplaced("bucket", reason));
        }
        let access_point = AccessPoint::parse(self.bucket);
        let access_point = access_point.map_err(|reason| misplaced("bucket", reason))?;
        let region = access_point.as_ref().map_or(self.region, |it| it.region);
        let bucket_url = match access_point {
            Some(access_point) => self.at_access_point(access_point)?,
            None if self.accelerate => self.accelerated()?,
            None => self.at_bucket()?,
        };
        Ok(Place {
            bucket_url,
            region: region.to_owned(),
        })
    }

    fn at_bucket(&self) -> Result<BucketUrl, Misplaced> {
        let endpoint = match self.endpoint {
            Some(endpoint) => endpoint,
            None => &self.regional("s3", self.region)?,
        };
        Ok(if self.in_host()? {
            endpoint.with_host(self.bucket)
        } else {
            endpoint.with_path(self.bucket)
        })
    }

    /// Whether the bucket's name goes into the host. A name with a dot does not: no TLS certificate
    /// covers it.
    fn in_host(&self) -> Result<bool, Misplaced> {
        let style = |reason| Err(misplaced("addressingStyle", reason));
        match self.style {
            AddressingStyle::Path => Ok(false),
            AddressingStyle::Auto => Ok(self.endpoint.is_none() && is_dns_label(self.bucket)),
            AddressingStyle::Virtual if !is_dns_label(self.bucket) => {
                style("must not be virtual: the bucket's name is no DNS label")
            }
            AddressingStyle::Virtual if self.endpoint.is_some_and(Endpoint::is_ip_address) => {
                style("must not be virtual: the endpoint is an IP address")
            }
            AddressingStyle::Virtual => Ok(true),
        }
    }

    fn accelerated(&self) -> Result<BucketUrl, Misplaced> {
        let accelerate = |reason| Err(misplaced(ACCELERATE, reason));
        if self.endpoint.is_some() || self.variant.fips || self.region.starts_with("cn-") {
            return accelerate(
                "must not be true: there are no such endpoints but AWS's, and none with FIPS or in China",
            );
        }
        if !self.in_host()? {
            return accelerate("must not be true: the bucket's name cannot stand in the host");
        }
        Ok(Endpoint::s3_accelerate(self.region, self.variant).with_host(self.bucket))
    }

    fn at_access_point(&self, access_point: AccessPoint<'_>) -> Result<BucketUrl, Misplaced> {
        if self.accelerate {
            return Err(misplaced(
                ACCELERATE,
                "must not be true for an access point",
            ));
        }
        let style = self.style;
        if style == AddressingStyle::Path
            || style == AddressingStyle::Auto && self.endpoint.is_some()
        {
            let reason = "must be virtual: an access point's name stands in the host";
            return Err(misplaced("addressingStyle", reason));
        }
        if access_point.partition != Partition::of(self.region).name {
            return Err(misplaced(
                "bucket",
                "is in another partition than the region",
            ));
        }
        let endpoint = match self.endpoint {
            Some(endpoint) => endpoint,
            None => &self.regional("s3-accesspoint", access_point.region)?,
        };
        Ok(endpoint.with_host(&access_point.host_label()))
    }

    fn regional(&self, service: &str, region: &str) -> Result<Endpoint, Misplaced> {
        Endpoint::s3(service, region, self.variant)
            .map_err(|invalid| misplaced("region", invalid.0))
    }
}

/// Whether `name` can be one label of a host name: virtual-hosted style needs that, because no
/// certificate covers more and clients write hosts in lower case.
pub(super) fn is_dns_label(name: &str) -> bool {
    (1..=63).contains(&name.len())
        && !name.starts_with('-')
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}
