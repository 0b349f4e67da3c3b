//! `POST /v1/post-policy`: a browser form for an upload.

mod fields;
mod request;

use http::Response;

pub use request::{FormKey, PostForm, PostPolicyRequest};

use super::context::{Context, signer};
use super::new_key::{both_given, check_own_key};
use crate::api::response::json;
use crate::api::{self, Error};
use crate::instant::rfc3339;
use crate::json::FieldError;
use crate::platform::Platform;
use crate::presign::{Form, Operation, PostPolicy};
use crate::profiles::{KeyScope, Permission};

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
        self.form(&request, |form| json(&form)).await
    }

    /// The `answer` to `request` with its form.
    pub(super) async fn form(
        &self,
        request: &PostPolicyRequest,
        answer: fn(PostForm<'_>) -> Result<Response<String>, Error>,
    ) -> Result<Response<String>, Error> {
        let checked = request.form_fields()?;
        let (permission, key) = self.authorize_form(request)?;
        let profile = permission.profile;
        // https://developers.cloudflare.com/r2/api/s3/presigned-urls/#supported-http-methods
        if profile.bucket_url.is_r2() {
            let reason = "has a bucket in R2, which accepts no forms: use /v1/sign";
            return Err(Error::field("profile", reason));
        }
        fields::check_opened(&checked.fields, &profile.headers)?;
        checked.check(profile.store(self.platform.now()))?;
        let fields = checked.fields;
        // Not even with a new key: a form can be sent twice.
        if profile.creates_only(Operation::PutObject) {
            let reason =
                "does not replace objects, and forms have no condition for that: use /v1/sign";
            return Err(Error::field("profile", reason));
        }
        let limit = permission.upload.as_deref();
        if let Some(limit) = limit {
            fields::check_checksum(&fields, limit)?;
        }
        let (size_bytes, content_type) = (request.size_bytes(limit)?, request.media_type(limit)?);
        let lifetime = permission.lifetime(request.expires_in, "expiresIn")?;
        let session = self.obtain_for_url(profile, lifetime).await?;
        let policy = PostPolicy {
            bucket: profile.bucket_of_policies(),
            key: key.as_str(),
            size_bytes,
            content_type,
            fields,
        };
        let signer = signer(profile, &session);
        let fields = signer
            .post_form(&policy, session.lifetime, session.signed_at)
            .map_err(|_| Error::Internal("policy"))?;
        check_size(&fields)?;
        answer(PostForm {
            url: profile.bucket_url.bucket().for_clients(),
            fields,
            profile: &profile.name,
            key: key.as_str(),
            expires_at: rfc3339(session.expires_at()),
            expires_in: session.expires_in().as_secs(),
        })
    }
}

impl<'c, P: Platform> Context<'_, 'c, P> {
    /// Authorizes the form for `request`. Returns its key.
    fn authorize_form(
        &self,
        request: &PostPolicyRequest,
    ) -> Result<(Permission<'c>, FormKey), Error> {
        let (profile, operation) = (&request.profile, Operation::PutObject);
        match (&request.key, &request.filename) {
            (Some(key), None) => {
                let scope = if key.is_fixed() {
                    KeyScope::Key(key.as_str())
                } else {
                    KeyScope::Prefix(key.prefix())
                };
                let permission = self.authorize(profile, operation, scope)?;
                check_own_key(&permission, operation)?;
                Ok((permission, key.clone()))
            }
            (None, Some(filename)) => {
                let (permission, key) = self.authorize_new(profile, operation, filename)?;
                // A claim in it may look like S3's placeholder.
                let key = FormKey::try_from(key.as_str().to_owned());
                let key = key.map_err(|reason| Error::field("key", reason))?;
                Ok((permission, key))
            }
            (Some(_), Some(_)) => Err(both_given()),
            (None, None) => Err(Error::field("key", "or `filename` must be present")),
        }
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
