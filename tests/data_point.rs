//! Data points: what is written, and at which place. Queries rely on the places.

use crate::support::{Fake, SIGN, answer, ready, service, service_with, sign};
use edge_presigner::service::Service;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn bound() -> Service {
    service_with(&[("ANALYTICS", "{}"), ("LOG_REQUESTS", "none")])
}

/// The points with this name in `blob6`.
fn points(fake: &Fake, event: &str) -> Vec<Value> {
    let points = fake.points.borrow();
    let points = points
        .iter()
        .map(|point| serde_json::from_str::<Value>(point).unwrap());
    points.filter(|it| it["blobs"][5] == event).collect()
}

#[test]
fn a_request_is_a_data_point_where_analytics_engine_is_bound() {
    let fake = Fake::new();
    ready(service().handle(sign(SIGN), &fake));
    assert!(points(&fake, "request").is_empty());
    let bound = bound();
    ready(bound.handle(sign(SIGN), &fake));
    ready(bound.handle(sign(&SIGN.replace("avatars", "nothing")), &fake));
    assert_eq!(
        points(&fake, "request"),
        [
            json!({
                "indexes": ["app"],
                "blobs": ["app", "avatars", "getObject", "ok", "kv", "request", "info", "", ""],
                "doubles": [200, 0, 0, 0],
            }),
            json!({
                "indexes": ["app"],
                "blobs": ["app", "", "getObject", "not-allowed", "", "request", "warn", "", ""],
                "doubles": [403, 0, 0, 0],
            }),
        ]
    );
}

#[test]
fn a_failure_of_sts_is_a_data_point_with_its_cause_and_so_is_its_request() {
    let fake = Fake::new();
    fake.will_answer(Ok(answer(403, "<Error><Code>AccessDenied</Code></Error>")));
    ready(bound().handle(sign(SIGN), &fake));
    assert_eq!(
        points(&fake, "stsFailed"),
        [json!({
            "indexes": ["stsFailed"],
            "blobs": ["", "", "", "", "", "stsFailed", "error", "role-denied", ""],
            "doubles": [0, 0, 0, 0],
        })]
    );
    let request = &points(&fake, "request")[0];
    assert_eq!(
        request["blobs"],
        json!([
            "app",
            "avatars",
            "getObject",
            "sts-refused",
            "",
            "request",
            "error",
            "role-denied",
            ""
        ])
    );
}

#[test]
fn a_failure_of_kv_is_a_data_point() {
    let fake = Fake::new();
    fake.kv_reads_fail.set(true);
    ready(bound().handle(sign(SIGN), &fake));
    let failed = points(&fake, "kvReadFailed");
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0]["indexes"], json!(["kvReadFailed"]));
    assert_eq!(failed[0]["blobs"][6], "warn");
}

/// At most twenty blobs, twenty doubles and one index of 96 bytes, by
/// <https://developers.cloudflare.com/analytics/analytics-engine/limits/>.
#[test]
fn a_data_point_keeps_to_the_limits_of_analytics_engine() {
    let fake = Fake::new();
    ready(bound().handle(sign(SIGN), &fake));
    for point in fake.points.borrow().iter() {
        let point: Value = serde_json::from_str(point).unwrap();
        assert!(point["blobs"].as_array().unwrap().len() <= 20);
        assert!(point["doubles"].as_array().unwrap().len() <= 20);
        assert_eq!(point["indexes"].as_array().unwrap().len(), 1);
    }
}
