//! The [CORS rules](https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html) of a bucket.

use serde::Serialize;

use crate::presign::{Operation, header_names};
use crate::profiles::Profile;
use crate::sorted::{insert, update};

/// The configuration of a bucket, as `PutBucketCors` takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CorsConfiguration {
    /// Its rules.
    #[serde(rename = "CORSRules")]
    pub rules: Vec<CorsRule>,
}

/// What scripts of some origins may do. S3 applies the first rule that covers a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CorsRule {
    /// The origins.
    pub allowed_origins: Vec<String>,
    /// The methods.
    pub allowed_methods: Vec<&'static str>,
    /// The headers that they may send.
    pub allowed_headers: Vec<&'static str>,
    /// The headers of responses that they may read.
    pub expose_headers: Vec<&'static str>,
    /// How long browsers may cache a preflight, in seconds.
    pub max_age_seconds: u32,
}

/// As long as browsers may cache the worker's own.
const MAX_AGE_SECS: u32 = 7200;

/// The body's length, which browsers set themselves.
const CONTENT_LENGTH: &str = "content-length";

/// The rules that the bucket of `profiles` needs: one for each list of origins that a profile has.
pub fn cors_rules<'p>(profiles: impl IntoIterator<Item = &'p Profile>) -> CorsConfiguration {
    let mut rules: Vec<(Vec<String>, CorsRule)> = Vec::new();
    for profile in profiles {
        let mut origins = Vec::new();
        for origin in &profile.cors_origins.0 {
            insert(&mut origins, origin.clone());
        }
        if !origins.is_empty() {
            update(&mut rules, origins, |rule| rule.extend(profile));
        }
    }
    let rules = rules.into_iter().map(|(origins, rule)| CorsRule {
        allowed_origins: origins,
        max_age_seconds: MAX_AGE_SECS,
        ..rule
    });
    CorsConfiguration {
        rules: rules.collect(),
    }
}

impl CorsRule {
    /// Adds what `profile` needs.
    fn extend(&mut self, profile: &Profile) {
        for &operation in &profile.operations {
            for method in methods(operation) {
                insert(&mut self.allowed_methods, *method);
            }
            let headers = header_names(operation).filter(|name| profile.headers.allows(name));
            for name in headers.filter(|name| *name != CONTENT_LENGTH) {
                insert(&mut self.allowed_headers, name);
            }
            let creates = matches!(
                operation,
                Operation::PutObject | Operation::CreateMultipartUpload
            );
            if creates {
                insert(&mut self.allowed_headers, "x-amz-meta-*");
            }
            for name in exposed(operation) {
                insert(&mut self.expose_headers, *name);
            }
        }
        if profile.versions {
            insert(&mut self.expose_headers, "x-amz-version-id");
        }
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
