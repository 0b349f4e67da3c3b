//! Every row of the tables of causes is seen by its name in all five places: the problem, the log, `/readyz`, the doctor,
//! and the documentation.

use super::*;
use edge_presigner::aws::{Cause as _, ServiceError};
use edge_presigner::platform::HttpError;
use edge_presigner::sts::{Cause, StsError};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const DOCUMENTATION: &str = include_str!("../../../docs/troubleshooting.md");

type Answer = Result<Response<String>, HttpError>;

fn refused(status: u16, code: &str, message: &str) -> Response<String> {
    let body = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
    answer(status, &body)
}

fn invalid(message: &str) -> Response<String> {
    refused(400, "InvalidIdentityToken", message)
}

/// What STS says, by cause. Messages are those of public reports or AWS's documentation; see `tests/sts/failure.rs`.
fn refusals() -> Vec<(Cause, Response<String>)> {
    let ended = granted(9, noon());
    let unreadable = Response::new(
        granted(9, noon())
            .into_body()
            .replace("2026-03-01T12:00:00Z", "soon"),
    );
    let too_long = "1 validation error detected: Value at 'webIdentityToken' failed to satisfy constraint: Member must have \
                    length less than or equal to 20000";
    vec![
        (
            Cause::IssuerUnreachable,
            invalid("Couldn't retrieve verification key from your identity provider"),
        ),
        (
            Cause::ThumbprintMismatch,
            invalid(
                "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint",
            ),
        ),
        (
            Cause::NoSuchProvider,
            invalid("No OpenIDConnect provider found in your account for https://issuer.example"),
        ),
        (Cause::IssuerNotUrl, invalid("Issuer must be a valid URL")),
        (
            Cause::AudienceNotRegistered,
            invalid("Incorrect token audience"),
        ),
        (
            Cause::MissingClaim,
            invalid("Missing a required claim: sub"),
        ),
        (
            Cause::NotAJwt,
            invalid("The ID Token provided is not a valid JWT."),
        ),
        (Cause::TokenPremature, invalid("Token issued in the future")),
        (
            Cause::TokenExpired,
            refused(400, "ExpiredTokenException", "Token expired"),
        ),
        (
            Cause::TokenRejected,
            invalid("The web identity token provided could not be validated"),
        ),
        (
            Cause::TokenRejectedByIssuer,
            refused(403, "IDPRejectedClaim", ""),
        ),
        (
            Cause::RoleDenied,
            refused(403, "AccessDenied", "Not authorized"),
        ),
        // Codes are those of the API's model in botocore.
        (
            Cause::ScopingDenied,
            refused(
                403,
                "AccessDenied",
                "User: arn:aws:sts::1:assumed-role/a/b is not authorized to perform: sts:GetScopedCredentials",
            ),
        ),
        (
            Cause::SessionTooShort,
            refused(400, "InsufficientSessionLifetime", ""),
        ),
        (
            Cause::SessionRevoked,
            refused(400, "InvalidSubjectCredentials", ""),
        ),
        (
            Cause::DurationTooLong,
            refused(
                400,
                "ValidationError",
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            ),
        ),
        (
            Cause::TokenTooLong,
            refused(400, "ValidationError", too_long),
        ),
        (
            Cause::InvalidRequest,
            refused(400, "ValidationError", "Request ARN is invalid"),
        ),
        (
            Cause::MalformedPolicy,
            refused(400, "MalformedPolicyDocument", ""),
        ),
        (
            Cause::PolicyTooLarge,
            refused(400, "PackedPolicyTooLarge", ""),
        ),
        (Cause::SessionEnded, ended),
        (Cause::UnreadableExpiration, unreadable),
        (
            Cause::RegionDisabled,
            refused(403, "RegionDisabledException", ""),
        ),
        (
            Cause::Throttled,
            refused(400, "Throttling", "Rate exceeded"),
        ),
        (Cause::ServerFault, answer(503, "")),
        (Cause::Other, refused(400, "SomethingNew", "")),
    ]
}

/// What else can come of a call to STS.
fn others() -> Vec<(StsError, Answer)> {
    let no_response = |error| (ServiceError::NoResponse(error), Err(error));
    let foreign = answer(200, "<html>");
    vec![
        (
            ServiceError::InvalidResponse {
                status: foreign.status(),
            },
            Ok(foreign),
        ),
        no_response(HttpError::Timeout),
        no_response(HttpError::Connection),
        no_response(HttpError::BodyTooLarge),
    ]
}

/// STS gives this answer from now on.
fn world_where_sts_says(said: &Answer) -> Fake {
    let fake = world();
    for _ in 0..9 {
        fake.will_answer(said.clone());
    }
    fake
}

fn is_named_everywhere(name: &str, advice: &str, said: &Answer) {
    let (service, fake) = (service(), world_where_sts_says(said));
    let asked = support::sign(&support::SIGN.replace("avatars", "docs"));
    let problem = body_of(&ready(service.handle(asked, &fake)));
    assert_eq!(problem["cause"], name, "{problem}");
    assert_eq!(problem["detail"], advice);

    let log = fake.log.borrow().join("\n");
    assert!(
        log.contains(r#""event":"stsFailed""#) && log.contains(&format!(r#""cause":"{name}""#)),
        "{log}"
    );

    let asked = with_key(request(Method::GET, "/readyz", ""));
    let readiness = body_of(&ready(service.handle(asked, &fake)));
    assert_eq!(
        readiness["roles"][0]["lastFailure"]["cause"], name,
        "{readiness}"
    );

    let fresh = world_where_sts_says(said);
    let report = examine_now(&service, &fresh);
    let step = step(&report, "sts");
    assert_eq!(
        (&step["status"], &step["cause"], &step["fix"]),
        (&json!("failure"), &json!(name), &json!(advice))
    );
    assert!(
        fresh
            .log
            .borrow()
            .join("\n")
            .contains(&format!(r#""cause":"{name}""#))
    );

    let mut rows = DOCUMENTATION
        .lines()
        .skip_while(|line| !line.contains("table: sts-causes"));
    let row = rows.find(|line| line.starts_with(&format!("| `{name}` |")));
    assert!(
        row.is_some_and(|row| row.ends_with(&format!("| {advice} |"))),
        "{name}: {row:?}"
    );
}

#[test]
fn every_refusal_of_sts_is_named_in_the_problem_the_log_readyz_the_doctor_and_the_documentation() {
    let refusals = refusals();
    let covered: Vec<Cause> = refusals.iter().map(|(cause, _)| *cause).collect();
    assert_eq!(covered, Cause::ALL, "no row of the table is left out");
    for (cause, said) in refusals {
        is_named_everywhere(cause.name(), cause.advice(), &Ok(said));
    }
    for (error, said) in others() {
        let advice = edge_presigner::sts::failure::advice(&error);
        is_named_everywhere(error.cause_name(), advice, &said);
    }
}

#[test]
fn names_are_unique_and_in_kebab_case() {
    let mut names: Vec<&str> = Cause::ALL.iter().map(|cause| cause.name()).collect();
    names.extend(others().iter().map(|(error, _)| error.cause_name()));
    for name in &names {
        assert!(
            name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'),
            "{name}"
        );
    }
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}
