//! URLs: `POST /v1/sign` and `/o/{profile}/{key…}`.

mod disposition;
mod index_document;
mod inline;
mod parameters;
mod request;
mod response;

use std::time::{Duration, SystemTime};

use http::{HeaderMap, Method, Response};

pub use inline::INLINE_HEADERS;
pub use parameters::accepts;
pub use request::{
    EncodingType, MAX_LISTED, ObjectRequest, RequestPayer, ResponseHeaders, SignRequest,
};
pub use response::Signed;

use super::context::{Context, signer};
use super::new_key::{both_given, check_own_key};
use super::table::ObjectPath;
use crate::api::response::{json, redirect};
use crate::api::{self, Error, ObjectKey, prefers_json};
use crate::credentials::lifetime::{Lifetime, SigningSession};
use crate::instant::{left_until, rfc3339};
use crate::join::boxed;
use crate::json::FieldError;
use crate::platform::Platform;
use crate::presign::{Operation, Query, S3Request, UploadLimit};
use crate::profiles::{DownloadAs, IF_NONE_MATCH, KeyScope, Permission, Profile};

impl<P: Platform> Context<'_, '_, P> {
    /// `POST /v1/sign`.
    pub(super) async fn sign(&self) -> Result<Response<String>, Error> {
        let mut request: SignRequest = api::body::read(&self.body)?;
        let signed = self.sign_request(&mut request).await?;
        json(&signed.response())
    }

    /// The URL for `request`, which comes from a body.
    pub(super) async fn sign_request<'a>(
        &'a self,
        request: &'a mut SignRequest,
    ) -> Result<SignedUrl<'a>, Error> {
        let permission = self.authorize_request(request)?;
        let now = self.platform.now();
        let checked = check(&permission, request, RequestForm::Json, now)?;
        self.obtain_and_sign(checked).await
    }

    /// `/o/{profile}/{key…}`.
    pub(super) async fn object(&self, object: ObjectPath<'_>) -> Result<Response<String>, Error> {
        let query = self.request.uri().query().unwrap_or_default();
        let ObjectRequest {
            mut request,
            unknown,
        } = ObjectRequest::read(object, query)?;
        let permission = self.authorize_request(&mut request)?;
        let permission = self.resolve_index(permission, &mut request)?;
        let cache_buster = permission.profile.cache_buster.as_ref();
        if let Some(name) = unknown.iter().find(|name| Some(*name) != cache_buster) {
            return Err(Error::field(name.clone(), "is not known here"));
        }
        let operation = request.operation;
        if operation == Operation::PutObject {
            copy_headers(&permission, self.request.headers(), &mut request);
        }
        let now = self.platform.now();
        let checked = check(&permission, &mut request, RequestForm::Path, now)?;
        let as_json = prefers_json(self.request.headers());
        if !as_json
            && checked.profile.inline.has_patterns()
            && let Some(object) = boxed(self.inline(&checked)).await?
        {
            return Ok(object);
        }
        let signed = self.obtain_and_sign(checked).await?;
        if as_json {
            return json(&signed.response());
        }
        let vary = &self.config.vary;
        redirect(operation, &signed.url, signed.cacheable, vary)
    }

    async fn obtain_and_sign<'a>(
        &self,
        request: AuthorizedRequest<'a>,
    ) -> Result<SignedUrl<'a>, Error> {
        let session = self
            .obtain_for_url(request.profile, request.lifetime)
            .await?;
        presign(&request, &session)
    }
}

impl<'c, P: Platform> Context<'_, 'c, P> {
    /// Authorizes the operation and the key of `request`, which gets its key where it has the name of a file.
    ///
    /// # Errors
    /// As [`Context::authorize`] and [`Context::authorize_new`].
    pub(super) fn authorize_request(
        &self,
        request: &mut SignRequest,
    ) -> Result<Permission<'c>, Error> {
        if let Some(filename) = &request.filename {
            if request.key.is_some() {
                return Err(both_given());
            }
            let (profile, operation) = (&request.profile, request.operation);
            let (permission, key) = self.authorize_new(profile, operation, filename)?;
            request.key = Some(key);
            return Ok(permission);
        }
        let scope = match (request.operation, &request.key, &request.prefix) {
            (Operation::ListObjectsV2, _, Some(prefix)) => KeyScope::Prefix(prefix),
            (Operation::ListObjectsV2, _, None) | (_, None, _) => KeyScope::All,
            (_, Some(key), _) => KeyScope::Key(key.as_str()),
        };
        let permission = self.authorize(&request.profile, request.operation, scope)?;
        check_own_key(&permission, request.operation)?;
        Ok(permission)
    }
}

/// Signs `request` with `session`.
///
/// # Errors
/// [`Error::Internal`] when it cannot be signed, which the checks rule out.
pub(super) fn presign<'a>(
    request: &AuthorizedRequest<'a>,
    session: &SigningSession,
) -> Result<SignedUrl<'a>, Error> {
    let (profile, sign_request) = (request.profile, request.request);
    let s3_request = request.s3_request();
    let signed_at = session.signed_at;
    let url = signer(profile, session)
        .presign(&s3_request, session.lifetime, signed_at)
        .map_err(|_| Error::Internal("signature"))?;
    let expires_at = session.expires_at();
    let window_end = signed_at.checked_add(profile.window);
    let window_left = left_until(window_end.unwrap_or(signed_at), session.now);
    Ok(SignedUrl {
        request: sign_request,
        url,
        method: s3_request.method,
        expires_at,
        expires_in: session.expires_in(),
        cacheable: window_left.min(left_until(expires_at, session.now)),
    })
}

