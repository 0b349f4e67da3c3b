//! Where a bucket is, as [AWS's endpoint rules][rules] decide it.
//!
//! [rules]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html

use schemars::JsonSchema;
use serde::Deserialize;

use super::BucketUrl;
use super::access_point::{AccessPoint, is_dns_label, unsupported_reason};
use crate::aws::{Endpoint, EndpointVariant, Partition};
use crate::encode;
use crate::json::FieldError;

/// How the bucket's name is written into the URL, in [botocore's terms][botocore].
///
/// [botocore]: https://docs.aws.amazon.com/boto3/latest/guide/configuration.html
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AddressingStyle {
    /// Virtual-hosted, unless a custom endpoint or the bucket's name needs path style.
    #[default]
    Auto,
    /// The bucket is part of the host: `https://bucket.host/key`.
    Virtual,
    /// The bucket is the first segment of the path: `https://host/bucket/key`.
    Path,
}

/// Everything that decides where a bucket is.
#[derive(Clone, Copy, Debug)]
pub struct Location<'a> {
    /// Name of a bucket, alias of an access point, or ARN of an access point.
    pub bucket: &'a str,
    /// Region of the bucket; an ARN has its own.
    pub region: &'a str,
    /// How the bucket's name is written into the URL.
    pub style: AddressingStyle,
    /// A custom endpoint; `None` for AWS's own.
    pub endpoint: Option<&'a Endpoint>,
    /// Which of AWS's endpoints is used where there is no custom one.
    pub variant: EndpointVariant,
    /// [Transfer Acceleration][accelerate]: through the nearest AWS edge location.
    ///
    /// [accelerate]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/transfer-acceleration.html
    pub accelerate: bool,
}

/// Where a bucket is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketLocation {
    /// Its URL.
    pub bucket_url: BucketUrl,
    /// The region that its URLs are signed for.
    pub region: String,
}

const ACCELERATE: &str = "useAccelerateEndpoint";

impl Location<'_> {
    /// Where the bucket is.
    ///
    /// # Errors
    /// [`FieldError`], when the settings contradict each other, or need a signature that this worker does not make.
    pub fn resolve(&self) -> Result<BucketLocation, FieldError> {
        if self.endpoint.is_some() && self.variant != EndpointVariant::default() {
            let field = if self.variant.fips {
                "useFipsEndpoint"
            } else {
                "useDualstackEndpoint"
            };
            return Err(FieldError::new(
                field,
                "must not be true: an endpoint is configured",
            ));
        }
        // Other stores have none of these, and no such rule for names.
        let is_aws = self.endpoint.is_none_or(Endpoint::is_aws);
        if let Some(reason) = unsupported_reason(self.bucket).filter(|_| is_aws) {
            return Err(FieldError::new("bucket", reason));
        }
        let access_point = AccessPoint::parse(self.bucket);
        let access_point = access_point.map_err(|reason| FieldError::new("bucket", reason))?;
        let region = access_point.as_ref().map_or(self.region, |it| it.region);
        let bucket_url = match access_point {
            Some(access_point) => self.at_access_point(access_point)?,
            None if self.accelerate => self.accelerated()?,
            None => self.at_bucket()?,
        };
        Ok(BucketLocation {
            bucket_url,
            region: region.to_owned(),
        })
    }

    fn at_bucket(&self) -> Result<BucketUrl, FieldError> {
        let endpoint = match self.endpoint {
            Some(endpoint) => endpoint,
            None => &self.regional("s3", self.region)?,
        };
        Ok(if self.is_virtual_hosted()? {
            BucketUrl::virtual_hosted(endpoint, self.bucket)
        } else {
            BucketUrl::path_style(endpoint, self.bucket)
        })
    }

    /// Whether the bucket's name is written into the host. A name with a dot is not, because no TLS certificate
    /// covers it.
    fn is_virtual_hosted(&self) -> Result<bool, FieldError> {
        let style = |reason| Err(FieldError::new("addressingStyle", reason));
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

    fn accelerated(&self) -> Result<BucketUrl, FieldError> {
        let accelerate = |reason| Err(FieldError::new(ACCELERATE, reason));
        if self.endpoint.is_some() || self.variant.fips || self.region.starts_with("cn-") {
            return accelerate(
                "must not be true: there are no such endpoints but AWS's, and none with FIPS or in China",
            );
        }
        if !self.is_virtual_hosted()? {
            return accelerate("must not be true: the bucket's name cannot stand in the host");
        }
        let endpoint = Endpoint::s3_accelerate(self.region, self.variant);
        Ok(BucketUrl::virtual_hosted(&endpoint, self.bucket))
    }

    fn at_access_point(&self, access_point: AccessPoint<'_>) -> Result<BucketUrl, FieldError> {
        if self.accelerate {
            return Err(FieldError::new(
                ACCELERATE,
                "must not be true for an access point",
            ));
        }
        let style = self.style;
        if style == AddressingStyle::Path
            || style == AddressingStyle::Auto && self.endpoint.is_some()
        {
            let reason = "must be virtual: an access point's name stands in the host";
            return Err(FieldError::new("addressingStyle", reason));
        }
        if access_point.partition != Partition::of(self.region).name {
            return Err(FieldError::new(
                "bucket",
                "is in another partition than the region",
            ));
        }
        let endpoint = match self.endpoint {
            Some(endpoint) => endpoint,
            None => &self.regional("s3-accesspoint", access_point.region)?,
        };
        Ok(BucketUrl::virtual_hosted(
            endpoint,
            &access_point.host_label(),
        ))
    }

    fn regional(&self, service: &str, region: &str) -> Result<Endpoint, FieldError> {
        Endpoint::s3(service, region, self.variant)
            .map_err(|invalid| FieldError::new("region", invalid.0))
    }
}

impl BucketUrl {
    /// The bucket whose name is the first label of the host.
    fn virtual_hosted(endpoint: &Endpoint, label: &str) -> Self {
        Self {
            scheme: endpoint.scheme.clone(),
            host: format!("{label}.{}", endpoint.authority),
            path: endpoint.path.clone(),
            public: None,
        }
    }

    /// The bucket whose name is the first segment of the path.
    fn path_style(endpoint: &Endpoint, bucket: &str) -> Self {
        Self {
            scheme: endpoint.scheme.clone(),
            host: endpoint.authority.clone(),
            // The colon after Ceph's tenants is escaped, as in every canonical path.
            path: format!("{}/{}", endpoint.path, encode::path(bucket)),
            public: None,
        }
    }
}
