//! Whether the bucket of a profile lets browsers in.

use http::header::{
    ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ETAG, ORIGIN,
};
use http::{HeaderName, HeaderValue, Method, Request, Response};

use super::budget::{Budget, LEFT_OUT, LIMITS};
use super::report::{Check, Step};
use super::s3::absent_key;
use crate::platform::{Clock, Entropy, Http, HttpError};
use crate::presign::Operation;
use crate::profiles::Profile;

/// What stands for an origin where a profile lets all in.
const ANY_ORIGIN: &str = "https://origin.example";

const FIX: &str = "give the bucket its CORS rules in `iam`: `aws s3api put-bucket-cors`";

/// Asks the bucket of `profile` as a browser would; nothing for a profile without origins.
pub(super) async fn check<'c>(
    profile: &'c Profile,
    budget: &Budget,
    platform: &(impl Http + Clock + Entropy),
) -> Option<Step<'c>> {
    let origin = profile.cors_origins.0.first()?;
    let origin = if origin == "*" { ANY_ORIGIN } else { origin };
    if !budget.allows_call(platform) {
        return Some(Step::skipped(Check::Cors, LEFT_OUT).of(&profile.name));
    }
    // Uploads need the most.
    let uploads = [Operation::PutObject, Operation::UploadPart];
    let upload = uploads
        .into_iter()
        .find(|it| profile.operations.contains(it));
    let operation = upload.or_else(|| profile.operations.first().copied())?;
    let method = operation.method();
    let key = absent_key(profile, operation, platform);
    let url = profile.bucket_url.object(&key).to_string();
    let response = match preflight(&url, origin, &method) {
        Some(preflight) => platform.send(preflight, LIMITS).await,
        None => Err(HttpError::Connection),
    };
    let step = match response {
        Ok(response) if lets_in(&response, origin, &method) => {
            if profile.uppy.is_some() && hides_etag(&response, profile) {
                let seen = format!(
                    "scripts of {origin} cannot read ETag: Uppy waits for ever at its first part"
                );
                return Some(Step::warning(Check::Cors, seen, FIX).of(&profile.name));
            }
            Step::ok(Check::Cors, format!("{method} is open to {origin}"))
        }
        Ok(response) => {
            let status = response.status().as_u16();
            let seen =
                format!("{method} is not open to {origin}: HTTP status {status} to a preflight");
            Step::failure(Check::Cors, seen, FIX)
        }
        Err(error) => Step::warning(Check::Cors, error.to_string(), "check the endpoint of S3"),
    };
    Some(step.of(&profile.name))
}

/// The [request][request] that a browser sends first.
///
/// [request]: https://fetch.spec.whatwg.org/#cors-preflight-request
fn preflight(url: &str, origin: &str, method: &Method) -> Option<Request<String>> {
    let mut request = Request::new(String::new());
    *request.method_mut() = Method::OPTIONS;
    *request.uri_mut() = url.parse().ok()?;
    let headers = request.headers_mut();
    headers.insert(ORIGIN, HeaderValue::from_str(origin).ok()?);
    let method = HeaderValue::from_str(method.as_str()).ok()?;
    headers.insert(ACCESS_CONTROL_REQUEST_METHOD, method);
    Some(request)
}

/// Whether a browser would send the request after this [response][check].
///
/// [check]: https://fetch.spec.whatwg.org/#cors-preflight-fetch
fn lets_in(response: &Response<String>, origin: &str, method: &Method) -> bool {
    let allowed = header(response, ACCESS_CONTROL_ALLOW_ORIGIN);
    let mut methods = list(response, ACCESS_CONTROL_ALLOW_METHODS);
    response.status().is_success()
        && (allowed == "*" || allowed == origin)
        && methods.any(|allowed| allowed == "*" || allowed == method.as_str())
}

/// Whether scripts may not read the `ETag` of a response. S3 says [already here][options] what they may read; of other servers,
/// one that says nothing may still do so later.
///
/// [options]: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTOPTIONSobject.html
fn hides_etag(response: &Response<String>, profile: &Profile) -> bool {
    let says = response
        .headers()
        .contains_key(ACCESS_CONTROL_EXPOSE_HEADERS);
    let mut exposed = list(response, ACCESS_CONTROL_EXPOSE_HEADERS);
    let shows = exposed.any(|name| name == "*" || name.eq_ignore_ascii_case(ETAG.as_str()));
    !shows && (says || profile.bucket_url.is_aws())
}

fn list(response: &Response<String>, name: HeaderName) -> impl Iterator<Item = &str> {
    header(response, name).split(',').map(str::trim)
}

fn header(response: &Response<String>, name: HeaderName) -> &str {
    let value = response.headers().get(name);
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}
