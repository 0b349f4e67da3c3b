//! The [ARNs of S3](https://docs.aws.amazon.com/AmazonS3/latest/userguide/security_iam_service-with-iam.html).

use crate::aws::Partition;
use crate::presign::Operation;
use crate::profiles::Profile;

/// The ARNs of what a profile opens.
pub(super) struct Resource<'p> {
    profile: &'p Profile,
    /// The prefix of the keys, for one caller; `None` for all of them.
    prefix: Option<&'p str>,
    /// Of the bucket or access point.
    pub(super) arn: String,
    /// What the ARNs of its objects begin with.
    objects: String,
}

/// Why there is no policy for a profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "PROFILES.{profile}.bucket is the alias of an access point, which policies cannot name: give its ARN in place of it"
)]
pub struct NoArn {
    /// Name of the profile.
    pub profile: String,
}

impl<'p> Resource<'p> {
    pub(super) fn of(profile: &'p Profile) -> Result<Self, NoArn> {
        let bucket = &profile.bucket;
        if bucket.ends_with("-s3alias") {
            return Err(NoArn {
                profile: profile.name.clone(),
            });
        }
        let (arn, separator) = if bucket.starts_with("arn:") {
            (bucket.replace("accesspoint:", "accesspoint/"), "/object/")
        } else {
            let partition = Partition::of(&profile.region).name;
            (format!("arn:{partition}:s3:::{bucket}"), "/")
        };
        let objects = format!("{arn}{separator}");
        Ok(Self {
            profile,
            prefix: None,
            arn,
            objects,
        })
    }

    /// The same for the keys with `prefix` alone, which are opened to one caller.
    pub(super) fn below(self, prefix: &'p str) -> Self {
        let prefix = Some(prefix);
        Self { prefix, ..self }
    }

    /// All of its objects.
    pub(super) fn all_objects(&self) -> String {
        format!("{}*", self.objects)
    }

    /// The objects that the profile opens for `operation`.
    pub(super) fn opened(&self, operation: Operation) -> String {
        format!("{}{}", self.objects, self.keys(operation))
    }

    /// The pattern of the keys that the profile opens for `operation`.
    pub(super) fn keys(&self, operation: Operation) -> String {
        let prefix = match self.prefix {
            Some(prefix) => literal(prefix),
            None => self.profile.key_rule.pattern(literal, "*"),
        };
        let template = self.profile.key_template.as_ref();
        let template = template.filter(|_| operation.is_of_upload());
        let made = template.map_or_else(String::new, |it| literal(it.beginning()));
        format!("{prefix}{made}*")
    }
}

/// `text` in a pattern of IAM, where [three characters][escape] mean something else.
///
/// [escape]: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars
fn literal(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '*' | '?' | '$' => escaped.extend(['$', '{', c, '}']),
            _ => escaped.push(c),
        }
    }
    escaped
}
