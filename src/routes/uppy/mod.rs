//! `/uppy/{profile}/…`: what [Uppy]'s plugin for S3 asks its server, Companion, or its function `signRequest`.
//!
//! These routes translate requests and responses. What they do is what [`post_policy`](super::post_policy),
//! [`multipart`](super::multipart) and [`sign`](super::sign) do.
//!
//! [Uppy]: https://uppy.io/docs/aws-s3/

mod limits;
mod multipart;
pub(super) mod path;
mod request;
mod response;

use http::Response;

pub use path::{PREFIX, UPPY_TEMPLATES, UppyRoute, UppyStep};
pub use request::{UppyComplete, UppyCreate, UppyMethod, UppyPart, UppySign};
pub use response::{
    UppyAborted, UppyCompleted, UppyCreated, UppyCredentials, UppyKeys, UppyListedPart,
    UppyPartUrl, UppyUpload,
};

use super::context::Context;
use super::post_policy::PostPolicyRequest;
use super::sign::SignRequest;
use crate::api::response::json;
use crate::api::{Error, body};
use crate::instant::rfc3339;
use crate::platform::Platform;
use crate::presign::{FormFields, Headers, Operation};
use crate::profiles::{self, KeyScope, UppyRule};
use request::NewFile;

impl<'c, P: Platform> Context<'_, 'c, P> {
    pub(super) async fn uppy(&self, route: UppyRoute<'_>) -> Result<Response<String>, Error> {
        // What is done with them is up to who has them, with or without Uppy.
        if route.step == UppyStep::Credentials {
            return self.credentials_for_uppy(route.profile).await;
        }
        let rule = self.uppy_rule(route.profile)?;
        match route.step {
            UppyStep::Params => {
                let query = self.request.uri().query().unwrap_or_default();
                let file = NewFile::of_query(query)?;
                let at_once = AtOnce {
                    prefers_form: true,
                    expires_in: None,
                };
                self.upload_at_once(route.profile, file, rule, at_once)
                    .await
            }
            UppyStep::Sign => {
                let request = body::read(&self.body)?;
                self.sign_for_uppy(route.profile, rule, request).await
            }
            UppyStep::Credentials
            | UppyStep::Create
            | UppyStep::List(_)
            | UppyStep::Part(..)
            | UppyStep::Complete(_)
            | UppyStep::Abort(_) => self.multipart_of_uppy(route, rule).await,
        }
    }

    /// `GET credentials`.
    async fn credentials_for_uppy(&self, name: &str) -> Result<Response<String>, Error> {
        let session = self.vend(name, None).await?;
        let profile = self.config.profiles.named(name);
        let credentials = &session.credentials;
        let token = credentials.session_token.as_ref();
        json(&UppyCredentials {
            credentials: UppyKeys {
                access_key_id: &credentials.access_key_id,
                secret_access_key: credentials.secret_access_key.expose(),
                session_token: token.map_or("", |token| token.expose()),
                expiration: rfc3339(session.expires_at),
            },
            region: profile.map_or("", |profile| &profile.region),
        })
    }

    /// What the profile called `name` opens to Uppy. Only its callers learn whether it does.
    fn uppy_rule(&self, name: &str) -> Result<&'c UppyRule, Error> {
        let profile = (self.config.profiles)
            .named(name)
            .filter(|profile| profile.allows_caller(&self.principal))
            .ok_or_else(|| profiles::denial(&self.principal))?;
        profile.uppy.as_ref().ok_or_else(|| {
            Error::field("profile", "is not served to Uppy: `uppy` is not set for it")
        })
    }
}

/// How a whole file is to be uploaded.
#[derive(Clone, Copy)]
struct AtOnce {
    /// Whether by a form where that is possible, or only where nothing else keeps the limits.
    prefers_form: bool,
    /// Lifetime of the form or URL, in seconds.
    expires_in: Option<u64>,
}

