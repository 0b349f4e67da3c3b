//! The call as STS's [query protocol][api] wants it: a form in the body, because a token in a URL
//! would end up in logs.
//!
//! [api]: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html

use http::header::CONTENT_TYPE;
use http::uri::InvalidUri;
use http::{HeaderValue, Method, Request};

use crate::config::Role;
use crate::credentials::token::WebIdentityToken;
use crate::encode::query as encode;
use crate::presign::Endpoint;

/// The request to the STS endpoint `sts` that trades `token` for a session of `role`.
///
/// No `Accept` header is set: with one that asks for JSON some servers answer JSON.
///
/// # Errors
/// The endpoint does not form a URL, which reading the configuration rules out.
pub fn assume_role_with_web_identity(
    sts: &Endpoint,
    role: &Role,
    token: &WebIdentityToken,
) -> Result<Request<String>, InvalidUri> {
    let mut body = format!(
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn={}&RoleSessionName={}\
         &DurationSeconds={}&WebIdentityToken={}",
        encode(&role.arn),
        encode(&role.session_name),
        role.duration.as_secs(),
        encode(token.jwt.expose()),
    );
    if let Some(policy) = &role.policy {
        body.push_str(&format!("&Policy={}", encode(policy)));
    }
    for (n, arn) in (1_u32..).zip(&role.policy_arns) {
        body.push_str(&format!("&PolicyArns.member.{n}.arn={}", encode(arn)));
    }
    let mut request = Request::new(body);
    *request.method_mut() = Method::POST;
    *request.uri_mut() = sts.url().parse()?;
    request.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/x-www-form-urlencoded"),
    );
    Ok(request)
}
