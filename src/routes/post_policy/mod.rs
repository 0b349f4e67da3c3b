//! `POST /v1/post-policy`: a browser form for an upload.

mod fields;
mod request;

use http::Response;

pub use request::{FormKey, MAX_PUT_BYTES, PostForm, PostPolicyRequest};

use super::context::{Context, signer};
use crate::api::response::json;
use crate::api::{self, Error};
use crate::instant::rfc3339;
use crate::json::FieldError;
use crate::platform::Platform;
use crate::presign::{Form, Operation, PostPolicy};
use crate::profiles::KeyScope;

/// Largest form that [S3 accepts][limit], without the file, in bytes.
///
/// [limit]: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTForms.html
const MAX_FORM_BYTES: usize = 20_000;

/// What a browser adds to each field at most, in bytes: the boundary and `Content-Disposition`.
const FIELD_OVERHEAD_BYTES: usize = 128;

impl<P: Platform> Context<'_, '_, P> {
    /// A form is authorized as `putObject`, which is also what IAM calls it.
    pub(super) async fn post_policy(&self) -> Result<Response<String>, Error> {
        let request: PostPolicyRequest = api::body::read(&self.body)?;
        let fields = request.form_fields()?;
        let scope = if request.key.is_fixed() {
            KeyScope::Key(request.key.as_str())
        } else {
            KeyScope::Prefix(request.key.prefix())
        };
        let permission = self.authorize(&request.profile, Operation::PutObject, scope)?;
        let profile = permission.profile;
        let limit = permission.upload.as_deref();
        let (size_bytes, content_type) = (request.size_bytes(limit)?, request.media_type(limit)?);
        let lifetime = permission.lifetime(request.expires_in, "expiresIn")?;
        let session = self.obtain_for_url(profile, lifetime).await?;
        let policy = PostPolicy {
            bucket: &profile.bucket,
            key: request.key.as_str(),
            size_bytes,
            content_type,
            fields,
        };
        let signer = signer(profile, &session);
        let fields = signer
            .post_form(&policy, session.lifetime, session.signed_at)
            .map_err(|_| Error::Internal("policy"))?;
        check_size(&fields)?;
        json(&PostForm {
            url: profile.bucket_url.bucket().to_string(),
            fields,
            profile: &profile.name,
            key: request.key.as_str(),
            expires_at: rfc3339(session.expires_at()),
            expires_in: session.expires_in().as_secs(),
        })
    }
}

fn check_size(fields: &Form<'_>) -> Result<(), FieldError> {
    let lengths = fields
        .iter()
        .flat_map(|(name, value)| [name.len(), value.len(), FIELD_OVERHEAD_BYTES]);
    let form_bytes: usize = lengths.sum();
    if form_bytes > MAX_FORM_BYTES {
        let reason = format!("make a form of {form_bytes} bytes; S3 accepts {MAX_FORM_BYTES}");
        return Err(FieldError::new("fields", reason));
    }
    Ok(())
}
