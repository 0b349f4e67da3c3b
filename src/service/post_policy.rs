//! `POST /v1/post-policy`: a browser form that S3 takes as it is.

use http::Response;

use super::asking::Asking;
use crate::api::{self, MAX_BODY_BYTES, PostForm, PostPolicyRequest};
use crate::error::Error;
use crate::instant::rfc3339;
use crate::platform::Platform;
use crate::presign::{Operation, PostPolicy};
use crate::profiles::Keys;

/// S3 takes [forms of up to 20 KB][limit] besides the file.
///
/// [limit]: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTForms.html
const MAX_FORM_BYTES: usize = 20_000;

/// What a browser writes around each field, at most: the boundary and `Content-Disposition`.
const FIELD_OVERHEAD_BYTES: usize = 128;

impl<P: Platform> Asking<'_, '_, P> {
    /// A form is one more way to say `putObject`: IAM knows it by no other name, and neither do
    /// profiles.
    pub(super) async fn post_policy(&self) -> Result<Response<String>, Error> {
        let asked: PostPolicyRequest = api::body::read(self.request.body(), MAX_BODY_BYTES)?;
        let fields = asked.form_fields()?;
        let keys = if asked.key.is_fixed() {
            Keys::One(asked.key.as_str())
        } else {
            Keys::Under(asked.key.fixed())
        };
        let permit = self.permit(&asked.profile, Operation::PutObject, keys)?;
        let profile = permit.profile;
        let limit = permit.upload.as_deref();
        let (size_bytes, content_type) = (asked.size_bytes(limit)?, asked.media_type(limit)?);
        let lifetime = permit.lifetime(asked.expires_in, "expiresIn")?;
        let obtained = self.obtain_for(profile, lifetime).await?;
        let policy = PostPolicy {
            bucket: &profile.bucket,
            key: asked.key.as_str(),
            size_bytes,
            content_type,
            fields,
        };
        let signer = self.signer(profile, &obtained);
        let fields = signer
            .post_form(&policy, obtained.lifetime, obtained.signed_at)
            .map_err(|_| Error::Internal("policy"))?;
        let lengths = fields
            .iter()
            .flat_map(|(name, value)| [name.len(), value.len(), FIELD_OVERHEAD_BYTES]);
        let form_bytes: usize = lengths.sum();
        if form_bytes > MAX_FORM_BYTES {
            let reason = format!("make a form of {form_bytes} bytes; S3 takes {MAX_FORM_BYTES}");
            return Err(Error::field("fields", reason));
        }
        api::json(&PostForm {
            url: profile.bucket_url.itself().to_string(),
            fields,
            profile: &profile.name,
            key: asked.key.as_str(),
            expires_at: rfc3339(obtained.ends_at()),
            expires_in: obtained.expires_in().as_secs(),
        })
    }
}
