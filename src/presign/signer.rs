//! The signature: the only file that names `aws-sigv4`.

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use http::Method;
use sha2::{Digest, Sha256};

use super::ObjectUrl;
use crate::credentials::Credentials;
use crate::encode;
use crate::instant::amz_date;

/// [Longest life][limits] S3 accepts in `X-Amz-Expires`: seven days.
///
/// [limits]: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
pub const MAX_LIFETIME: Duration = Duration::from_secs(604_800);

/// A URL could not be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SigningFailed {
    /// The lifetime is not within 1 s and [`MAX_LIFETIME`].
    Lifetime,
    /// The signer was made for another day than the one it was asked to sign at.
    Day,
}

/// Signs URLs with one set of credentials, for one day (UTC) and one region.
///
/// Making one derives the signing key and encodes everything that all its URLs share, so
/// that a URL costs one hash of the canonical request and one HMAC. Equality with the
/// general signer of `aws-sigv4`, `http_request::sign`, is held by a property test.
pub struct Signer {
    credentials: Credentials,
    region: String,
    /// `YYYYMMDD`.
    date: String,
    signing_key: Vec<u8>,
    /// `&X-Amz-Credential=…&X-Amz-Date=`, after the algorithm.
    credential: String,
    /// `&X-Amz-Security-Token=…`, empty for credentials without a session.
    session_token: String,
}

impl Signer {
    /// Derives the [signing key][spec] of the day that holds `now`.
    ///
    /// [spec]: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    pub fn new(credentials: &Credentials, region: &str, now: SystemTime) -> Self {
        let date = date_of(&amz_date(now)).to_owned();
        let access_key_id = &credentials.access_key_id;
        let scope = format!("{access_key_id}/{date}/{region}/s3/aws4_request");
        let secret = credentials.secret_access_key.expose();
        Self {
            signing_key: generate_signing_key(secret, now, region, "s3")
                .as_ref()
                .to_vec(),
            credential: format!("&X-Amz-Credential={}&X-Amz-Date=", encode::query(&scope)),
            session_token: credentials
                .session_token
                .as_ref()
                .map_or_else(String::new, |token| {
                    format!("&X-Amz-Security-Token={}", encode::query(token.expose()))
                }),
            credentials: credentials.clone(),
            region: region.to_owned(),
            date,
        }
    }

    /// Whether this signer is the one for `credentials` in `region` at `now`.
    pub fn serves(&self, credentials: &Credentials, region: &str, now: SystemTime) -> bool {
        self.credentials == *credentials
            && self.region == region
            && self.date == date_of(&amz_date(now))
    }

    /// Presigns `method` on `object` from `now` (rounded down to a second) for `lifetime`
    /// (whole seconds, 1 to [`MAX_LIFETIME`]). Only `host` is signed as a header; the payload is
    /// not signed.
    ///
    /// # Errors
    /// [`SigningFailed`], when the lifetime or the day is outside of the above.
    pub fn presign(
        &self,
        method: &Method,
        object: &ObjectUrl,
        lifetime: Duration,
        now: SystemTime,
    ) -> Result<String, SigningFailed> {
        let amz_date = amz_date(now);
        if date_of(&amz_date) != self.date {
            return Err(SigningFailed::Day);
        }
        let expires = lifetime.as_secs();
        if !(1..=MAX_LIFETIME.as_secs()).contains(&expires) {
            return Err(SigningFailed::Lifetime);
        }
        let query = format!(
            "X-Amz-Algorithm=AWS4-HMAC-SHA256{}{amz_date}&X-Amz-Expires={expires}{}&X-Amz-SignedHeaders=host",
            self.credential, self.session_token
        );
        let canonical_request = format!(
            "{method}\n{}\n{query}\nhost:{}\n\nhost\nUNSIGNED-PAYLOAD",
            object.path, object.host
        );
        let string_to_sign = format!(
            "AWS4-HMAC-SHA256\n{amz_date}\n{}/{}/s3/aws4_request\n{}",
            self.date,
            self.region,
            hex::encode(Sha256::digest(canonical_request))
        );
        Ok(format!(
            "{}://{}{}?{query}&X-Amz-Signature={}",
            object.scheme,
            object.host,
            object.path,
            calculate_signature(&self.signing_key, string_to_sign.as_bytes())
        ))
    }
}

/// Shows for whom it signs, never with what.
impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("access_key_id", &self.credentials.access_key_id)
            .field("region", &self.region)
            .field("date", &self.date)
            .finish_non_exhaustive()
    }
}

fn date_of(amz_date: &str) -> &str {
    amz_date.get(..8).unwrap_or_default()
}
