//! The signature: the only file that names `aws-sigv4`.

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_sigv4::sign::v4::generate_signing_key;
use hmac::digest::Key;
use hmac::{Hmac, KeyInit, Mac};
use http::Method;
use sha2::{Digest, Sha256};

use super::{Headers, ObjectUrl, Query};
use crate::credentials::Credentials;
use crate::encode;
use crate::instant::{amz_date, unix_secs};
use crate::secret::Secret;

/// [Longest life][limits] S3 accepts in `X-Amz-Expires`: seven days, in seconds.
///
/// [limits]: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
pub const MAX_LIFETIME_SECS: u64 = 604_800;

const SECS_PER_DAY: u64 = 24 * 60 * 60;

/// Length of the date that [`amz_date`] begins with.
const DATE_CHARS: usize = 8;

/// A URL could not be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SigningFailed {
    /// The lifetime is not within 1 s and [`MAX_LIFETIME_SECS`].
    Lifetime,
    /// The signer was made for another day than the one it was asked to sign at.
    Day,
    /// What was to be signed cannot be sent: its URL or a header is not one.
    Request,
}

/// What a URL is signed for. The payload is not signed.
#[derive(Clone, Debug)]
pub struct Presign<'a> {
    /// The method it is used with.
    pub method: Method,
    /// What it is about.
    pub object: ObjectUrl<'a>,
    /// Its parameters.
    pub query: Query<'a>,
    /// Headers that must be sent with it, besides `Host`.
    pub headers: &'a Headers,
}

/// Signs URLs with one set of credentials, for one day (UTC) and one region.
///
/// Making one derives the signing key and encodes everything that all its URLs share, so
/// that a URL costs one hash of the canonical request and one HMAC. Equality with the
/// general signer of `aws-sigv4`, `http_request::sign`, is held by a property test.
pub struct Signer {
    credentials: Credentials,
    region: String,
    /// Since the Unix epoch.
    day: u64,
    /// The same as `YYYYMMDD`.
    date: String,
    /// HMAC under the signing key, with nothing in it yet.
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

    /// The region it signs for.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Presigns `request` from `now` (rounded down to a second) for `lifetime` (whole seconds, 1 to
    /// [`MAX_LIFETIME_SECS`]).
    ///
    /// # Errors
    /// [`SigningFailed`], when the lifetime or the day is outside of the above.
    pub fn presign(
        &self,
        request: &Presign<'_>,
        lifetime: Duration,
        now: SystemTime,
    ) -> Result<String, SigningFailed> {
        let amz_date = self.amz_date(now)?;
        let expires = lifetime.as_secs();
        if !(1..=MAX_LIFETIME_SECS).contains(&expires) {
            return Err(SigningFailed::Lifetime);
        }
        let object = &request.object;
        let mut url = format!(
            "{object}{}{amz_date}&X-Amz-Expires={expires}{}",
            self.credential, self.session_token
        );
        for (place, (name, _)) in request.headers.with_host(object.host).enumerate() {
            if place > 0 {
                url.push_str("%3B");
            }
            url.extend(encode::query(name));
        }
        for (name, value) in request.query.iter() {
            url.extend(["&", name, "="]);
            url.extend(encode::query(value));
        }
        let query = url.split_once('?').map_or("", |(_, query)| query);
        let hash = hash(request, query, request.headers, "UNSIGNED-PAYLOAD");
        let signature = self.signature(&amz_date, hash);
        url.extend(["&X-Amz-Signature=", &signature]);
        Ok(url)
    }

    /// `X-Amz-Date` at `now`.
    pub(super) fn amz_date(&self, now: SystemTime) -> Result<String, SigningFailed> {
        if self.day == day_of(now) {
            Ok(amz_date(now))
        } else {
            Err(SigningFailed::Day)
        }
    }

    /// Key id and scope, as `X-Amz-Credential` has them, not encoded.
    pub(super) fn credential(&self) -> String {
        let (id, date, region) = (&self.credentials.access_key_id, &self.date, &self.region);
        format!("{id}/{date}/{region}/s3/aws4_request")
    }

    /// The session token, not encoded.
    pub(super) fn session_token(&self) -> Option<&str> {
        self.credentials.session_token.as_ref().map(Secret::expose)
    }

    /// The signature of the canonical request that `canonical` is the hash of.
    pub(super) fn signature(&self, amz_date: &str, canonical: Sha256) -> String {
        let string_to_sign = format!(
            "AWS4-HMAC-SHA256\n{amz_date}\n{}/{}/s3/aws4_request\n{}",
            self.date,
            self.region,
            encode::hash(canonical.finalize())
        );
        self.sign(&string_to_sign)
    }

    /// The signature of a string to sign.
    pub(super) fn sign(&self, string_to_sign: &str) -> String {
        let mac = self.mac.clone().chain_update(string_to_sign);
        encode::hash(mac.finalize().into_bytes())
    }
}

/// HMAC under `key`, which is no longer than one of its blocks: it is filled up with zeros.
fn keyed(key: &[u8]) -> Hmac<Sha256> {
    let mut block = Key::<Hmac<Sha256>>::default();
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    Hmac::new(&block)
}

/// Hashes the [canonical request][spec] as it is put together, with `headers` for those of `request`.
///
/// [spec]: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
pub(super) fn hash(request: &Presign<'_>, query: &str, headers: &Headers, payload: &str) -> Sha256 {
    let object = &request.object;
    let headers = || headers.with_host(object.host);
    let mut hash = Sha256::new();
    for part in [request.method.as_str(), "\n", &object.path, "\n", query] {
        hash.update(part);
    }
    for (name, value) in headers() {
        for part in ["\n", name, ":"] {
            hash.update(part);
        }
        // Blanks at the ends and all but one of several in a row do not count.
        let words = value.split(' ').filter(|word| !word.is_empty());
        for (place, word) in words.enumerate() {
            hash.update(if place > 0 { " " } else { "" });
            hash.update(word);
        }
    }
    hash.update("\n");
    for (place, (name, _)) in headers().enumerate() {
        hash.update(if place > 0 { ";" } else { "\n" });
        hash.update(name);
    }
    hash.update("\n");
    hash.update(payload);
    hash
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

/// Whole days since the Unix epoch.
fn day_of(now: SystemTime) -> u64 {
    unix_secs(now) / SECS_PER_DAY
}
