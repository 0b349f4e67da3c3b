//! The [CORS rules](https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html) of a bucket.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::presign::{Operation, header_names};
use crate::profiles::Profile;

/// The configuration of a bucket, as `PutBucketCors` takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CorsConfiguration {
    /// Its rules.
    #[serde(rename = "CORSRules")]
    pub rules: Vec<CorsRule>,
}

/// What scripts of some origins may do. S3 applies the first rule that covers a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CorsRule {
    /// The origins.
    pub allowed_origins: BTreeSet<String>,
    /// The methods.
    pub allowed_methods: BTreeSet<&'static str>,
    /// The headers that they may send.
    pub allowed_headers: BTreeSet<&'static str>,
    /// The headers of responses that they may read.
    pub expose_headers: BTreeSet<&'static str>,
    /// How long browsers may cache a preflight, in seconds.
    pub max_age_seconds: u32,
}

/// As long as browsers may cache the worker's own.
const MAX_AGE_SECS: u32 = 7200;

/// The body's length, which browsers set themselves.
const CONTENT_LENGTH: &str = "content-length";

/// The rules that the bucket of `profiles` needs: one for each list of origins that a profile has.
pub fn cors_rules<'p>(profiles: impl IntoIterator<Item = &'p Profile>) -> CorsConfiguration {
    let mut rules: BTreeMap<BTreeSet<String>, CorsRule> = BTreeMap::new();
    for profile in profiles {
        let origins: BTreeSet<String> = profile.cors_origins.0.iter().cloned().collect();
        if origins.is_empty() {
            continue;
        }
        let rule = rules.entry(origins.clone()).or_insert(CorsRule {
            allowed_origins: origins,
            allowed_methods: BTreeSet::new(),
            allowed_headers: BTreeSet::new(),
            expose_headers: BTreeSet::new(),
            max_age_seconds: MAX_AGE_SECS,
        });
        for &operation in &profile.operations {
            rule.allowed_methods.extend(methods(operation));
            let headers = header_names(operation).filter(|name| profile.headers.allows(name));
            rule.allowed_headers
                .extend(headers.filter(|name| *name != CONTENT_LENGTH));
            let creates = matches!(
                operation,
                Operation::PutObject | Operation::CreateMultipartUpload
            );
            rule.allowed_headers
                .extend(creates.then_some("x-amz-meta-*"));
            rule.expose_headers.extend(exposed(operation));
        }
        let version = profile.versions.then_some("x-amz-version-id");
        rule.expose_headers.extend(version);
    }
    CorsConfiguration {
        rules: rules.into_values().collect(),
    }
}

/// The methods of requests for `operation`; those of a browser form too.
fn methods(operation: Operation) -> &'static [&'static str] {
    match operation {
        Operation::GetObject | Operation::ListParts | Operation::ListObjectsV2 => &["GET"],
        Operation::HeadObject => &["HEAD"],
        Operation::PutObject => &["PUT", "POST"],
        Operation::UploadPart => &["PUT"],
        Operation::DeleteObject | Operation::AbortMultipartUpload => &["DELETE"],
        Operation::CreateMultipartUpload | Operation::CompleteMultipartUpload => &["POST"],
    }
}

/// The response headers that scripts need, besides those that they may [always read][safe].
///
/// [safe]: https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name
fn exposed(operation: Operation) -> &'static [&'static str] {
    match operation {
        Operation::GetObject | Operation::HeadObject => &[
            "Accept-Ranges",
            "Content-Disposition",
            "Content-Range",
            "ETag",
        ],
        // `Location` is in the response to a form.
        Operation::PutObject => &["ETag", "Location"],
        Operation::UploadPart => &["ETag"],
        _ => &[],
    }
}
