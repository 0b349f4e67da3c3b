//! The signature of requests to S3. Besides `aws/signature.rs`, this is the only file that uses `aws-sigv4`.

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_sigv4::sign::v4::generate_signing_key;
use hmac::digest::Key;
use hmac::{Hmac, KeyInit, Mac};
use http::Method;
use sha2::{Digest, Sha256};

use super::{Headers, ObjectUrl, Query};
use crate::aws::Credentials;
use crate::encode::{self, append};
use crate::instant::{amz_date, unix_secs};
use crate::secret::Secret;

/// [Longest life][limits] S3 accepts in `X-Amz-Expires`: seven days, in seconds.
///
/// [limits]: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
pub const MAX_LIFETIME_SECS: u64 = 604_800;

const SECS_PER_DAY: u64 = 24 * 60 * 60;

/// Room for the names of a few headers and a signature, or for a string to sign, so that most texts are written in one piece.
const ROOM_BYTES: usize = 160;

/// Length of the date that [`amz_date`] begins with.
const DATE_CHARS: usize = 8;

/// Why something cannot be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    /// The lifetime is not between 1 s and [`MAX_LIFETIME_SECS`].
    #[error("the lifetime is out of bounds")]
    Lifetime,
    /// The signer was made for another day.
    #[error("the signer is for another day")]
    Day,
    /// The URL or a header of the request is invalid.
    #[error("the request is invalid")]
    Request,
}

/// A request to S3 that is to be signed.
#[derive(Clone, Debug)]
pub struct S3Request<'a> {
    /// HTTP method.
    pub method: Method,
    /// Object or bucket.
    pub object: ObjectUrl<'a>,
    /// S3's query parameters.
    pub query: Query<'a>,
    /// Headers that are signed and must be sent, besides `Host`.
    pub headers: &'a Headers,
}

/// Signs URLs with one set of credentials, for one day (UTC) and one region.
///
/// Creating one derives the signing key and encodes everything that its URLs have in common, so that a URL costs
/// one hash of the canonical request and one HMAC. A property test holds the result equal to that of the general
/// signer of `aws-sigv4`, `http_request::sign`.
pub struct Signer {
    credentials: Credentials,
    region: String,
    /// Since the Unix epoch.
    day: u64,
    /// The same day as `YYYYMMDD`.
    date: String,
    /// HMAC with the signing key, before any input.
    mac: Hmac<Sha256>,
    /// `?X-Amz-Algorithm=…&X-Amz-Credential=…&X-Amz-Date=`.
    credential: String,
    /// `&X-Amz-Security-Token=…`, empty for credentials without a session, and
    /// `&X-Amz-SignedHeaders=`.
    session_token: String,
}