/// A request that is authorized, and that S3 accepts.
pub(super) struct AuthorizedRequest<'a> {
    request: &'a SignRequest,
    pub(super) profile: &'a Profile,
    query: Query<'a>,
    pub(super) lifetime: Lifetime,
}

impl AuthorizedRequest<'_> {
    fn s3_request(&self) -> S3Request<'_> {
        let bucket = &self.profile.bucket_url;
        S3Request {
            method: self.request.operation.method(),
            object: match &self.request.key {
                Some(key) => bucket.object(key.as_str()),
                None => bucket.bucket(),
            },
            query: self.query.clone(),
            headers: &self.request.headers,
        }
    }
}

/// The form of a request, which decides the names of its fields.
#[derive(Clone, Copy)]
pub(super) enum RequestForm {
    /// A JSON body.
    Json,
    /// Path, query and headers.
    Path,
}

/// Checks that `permission` allows the details of `request`, and that S3 accepts it at `now`. A body gets the condition that the
/// profile requires; the client of a path sends its own headers, so it has to send that too.
///
/// # Errors
/// As [`SignRequest::check`], [`SignRequest::check_opened`] and [`Permission::lifetime`], and for an upload beyond the limits or
/// a header that the profile's store refuses.
pub(super) fn check<'a>(
    permission: &Permission<'a>,
    request: &'a mut SignRequest,
    form: RequestForm,
    now: SystemTime,
) -> Result<AuthorizedRequest<'a>, FieldError> {
    let profile = permission.profile;
    let operation = request.operation;
    match form {
        RequestForm::Json => profile
            .add_condition(operation, &mut request.headers)
            .map_err(|error| error.within("headers"))?,
        RequestForm::Path => profile.check_condition(operation, &request.headers)?,
    }
    let request: &'a SignRequest = request;
    let mut query = request.check()?;
    request.check_opened(profile)?;
    let prefix = permission.prefix.as_deref();
    if let Some(prefix) = prefix.filter(|prefix| !prefix.is_empty()) {
        query.set("prefix", prefix.to_owned());
    }
    override_response(request, profile, &mut query);
    let limit = permission.upload.as_deref();
    let within = limit.map_or(Ok(()), |limit| limit.check(operation, &request.headers));
    within
        .and_then(|()| profile.store(now).check(operation, &request.headers))
        .map_err(|error| match form {
            RequestForm::Json => error.within("headers"),
            RequestForm::Path => error,
        })?;
    let expires = match form {
        RequestForm::Json => "expiresIn",
        RequestForm::Path => "expires",
    };
    Ok(AuthorizedRequest {
        request,
        profile,
        query,
        lifetime: permission.lifetime(request.expires_in, expires)?,
    })
}

/// Adds to `query` the headers that `profile` says S3 returns, where `request` does not say others.
fn override_response<'a>(request: &SignRequest, profile: &'a Profile, query: &mut Query<'a>) {
    if !request.operation.reads_object() {
        return;
    }
    if let Some(value) = &profile.response_cache_control
        && !request.has_cache_control()
    {
        query.set("response-cache-control", value.as_str());
    }
    if let Some(DownloadAs::Attachment) = profile.download_as
        && request.download.is_none()
    {
        query.set("response-content-disposition", "attachment");
    }
}

/// Copies the headers that have to be signed for an upload, which a client that follows the redirect sends again.
fn copy_headers(permission: &Permission<'_>, from: &HeaderMap, request: &mut SignRequest) {
    let limit = permission.upload.as_deref();
    let condition = permission.profile.creates_only(request.operation);
    let names = limit.into_iter().flat_map(UploadLimit::required_headers);
    for name in names.chain(condition.then_some(IF_NONE_MATCH)) {
        let value = from.get(name).and_then(|value| value.to_str().ok());
        if let Some(value) = value {
            // A value that cannot be sent counts as missing.
            let _ = request.headers.insert(name, value.to_owned());
        }
    }
}

/// A URL that was signed.
pub(super) struct SignedUrl<'a> {
    request: &'a SignRequest,
    url: String,
    method: Method,
    expires_at: SystemTime,
    expires_in: Duration,
    /// How long the same request gets the same URL.
    cacheable: Duration,
}

impl SignedUrl<'_> {
    /// The response of `POST /v1/sign`.
    pub(super) fn response(&self) -> Signed<'_> {
        let request = self.request;
        Signed {
            url: &self.url,
            method: self.method.as_str(),
            headers: &request.headers,
            profile: &request.profile,
            key: request.key.as_ref().map(ObjectKey::as_str),
            expires_at: rfc3339(self.expires_at),
            expires_in: self.expires_in.as_secs(),
        }
    }
}
