//! `POST /v1/uploads/confirm`: a receipt for an object, which the worker signs as an issuer of its own.

mod payload;
mod receipt;

use std::time::{Duration, SystemTime};

use http::Response;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use payload::{MAX_PAYLOAD_BYTES, Payload};
use receipt::{Receipt, ReceiptCaller};

use super::context::Context;
use super::sign::SignRequest;
use crate::api::response::json;
use crate::api::{self, Error, ObjectKey};
use crate::credentials::CredentialsError;
use crate::instant::{floor_to, rfc3339, unix_secs};
use crate::json::FieldError;
use crate::oidc::TokenType;
use crate::platform::Platform;
use crate::presign::{Headers, Operation, Query, S3Request};
use crate::profiles::{AccessError, KeyScope, Profile};
use crate::s3::ObjectMetadata;
use crate::s3::request::applies_to_every_request;
use crate::sts::TokenError;

/// How long a receipt is accepted. It is handed on at once, and must not be of use for long.
pub const RECEIPT_LIFETIME: Duration = Duration::from_secs(300);

const OPERATION: Operation = Operation::HeadObject;
const CHECKSUM_MODE: &str = "x-amz-checksum-mode";

/// A request for a receipt.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConfirmUpload {
    /// Name of the profile.
    pub profile: String,
    /// The whole key in the bucket.
    pub key: ObjectKey,
    /// A version of the object. Default: the current one.
    #[schemars(length(min = 1))]
    pub version_id: Option<String>,
    /// Headers for S3: `if-match`, `x-amz-expected-bucket-owner`, `x-amz-request-payer`, and those of a customer-provided key.
    #[serde(default)]
    pub headers: Headers,
    /// What the receipt is to repeat: an object of at most 1,024 bytes of JSON.
    pub payload: Option<Payload>,
}

/// The response with a receipt.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UploadConfirmed<'a> {
    /// The receipt, a signed JWT.
    pub receipt: &'a str,
    /// Name of the profile.
    pub profile: &'a str,
    /// The whole key in the bucket.
    pub key: &'a str,
    /// When the receipt expires, in RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    pub expires_at: String,
    /// Seconds from now to that instant.
    pub expires_in: u64,
}

impl<P: Platform> Context<'_, '_, P> {
    pub(super) async fn confirm_upload(&self) -> Result<Response<String>, Error> {
        let request: ConfirmUpload = api::body::read(&self.body)?;
        let scope = KeyScope::Key(request.key.as_str());
        let permission = self.authorize(&request.profile, OPERATION, scope)?;
        let profile = permission.profile;
        let audience = profile.receipt_audience.as_deref();
        let (audience, issuer) = audience
            .zip(self.config.issuer.as_deref())
            .ok_or(AccessError::ReceiptsDisabled)?;
        let object = self.look_at(profile, &request).await?;
        let now = floor_to(Duration::ZERO, self.platform.now());
        let expires_at = now.checked_add(RECEIPT_LIFETIME).unwrap_or(now);
        let id = self.platform.random::<16>();
        let receipt = Receipt {
            iss: &issuer.url,
            aud: audience,
            iat: unix_secs(now),
            exp: unix_secs(expires_at),
            jti: hex::encode(id.ok_or(Error::Internal("random"))?),
            profile: &profile.name,
            bucket: &profile.bucket,
            key: request.key.as_str(),
            size_bytes: object.size_bytes,
            etag: object.etag,
            content_type: object.content_type,
            checksums: Some(object.checksums).filter(|it| !it.0.is_empty()),
            checksum_type: object.checksum_type,
            version_id: object.version_id,
            last_modified: object.last_modified,
            caller: ReceiptCaller::of(&self.principal),
            payload: request.payload,
        };
        let claims = serde_json::to_string(&receipt).map_err(|_| Error::Internal("receipt"))?;
        let token_type = TokenType::UploadReceipt;
        let signed = issuer.sign(token_type, &claims, self.platform).await;
        let signed = signed.ok_or(CredentialsError::Token(TokenError::Unsigned))?;
        json(&UploadConfirmed {
            receipt: &signed,
            profile: &profile.name,
            key: request.key.as_str(),
            expires_at: rfc3339(expires_at),
            expires_in: RECEIPT_LIFETIME.as_secs(),
        })
    }

    /// What S3 says about the object of `request`.
    async fn look_at(
        &self,
        profile: &Profile,
        request: &ConfirmUpload,
    ) -> Result<ObjectMetadata, Error> {
        let look = look(request)?;
        let query = check(profile, &look, self.platform.now())?;
        let s3_request = S3Request {
            method: OPERATION.method(),
            object: profile.bucket_url.object(request.key.as_str()),
            query,
            headers: &look.headers,
        };
        let called = self.call(profile, OPERATION, &s3_request, String::new());
        Ok(ObjectMetadata::read(&called.await?.response?)?)
    }
}

/// The request to S3 for `request`: the whole object is looked at, whatever it is today, and its checksums.
fn look(request: &ConfirmUpload) -> Result<SignRequest, FieldError> {
    let is_accepted = |name: &str| name == "if-match" || applies_to_every_request(name);
    let mut names = request.headers.iter().map(|(name, _)| name);
    if let Some(name) = names.find(|name| !is_accepted(name)) {
        let error = FieldError::new(name.to_owned(), "is not a header of this request");
        return Err(error.within("headers"));
    }
    let (profile, key) = (request.profile.clone(), request.key.clone());
    let mut look = SignRequest::new(profile, OPERATION, Some(key));
    look.version_id.clone_from(&request.version_id);
    look.headers.clone_from(&request.headers);
    // It is the only one of this name.
    let _ = look.headers.insert(CHECKSUM_MODE, "ENABLED".to_owned());
    Ok(look)
}

/// Checks that S3 accepts `look` at `now`, and that `profile` opens it. Returns its query.
fn check<'a>(
    profile: &Profile,
    look: &'a SignRequest,
    now: SystemTime,
) -> Result<Query<'a>, FieldError> {
    let query = look.check()?;
    look.check_opened(profile)?;
    let store = profile.store(now).check(OPERATION, &look.headers);
    store.map_err(|error| error.within("headers"))?;
    Ok(query)
}
