//! The request in STS's [query protocol][api]. The parameters are in the body, because a token in a URL would end
//! up in logs.
//!
//! [api]: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html

use http::header::CONTENT_TYPE;
use http::uri::InvalidUri;
use http::{HeaderValue, Method, Request};

use super::{Role, WebIdentityToken};
use crate::aws::Endpoint;
use crate::encode::query as encode;

/// The action.
pub const ACTION: &str = "AssumeRoleWithWebIdentity";

/// The request to the endpoint `sts` that exchanges `token` for credentials of `role`.
///
/// It has no `Accept` header, because some servers would answer in JSON.
///
/// # Errors
/// The endpoint is not a URL, which the configuration rules out.
pub fn assume_role_with_web_identity(
    sts: &Endpoint,
    role: &Role,
    token: &WebIdentityToken,
) -> Result<Request<String>, InvalidUri> {
    let mut body = format!(
        "Action={ACTION}&Version=2011-06-15&RoleArn={}&RoleSessionName={}\
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
