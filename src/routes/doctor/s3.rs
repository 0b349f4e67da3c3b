//! What the role may do in the bucket of a profile: signed requests that change nothing and leave nothing behind.

use http::StatusCode;

use super::budget::{Budget, LEFT_OUT, LIMITS};
use super::report::{Check, Step};
use super::sts::said;
use crate::aws::Credentials;
use crate::platform::{Clock, Entropy, Http};
use crate::presign::{Headers, Operation, Query, S3Request, Signer};
use crate::profiles::Profile;
use crate::s3::call::call_once;
use crate::s3::{Cause, S3Error, failure};

/// Stands for a segment that a claim decides, and begins keys that no object has.
const PROBE: &str = "edge-presigner-doctor";

/// What one request finds out.
struct Probe {
    check: Check,
    /// The operation of the request.
    operation: Operation,
    /// The action that the role needs for it.
    action: &'static str,
    /// The operations of a profile that need the same.
    of: &'static [Operation],
}

const PROBES: [Probe; 3] = [
    Probe {
        check: Check::Read,
        operation: Operation::GetObject,
        action: "s3:GetObject",
        of: &[Operation::GetObject, Operation::HeadObject],
    },
    Probe {
        check: Check::List,
        operation: Operation::ListObjectsV2,
        action: "s3:ListBucket",
        of: &[Operation::ListObjectsV2],
    },
    Probe {
        check: Check::Write,
        operation: Operation::UploadPart,
        action: "s3:PutObject",
        of: &[
            Operation::PutObject,
            Operation::CreateMultipartUpload,
            Operation::UploadPart,
            Operation::CompleteMultipartUpload,
        ],
    },
];

/// Tries what `profile` opens with `credentials`, those of its role.
pub(super) async fn check<'c>(
    profile: &'c Profile,
    credentials: Option<&Credentials>,
    budget: &Budget,
    platform: &(impl Http + Clock + Entropy),
) -> Vec<Step<'c>> {
    let mut steps = Vec::new();
    for probe in PROBES {
        if !probe.of.iter().any(|it| profile.operations.contains(it)) {
            continue;
        }
        let step = match credentials {
            None => Step::skipped(probe.check, "there is no session to sign with"),
            Some(_) if !budget.allows_call(platform) => Step::skipped(probe.check, LEFT_OUT),
            Some(credentials) => probe.make(profile, credentials, platform).await,
        };
        steps.push(step.of(&profile.name));
    }
    steps
}

/// A key of `profile` that no object has.
pub(super) fn absent_key(
    profile: &Profile,
    operation: Operation,
    entropy: &impl Entropy,
) -> String {
    let mut key = profile.key_rule.pattern(str::to_owned, PROBE);
    let template = profile.key_template.as_ref();
    if let Some(template) = template.filter(|_| operation.is_of_upload()) {
        key.push_str(template.beginning());
    }
    let random = hex::encode(entropy.random::<8>().unwrap_or_default());
    format!("{key}{PROBE}-{random}")
}

impl Probe {
    async fn make(
        &self,
        profile: &Profile,
        credentials: &Credentials,
        platform: &(impl Http + Clock + Entropy),
    ) -> Step<'static> {
        let now = platform.now();
        let key = absent_key(profile, self.operation, platform);
        let signer = Signer::new(credentials, &profile.region, now);
        let operation = self.operation;
        let mut query = Query::default();
        let object = match operation {
            Operation::ListObjectsV2 => {
                query.set("list-type", "2");
                query.set("max-keys", "1");
                query.set("prefix", key);
                profile.bucket_url.bucket()
            }
            Operation::UploadPart => {
                // There is no such upload, so that S3 checks the permission and then has nothing to write to.
                query.set("partNumber", "1");
                query.set("uploadId", PROBE);
                profile.bucket_url.object(&key)
            }
            _ => profile.bucket_url.object(&key),
        };
        let request = S3Request {
            method: operation.method(),
            object,
            query,
            headers: &Headers::NONE,
        };
        let Ok(request) = signer.authorize(&request, String::new(), now) else {
            return Step::skipped(self.check, "the request cannot be signed");
        };
        match call_once(&request, operation, credentials, LIMITS, platform).await {
            Ok(_) if operation == Operation::ListObjectsV2 => self.allowed(profile),
            Ok(response) => Step::warning(
                self.check,
                format!(
                    "HTTP status {} for what does not exist",
                    response.status().as_u16()
                ),
                "check whether it is S3 that answers at the profile's endpoint",
            ),
            Err(error) => self.judge(&error, profile),
        }
    }

    fn allowed(&self, profile: &Profile) -> Step<'static> {
        let (action, bucket) = (self.action, &profile.bucket);
        Step::ok(self.check, format!("{action} is allowed in {bucket}"))
    }

    /// What an `error` says about the permission.
    fn judge(&self, error: &S3Error, profile: &Profile) -> Step<'static> {
        let refusal = error.refusal();
        let cause = refusal.map(|it| it.cause);
        let absent = refusal.is_some_and(|it| it.status == StatusCode::NOT_FOUND);
        if absent && cause != Some(Cause::NoSuchBucket) {
            return self.allowed(profile);
        }
        let named = refusal.and_then(|it| named_action(&it.message));
        let step = match (cause, named) {
            // Who may not list is not told that there is no such object.
            (Some(Cause::AccessDenied), Some("s3:ListBucket")) if self.check == Check::Read => {
                return self.allowed(profile);
            }
            (Some(Cause::AccessDenied), None) if self.check == Check::Read => Step::warning(
                self.check,
                format!(
                    "{}; this means that the role may not read, or that it may read but not list",
                    said(error)
                ),
                "try an object that exists; if that is refused too, give the role its `permissionPolicy` in `iam`",
            ),
            (Some(Cause::AccessDenied), named) => {
                let action = named.unwrap_or(self.action);
                let fix = format!(
                    "allow {action}: give the role its `permissionPolicy` in `iam`, and see that no policy of the bucket \
                     or of its KMS key denies it"
                );
                Step::failure(self.check, said(error), fix)
            }
            (Some(Cause::WrongRegion), _) => {
                let region = refusal.and_then(|it| it.region.as_deref());
                let region = region.filter(|region| *region != profile.region);
                let fix = match region {
                    Some(region) => {
                        format!("set `region` of the profile to {region}, where the bucket is")
                    }
                    None => failure::advice(error).to_owned(),
                };
                Step::failure(self.check, said(error), fix)
            }
            _ if error.is_transient() => {
                Step::warning(self.check, said(error), failure::advice(error))
            }
            _ => Step::failure(self.check, said(error), failure::advice(error)),
        };
        step.because(error.cause_name())
    }
}

/// The action that a message of IAM names as not allowed.
fn named_action(message: &str) -> Option<&str> {
    let mut words = message.split(|c: char| !(c.is_ascii_alphanumeric() || c == ':'));
    words
        .find(|word| word.starts_with("s3:"))
        .map(|word| word.trim_end_matches(':'))
}
