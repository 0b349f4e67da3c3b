//! [Signature Version 4][spec] in the header of a form that is posted to a service other than S3.
//!
//! [spec]: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html

use std::time::SystemTime;

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method, Request};
use sha2::{Digest, Sha256};

use super::{Credentials, Endpoint};
use crate::encode;
use crate::instant::amz_date;

/// The type of a form.
const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// Length of the date that [`amz_date`] begins with.
const DATE_CHARS: usize = 8;

/// The request that posts `form` to `service` at `endpoint` in `region`, signed with `credentials` at `now`.
///
/// `None` when the endpoint is not a URL, or the session token not a header's value, which its reader rules out.
pub fn signed_post(
    endpoint: &Endpoint,
    (service, region): (&str, &str),
    form: String,
    credentials: &Credentials,
    now: SystemTime,
) -> Option<Request<String>> {
    let amz_date = amz_date(now);
    let date = amz_date.get(..DATE_CHARS)?;
    let token = credentials.session_token.as_ref();
    let token = token.map(|token| ("x-amz-security-token", token.expose()));
    // In the order of their names, as they are signed.
    let own = [
        ("content-type", FORM),
        ("host", &endpoint.authority),
        ("x-amz-date", &amz_date),
    ];
    let headers: Vec<(&str, &str)> = own.into_iter().chain(token).collect();
    let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let lines: Vec<String> = headers
        .iter()
        .map(|(name, value)| format!("{name}:{value}\n"))
        .collect();
    let lines = lines.concat();
    let path = &endpoint.path;
    let payload = encode::hash(Sha256::digest(&form));
    let canonical = format!("POST\n{path}/\n\n{lines}\n{names}\n{payload}");
    let scope = format!("{date}/{region}/{service}/aws4_request");
    let canonical = encode::hash(Sha256::digest(canonical));
    let to_sign = format!("AWS4-HMAC-SHA256\n{amz_date}\n{scope}\n{canonical}");
    let key = generate_signing_key(credentials.secret_access_key.expose(), now, region, service);
    let signature = calculate_signature(key, to_sign.as_bytes());
    let id = &credentials.access_key_id;
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}"
    );
    let mut request = Request::new(form);
    *request.method_mut() = Method::POST;
    *request.uri_mut() = endpoint.url().parse().ok()?;
    let sent = request.headers_mut();
    sent.insert(CONTENT_TYPE, HeaderValue::from_static(FORM));
    sent.insert(AUTHORIZATION, authorization.parse().ok()?);
    sent.insert(
        HeaderName::from_static("x-amz-date"),
        amz_date.parse().ok()?,
    );
    if let Some((name, token)) = token {
        sent.insert(HeaderName::from_static(name), token.parse().ok()?);
    }
    Some(request)
}