impl<P: Platform> Context<'_, '_, P> {
    /// A form or a URL for the whole `file`. Uppy does not say how large it is, so that only a form keeps limits; but R2
    /// accepts no forms, and they replace objects.
    async fn upload_at_once(
        &self,
        profile: &str,
        file: NewFile,
        rule: &UppyRule,
        at_once: AtOnce,
    ) -> Result<Response<String>, Error> {
        let operation = Operation::PutObject;
        let permission = self.authorize(profile, operation, KeyScope::All)?;
        let store = permission.profile;
        let accepts_form = store.overwrite && !store.bucket_url.is_r2();
        let is_form = permission.upload.is_some() || at_once.prefers_form && accepts_form;
        let mut headers = Headers::NONE;
        rule.add_metadata(file.metadata, &mut headers)?;
        let (profile, expires_in) = (profile.to_owned(), at_once.expires_in);
        let filename = Some(file.filename);
        if is_form {
            insert(&mut headers, "success_action_status", "201".to_owned())?;
            let request = PostPolicyRequest {
                profile,
                key: None,
                filename,
                expires_in,
                min_bytes: None,
                max_bytes: None,
                content_type: file.media_type,
                fields: FormFields(headers),
            };
            let answer = self.form(&request, |form| {
                json(&UppyUpload {
                    method: "POST",
                    url: &form.url,
                    key: Some(form.key),
                    headers: None,
                    fields: Some(&form.fields),
                    expires: form.expires_in,
                })
            });
            return answer.await;
        }
        if let Some(media_type) = file.media_type {
            insert(&mut headers, "content-type", media_type)?;
        }
        self.sign_as_uppy(SignRequest {
            filename,
            expires_in,
            headers,
            ..SignRequest::new(profile, operation, None)
        })
        .await
    }

    /// `POST sign`.
    async fn sign_for_uppy(
        &self,
        profile: &str,
        rule: &UppyRule,
        request: UppySign,
    ) -> Result<Response<String>, Error> {
        let operation = match (request.method, &request.upload_id) {
            (UppyMethod::Put, None) => Operation::PutObject,
            (UppyMethod::Put, Some(_)) => Operation::UploadPart,
            (UppyMethod::Post, None) => Operation::CreateMultipartUpload,
            (UppyMethod::Post, Some(_)) => Operation::CompleteMultipartUpload,
            (UppyMethod::Delete, None) => Operation::DeleteObject,
            (UppyMethod::Delete, Some(_)) => Operation::AbortMultipartUpload,
            (UppyMethod::Get, _) => Operation::ListParts,
        };
        let filename = || request.key.as_str().to_owned();
        if operation == Operation::PutObject {
            let file = NewFile {
                filename: filename(),
                media_type: request.content_type,
                ..NewFile::default()
            };
            let at_once = AtOnce {
                prefers_form: false,
                expires_in: request.expires_in,
            };
            return self.upload_at_once(profile, file, rule, at_once).await;
        }
        let mut sign = SignRequest::new(profile.to_owned(), operation, None);
        if operation == Operation::CreateMultipartUpload {
            let permission = self.authorize(profile, operation, KeyScope::All)?;
            if permission.upload.is_some() {
                let reason =
                    "has upload limits, which hold for files in parts only with companionEndpoint";
                return Err(Error::field("profile", reason));
            }
            sign.filename = Some(filename());
        } else {
            sign.key = Some(request.key);
        }
        sign.upload_id = request.upload_id;
        sign.part_number = request.part_number;
        sign.expires_in = request.expires_in;
        self.sign_as_uppy(sign).await
    }

    async fn sign_as_uppy(&self, mut request: SignRequest) -> Result<Response<String>, Error> {
        let signed = self.sign_request(&mut request).await?;
        let signed = signed.response();
        json(&UppyUpload {
            method: signed.method,
            url: signed.url,
            key: signed.key,
            headers: Some(signed.headers),
            fields: None,
            expires: signed.expires_in,
        })
    }
}

fn insert(headers: &mut Headers, name: &'static str, value: String) -> Result<(), Error> {
    let inserted = headers.insert(name, value);
    inserted.map_err(|invalid| Error::field(name, invalid.to_string()))
}
