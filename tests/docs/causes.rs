//! The causes of refusals.

use edge_presigner::aws::{Cause, ServiceError};
use edge_presigner::platform::HttpError;
use edge_presigner::{s3, sts};
use http::StatusCode;

use super::code;
use super::table::{Row, hold};

const TROUBLESHOOTING: &str = "docs/troubleshooting.md";

const HEADING: [&str; 3] = ["Cause", "What AWS says", "Why, and what to do"];

/// The failures that have the same names for every service.
fn without_refusal<C>() -> Vec<(ServiceError<C>, &'static str)> {
    vec![
        (
            ServiceError::InvalidResponse {
                status: StatusCode::OK,
            },
            "An answer that is neither what was asked for nor an error",
        ),
        (
            ServiceError::NoResponse(HttpError::BodyTooLarge),
            "A far too long answer",
        ),
        (
            ServiceError::NoResponse(HttpError::Timeout),
            "No answer in time",
        ),
        (
            ServiceError::NoResponse(HttpError::Connection),
            "No connection",
        ),
    ]
}

fn row(name: &str, signs: &[String], advice: &str) -> Row {
    vec![code(name), signs.join("; "), advice.to_owned()]
}

fn codes(codes: &[&str]) -> Option<String> {
    let codes: Vec<String> = codes.iter().map(|it| code(it)).collect();
    (!codes.is_empty()).then(|| codes.join(", "))
}

fn others<C: Cause>(advice: impl Fn(&ServiceError<C>) -> &'static str) -> Vec<Row> {
    let others = without_refusal().into_iter();
    let rows =
        others.map(|(error, sign)| row(error.cause_name(), &[sign.to_owned()], advice(&error)));
    rows.collect()
}

fn also(sign: &str) -> Option<String> {
    (!sign.is_empty()).then(|| sign.to_owned())
}

#[test]
fn the_causes_of_sts_are_those_of_the_code() {
    let mut rows: Vec<Row> = Vec::new();
    for cause in sts::Cause::ALL {
        let messages = sts::Cause::MESSAGES.iter().filter(|(_, of)| of == cause);
        let messages: Vec<String> = messages.map(|(text, _)| format!("“{text}”")).collect();
        let identity = "`InvalidIdentityToken` with";
        let messages =
            (!messages.is_empty()).then(|| format!("{identity} {}", messages.join(" or ")));
        let signs = [codes(cause.codes()), messages, also(cause.other_signs())];
        let signs: Vec<String> = signs.into_iter().flatten().collect();
        rows.push(row(cause.name(), &signs, cause.advice()));
    }
    rows.extend(others(sts::failure::advice));
    hold(TROUBLESHOOTING, "sts-causes", &HEADING, &rows);
}

#[test]
fn the_causes_of_s3_are_those_of_the_code() {
    let mut rows: Vec<Row> = Vec::new();
    for cause in s3::Cause::ALL {
        let signs = [codes(cause.codes()), also(cause.other_signs())];
        let signs: Vec<String> = signs.into_iter().flatten().collect();
        rows.push(row(cause.name(), &signs, cause.advice()));
    }
    rows.extend(others(s3::failure::advice));
    hold(TROUBLESHOOTING, "s3-causes", &HEADING, &rows);
}
