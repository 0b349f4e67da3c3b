//! `POST /sts`: [`AssumeRoleWithWebIdentity`][api] with a caller's token, for SDKs and tools that know STS alone. The role is
//! a profile, and what it grants are [credentials](super::credentials) of the caller's own.
//!
//! [api]: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html

use std::ops::RangeInclusive;
use std::time::Duration;

use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Response};
use percent_encoding::percent_decode_str;
use quick_xml::escape::escape;

use super::context::Context;
use crate::api::error::XML_NAMESPACE;
use crate::api::{Error, RequestError};
use crate::callers::{AuthError, Callers, JwtError, MAX_JWT_BYTES, Principal};
use crate::credentials::Session;
use crate::instant::rfc3339;
use crate::json::FieldError;
use crate::platform::{Background, Clock, Crypto, Platform};
use crate::presign::whole_number;
use crate::secret::Secret;

/// Longest body, in bytes: a token of the longest kind, and the other parameters.
pub const MAX_STS_BYTES: usize = 16 * 1024;

/// STS's bounds of `DurationSeconds`.
const DURATION_SECS: RangeInclusive<u64> = 900..=43_200;

/// The parameters of the action that are read.
#[derive(Clone, Debug)]
pub struct AssumeRole {
    role_arn: String,
    session_name: String,
    token: Secret,
    duration: Option<Duration>,
}

impl AssumeRole {
    /// Reads the form in `body`, and parameters in `query`.
    ///
    /// # Errors
    /// [`RequestError::UnsupportedAction`], and [`FieldError`] for a parameter that is missing, repeated, invalid or not
    /// supported.
    pub fn read(query: Option<&str>, body: &str) -> Result<Self, Error> {
        let form = Form::parse(&[query.unwrap_or_default(), body])?;
        match form.required("Action")? {
            "AssumeRoleWithWebIdentity" => {}
            "GetCallerIdentity" => {
                let reason =
                    "only STS itself can tell whose credentials these are: send this action to STS";
                return Err(RequestError::UnsupportedAction { reason }.into());
            }
            _ => {
                let reason = "Action: must be AssumeRoleWithWebIdentity";
                return Err(RequestError::UnsupportedAction { reason }.into());
            }
        }
        if let Some(name) = form.first_that_begins_with(&["Policy", "ProviderId"]) {
            let reason = "is not supported: the profile alone decides what the credentials can do";
            return Err(Error::field(name.to_owned(), reason));
        }
        let session_name = form.required("RoleSessionName")?;
        let is_of_name = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b);
        if !(2..=64).contains(&session_name.len()) || !session_name.bytes().all(is_of_name) {
            let reason = "must be 2 to 64 letters, digits and characters of _+=,.@-";
            return Err(Error::field("RoleSessionName", reason));
        }
        let token = form.required("WebIdentityToken")?.trim();
        if token.len() > MAX_JWT_BYTES {
            let reason = format!("must have at most {MAX_JWT_BYTES} bytes");
            return Err(Error::field("WebIdentityToken", reason));
        }
        let duration = form.get("DurationSeconds")?.map(|text| {
            let secs = whole_number(text).filter(|secs| DURATION_SECS.contains(secs));
            let (min, max) = (DURATION_SECS.start(), DURATION_SECS.end());
            let reason = format!("must be a number of seconds from {min} to {max}");
            secs.ok_or_else(|| FieldError::new("DurationSeconds", reason))
        });
        let duration = duration.transpose()?;
        Ok(Self {
            role_arn: form.required("RoleArn")?.to_owned(),
            session_name: session_name.to_owned(),
            token: Secret::new(token),
            duration: duration.map(Duration::from_secs),
        })
    }

    /// Whose token it is, by the rules of the callers. A bearer key is no token.
    ///
    /// # Errors
    /// [`AuthError`].
    pub async fn authenticate(
        &self,
        callers: &Callers,
        platform: &(impl Clock + Crypto + Background),
    ) -> Result<Principal, AuthError> {
        let bearer = HeaderValue::from_str(&format!("Bearer {}", self.token.expose()));
        let bearer = bearer.map_err(|_| AuthError::Jwt(JwtError::Malformed))?;
        let headers: HeaderMap = [(AUTHORIZATION, bearer)].into_iter().collect();
        let principal = callers.authenticate(None, &headers, platform).await?;
        match principal {
            Principal::Caller {
                claims: Some(_), ..
            } => Ok(principal),
            _ => Err(AuthError::NeitherKeyNorJwt),
        }
    }

    /// The profile in an ARN such as `arn:aws:iam::000000000000:role/reports`.
    fn profile(&self) -> Option<&str> {
        let parts: Vec<&str> = self.role_arn.splitn(6, ':').collect();
        let ["arn", partition, "iam", "", account, role] = parts.as_slice() else {
            return None;
        };
        let is_account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
        let role = role.strip_prefix("role/");
        role.filter(|role| is_account && !partition.is_empty() && !role.is_empty())
    }
}