impl Signer {
    /// Derives the [signing key][spec] of the day that holds `now`.
    ///
    /// [spec]: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    pub fn new(credentials: &Credentials, region: &str, now: SystemTime) -> Self {
        let mut date = amz_date(now);
        date.truncate(DATE_CHARS);
        let access_key_id = &credentials.access_key_id;
        let scope = format!("{access_key_id}/{date}/{region}/s3/aws4_request");
        let secret = credentials.secret_access_key.expose();
        let token = credentials
            .session_token
            .as_ref()
            .map(|token| format!("&X-Amz-Security-Token={}", encode::query(token.expose())));
        Self {
            mac: keyed(generate_signing_key(secret, now, region, "s3").as_ref()),
            credential: format!(
                "?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={}&X-Amz-Date=",
                encode::query(&scope)
            ),
            session_token: format!("{}&X-Amz-SignedHeaders=", token.unwrap_or_default()),
            credentials: credentials.clone(),
            region: region.to_owned(),
            day: day_of(now),
            date,
        }
    }

    /// Whether this signer is the one for `credentials` at `now`.
    pub fn serves(&self, credentials: &Credentials, now: SystemTime) -> bool {
        self.credentials == *credentials && self.day == day_of(now)
    }

    /// Presigns `request` for clients from `now` (rounded down to a second) for `lifetime` (whole seconds, 1 to
    /// [`MAX_LIFETIME_SECS`]).
    ///
    /// # Errors
    /// [`SigningError`], when the lifetime or the day is out of these bounds.
    pub fn presign(
        &self,
        request: &S3Request<'_>,
        lifetime: Duration,
        now: SystemTime,
    ) -> Result<String, SigningError> {
        let amz_date = self.amz_date(now)?;
        let expires = lifetime.as_secs();
        if !(1..=MAX_LIFETIME_SECS).contains(&expires) {
            return Err(SigningError::Lifetime);
        }
        let object = &request.object;
        let (scheme, host) = object.public_origin();
        let expires = expires.to_string();
        let parts = [
            scheme,
            "://",
            host,
            &object.path,
            &self.credential,
            &amz_date,
            "&X-Amz-Expires=",
            &expires,
            &self.session_token,
        ];
        let length = parts.iter().map(|part| part.len()).sum::<usize>();
        let mut url = String::with_capacity(length.saturating_add(ROOM_BYTES));
        append(&mut url, &parts);
        for (index, (name, _)) in request.headers.with_host(object.host).enumerate() {
            if index > 0 {
                url.push_str("%3B");
            }
            url.extend(encode::query(name));
        }
        for (name, value) in request.query.iter() {
            append(&mut url, &["&", name, "="]);
            url.extend(encode::query(value));
        }
        let query = url.split_once('?').map_or("", |(_, query)| query);
        let hash = hash(request, query, request.headers, "UNSIGNED-PAYLOAD");
        let signature = self.signature(&amz_date, &hash);
        append(&mut url, &["&X-Amz-Signature=", &signature]);
        Ok(url)
    }

    /// `X-Amz-Date` at `now`.
    pub(super) fn amz_date(&self, now: SystemTime) -> Result<String, SigningError> {
        if self.day == day_of(now) {
            Ok(amz_date(now))
        } else {
            Err(SigningError::Day)
        }
    }

    /// The value of `X-Amz-Credential`, not encoded: key id and scope.
    pub(super) fn credential(&self) -> String {
        let (id, date, region) = (&self.credentials.access_key_id, &self.date, &self.region);
        format!("{id}/{date}/{region}/s3/aws4_request")
    }

    /// The session token, not encoded.
    pub(super) fn session_token(&self) -> Option<&str> {
        self.credentials.session_token.as_ref().map(Secret::expose)
    }

    /// The signature of the canonical request whose hash is `canonical`, in hexadecimal.
    pub(super) fn signature(&self, amz_date: &str, canonical: &str) -> String {
        let mut string_to_sign = String::with_capacity(ROOM_BYTES);
        let parts = [
            "AWS4-HMAC-SHA256\n",
            amz_date,
            "\n",
            &self.date,
            "/",
            &self.region,
            "/s3/aws4_request\n",
            canonical,
        ];
        append(&mut string_to_sign, &parts);
        self.sign(&string_to_sign)
    }

    /// The signature of a string to sign.
    pub(super) fn sign(&self, string_to_sign: &str) -> String {
        let mac = self.mac.clone().chain_update(string_to_sign);
        encode::hash(mac.finalize().into_bytes())
    }
}

/// HMAC with `key`, which is shorter than a block and is padded with zeros.
fn keyed(key: &[u8]) -> Hmac<Sha256> {
    let mut block = Key::<Hmac<Sha256>>::default();
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    Hmac::new(&block)
}

/// The hash of the [canonical request][spec], with `headers` in place of those of `request`.
///
/// [spec]: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
pub(super) fn hash(
    request: &S3Request<'_>,
    query: &str,
    headers: &Headers,
    payload: &str,
) -> String {
    let object = &request.object;
    let headers = || headers.with_host(object.host);
    let length = query.len().saturating_add(object.path.len());
    let mut canonical = String::with_capacity(length.saturating_add(2 * ROOM_BYTES));
    let method = request.method.as_str();
    append(&mut canonical, &[method, "\n", &object.path, "\n", query]);
    for (name, value) in headers() {
        append(&mut canonical, &["\n", name, ":"]);
        // Spaces at the ends are left out, and several in a row count as one.
        let words = value.split(' ').filter(|word| !word.is_empty());
        for (index, word) in words.enumerate() {
            append(&mut canonical, &[if index > 0 { " " } else { "" }, word]);
        }
    }
    canonical.push('\n');
    for (index, (name, _)) in headers().enumerate() {
        append(&mut canonical, &[if index > 0 { ";" } else { "\n" }, name]);
    }
    append(&mut canonical, &["\n", payload]);
    encode::hash(Sha256::digest(canonical))
}

/// Shows the key id, never the key.
impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("access_key_id", &self.credentials.access_key_id)
            .field("region", &self.region)
            .field("date", &self.date)
            .finish_non_exhaustive()
    }
}

/// Whole days since the Unix epoch.
fn day_of(now: SystemTime) -> u64 {
    unix_secs(now) / SECS_PER_DAY
}
