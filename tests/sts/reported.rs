//! A failure that one isolate reports to another arrives as it was.

use edge_presigner::aws::{Cause as _, Refusal};
use edge_presigner::platform::HttpError;
use edge_presigner::sts::{Cause, StsError, from_report, report};
use http::StatusCode;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn refusals() -> impl Iterator<Item = StsError> {
    let texts = [
        (None, ""),
        (Some("c6104cbe-af31-11e0-8154-cbc7ccf896c7"), "one line"),
        (None, "of\nseveral\n\nlines\n"),
    ];
    Cause::ALL.iter().flat_map(move |cause| {
        texts.map(|(request_id, message)| {
            StsError::Refused(Refusal {
                cause: *cause,
                status: StatusCode::FORBIDDEN,
                code: "AccessDenied".to_owned(),
                request_id: request_id.map(str::to_owned),
                message: message.to_owned(),
                region: None,
            })
        })
    })
}

#[test]
fn every_failure_of_sts_arrives_as_it_was() {
    let unusable = Cause::ALL.iter().map(|cause| StsError::Unusable {
        status: StatusCode::OK,
        cause: *cause,
    });
    let foreign = [200, 307, 404, 429, 500, 503].map(|status| StsError::InvalidResponse {
        status: StatusCode::from_u16(status).unwrap(),
    });
    let unanswered = [
        HttpError::Timeout,
        HttpError::Connection,
        HttpError::BodyTooLarge,
    ];
    let unanswered = unanswered.map(StsError::NoResponse);
    let all = refusals().chain(unusable).chain(foreign).chain(unanswered);
    for error in all {
        assert_eq!(from_report(&report(&error)), error);
    }
}

#[test]
fn a_refusal_for_a_cause_that_only_a_newer_version_knows_is_of_another_cause() {
    let StsError::Refused(refusal) = from_report("400\nunheard-of\nNewCode\nid\nmessage") else {
        panic!("not a refusal");
    };
    assert_eq!(
        (refusal.cause, refusal.code.as_str()),
        (Cause::Other, "NewCode")
    );
    assert!(!refusal.cause.is_transient());
}

#[test]
fn what_is_no_report_counts_as_a_connection_that_failed() {
    for text in ["", "\n", "x", "99999\nthrottled\n\n\n", "\n\n\n\n\n\n"] {
        let failed = StsError::NoResponse(HttpError::Connection);
        assert_eq!(from_report(text), failed, "{text:?}");
    }
}
