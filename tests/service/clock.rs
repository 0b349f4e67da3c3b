//! One service for days.

use crate::support::{Fake, SIGN, json, ready, secs, service, sign};
use http::Response;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_url_follows_the_clock_past_midnight() {
    let (service, fake) = (service(), Fake::new());
    let day = |response: Response<String>| {
        let url = json(&response)["url"].as_str().unwrap().to_owned();
        url.split_once("X-Amz-Date=").unwrap().1[..8].to_owned()
    };
    fake.grants.set(secs(43_200));
    assert_eq!(day(ready(service.handle(sign(SIGN), &fake))), "20260301");
    fake.pass(secs(12 * 3600 - 1000));
    assert_eq!(day(ready(service.handle(sign(SIGN), &fake))), "20260301");
    fake.pass(secs(1000));
    assert_eq!(day(ready(service.handle(sign(SIGN), &fake))), "20260302");
}
