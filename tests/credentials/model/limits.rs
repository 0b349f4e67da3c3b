//! How long a request waits that needs several roles.

use std::cell::RefCell;
use std::rc::Rc;

use http::{Method, Response};
use serde_json::json;

use super::world::{Faults, Isolate, Runtime, StsFault, World};
use crate::support::{bindings_with, json as body, request, secs, with_key};
use edge_presigner::instant::left_until;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// The answer to `method` `path` by a worker with three roles whose STS hangs; not later than after 10 s.
fn answer_of_three_roles(method: Method, path: &str, content: &str) -> Response<String> {
    let profile = |n| {
        json!({"bucket": "bucket", "keyPrefix": "", "callers": ["app"], "operations": ["getObject"],
            "maxLifetimeSecs": 900, "roleArn": format!("arn:aws:iam::123456789012:role/r{n}")})
    };
    let profiles = json!({"p0": profile(0), "p1": profile(1), "p2": profile(2)}).to_string();
    let world = World::new(21);
    world.faults.set(Faults {
        sts: Some(StsFault::Hangs),
        ..Faults::default()
    });
    let runtime = Runtime {
        isolate: Isolate::new(0, &bindings_with(&[("PROFILES", &profiles)])),
        world: Rc::clone(&world),
    };
    let asked = with_key(request(method, path, content));
    let begun = world.clock.now();
    let answer = Rc::new(RefCell::new(None));
    let place = Rc::clone(&answer);
    world.clock.spawn(async move {
        let response = runtime.isolate.service.handle(asked, &runtime).await;
        let took = left_until(runtime.world.clock.now(), begun);
        let calls = runtime.world.sts_calls.get();
        place.replace(Some((response, took, calls)));
    });
    world.clock.run_until(begun + secs(60));
    let (response, took, calls) = answer.take().unwrap();
    // Three calls of 3 s each, at the same time.
    assert!(secs(9) <= took && took <= secs(10), "{took:?}");
    assert_eq!(calls, 9, "for every role");
    response
}

#[test]
fn a_batch_over_three_roles_whose_sts_hangs_waits_for_them_at_the_same_time() {
    let item = |n| json!({"profile": format!("p{n}"), "operation": "getObject", "key": "k"});
    let items = json!({"items": [item(0), item(1), item(2)]}).to_string();
    let answer = body(&answer_of_three_roles(
        Method::POST,
        "/v1/sign/batch",
        &items,
    ));
    for item in answer["items"].as_array().unwrap() {
        assert_eq!(item["problem"]["status"], 503, "{item}");
    }
}

#[test]
fn readiness_of_three_roles_whose_sts_hangs_is_known_after_as_long_as_that_of_one() {
    let answer = answer_of_three_roles(Method::GET, "/readyz", "");
    assert_eq!(answer.status(), 503);
}