impl<P: Platform> Context<'_, '_, P> {
    /// # Errors
    /// As [`Context::vend`], and [`FieldError`] for a role that is none.
    pub(crate) async fn assume_role(&self, asked: &AssumeRole) -> Result<Response<String>, Error> {
        let profile = asked.profile().ok_or_else(|| {
            let reason = "must be arn:aws:iam::000000000000:role/PROFILE, with a profile's name";
            Error::field("RoleArn", reason)
        })?;
        let duration = asked.duration.map(whole_quarters);
        let session = self.vend(profile, duration).await?;
        let mut response = Response::new(self.assumed(asked, profile, &session));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/xml"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(response)
    }

    fn assumed(&self, asked: &AssumeRole, profile: &str, session: &Session) -> String {
        let claims = match &self.principal {
            Principal::Caller { claims, .. } => claims.as_ref(),
            Principal::Link(_) | Principal::Anonymous => None,
        };
        let subject = claims.and_then(|it| it.subject()).unwrap_or_default();
        let audience = claims.map(|it| it.audience()).unwrap_or_default();
        let provider = claims.map(|it| it.issuer()).unwrap_or_default();
        let (name, credentials) = (&asked.session_name, &session.credentials);
        let token = credentials.session_token.as_ref();
        let elements = |all: &[(&str, &str)]| -> String {
            let one = |(name, text): &(&str, &str)| format!("<{name}>{}</{name}>", escape(*text));
            all.iter().map(one).collect()
        };
        let user = elements(&[
            (
                "Arn",
                &format!("arn:aws:sts::000000000000:assumed-role/{profile}/{name}"),
            ),
            ("AssumedRoleId", &format!("{profile}:{name}")),
        ]);
        let granted = elements(&[
            ("AccessKeyId", &credentials.access_key_id),
            ("SecretAccessKey", credentials.secret_access_key.expose()),
            ("SessionToken", token.map_or("", |token| token.expose())),
            ("Expiration", &rfc3339(session.expires_at)),
        ]);
        let more = elements(&[
            ("SubjectFromWebIdentityToken", subject),
            ("Audience", audience),
            ("Provider", provider),
        ]);
        let id = elements(&[("RequestId", self.platform.request_id())]);
        format!(
            r#"<AssumeRoleWithWebIdentityResponse xmlns="{XML_NAMESPACE}"><AssumeRoleWithWebIdentityResult><Credentials>{granted}</Credentials><AssumedRoleUser>{user}</AssumedRoleUser>{more}</AssumeRoleWithWebIdentityResult><ResponseMetadata>{id}</ResponseMetadata></AssumeRoleWithWebIdentityResponse>"#
        )
    }
}

/// `duration` in whole quarters of an hour, one at least, so that requests for about the same share credentials, and nobody makes
/// STS work by asking for a second more each time.
fn whole_quarters(duration: Duration) -> Duration {
    let quarter = *DURATION_SECS.start();
    let quarters = duration.as_secs().checked_div(quarter).unwrap_or_default();
    Duration::from_secs(quarters.max(1).saturating_mul(quarter))
}

/// A [form](https://url.spec.whatwg.org/#application/x-www-form-urlencoded), decoded.
struct Form(Vec<(String, String)>);

impl Form {
    fn parse(texts: &[&str]) -> Result<Self, FieldError> {
        let pairs = texts.iter().flat_map(|text| text.split('&'));
        let pairs = pairs.filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((decoded(name)?, decoded(value)?))
        });
        let pairs: Option<Vec<_>> = pairs.collect();
        let pairs = pairs.ok_or_else(|| FieldError::new("body", "is not a form in UTF-8"))?;
        Ok(Self(pairs))
    }

    /// The parameter `name`. One that is repeated is an error, because it is unclear which one counts.
    fn get(&self, name: &'static str) -> Result<Option<&str>, FieldError> {
        let mut values = self.0.iter().filter(|(known, _)| known == name);
        let value = values.next().map(|(_, value)| value.as_str());
        match values.next() {
            None => Ok(value),
            Some(_) => Err(FieldError::new(name, "must not be repeated")),
        }
    }

    fn required(&self, name: &'static str) -> Result<&str, FieldError> {
        let value = self.get(name)?;
        value.ok_or_else(|| FieldError::new(name, "is missing"))
    }

    fn first_that_begins_with(&self, beginnings: &[&'static str]) -> Option<&'static str> {
        let mut beginnings = beginnings.iter();
        let found = beginnings.find(|it| self.0.iter().any(|(name, _)| name.starts_with(**it)));
        found.copied()
    }
}

fn decoded(text: &str) -> Option<String> {
    let text = text.replace('+', " ");
    let decoded = percent_decode_str(&text).decode_utf8().ok()?;
    Some(decoded.into_owned())
}
