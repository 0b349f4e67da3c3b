//! What holds where nothing is said.

use std::time::Duration;

use super::read;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn defaults_are_those_of_aws() {
    let config = read(&[]).unwrap();
    let [provider] = config.providers.as_slice() else {
        panic!("{config:?}")
    };
    let role = provider.role.as_ref().unwrap();
    assert_eq!(role.session_name, "edge-presigner");
    assert_eq!(role.duration, Duration::from_secs(3600));
    assert_eq!(
        provider.sts.url(),
        "https://sts.eu-central-1.amazonaws.com/"
    );
    let avatars = config
        .profiles
        .iter()
        .find(|profile| profile.name == "avatars")
        .unwrap();
    assert_eq!(avatars.default_lifetime, Duration::from_secs(300));
    assert_eq!(
        avatars.bucket_url.bucket().to_string(),
        "https://bucket.s3.eu-central-1.amazonaws.com/"
    );
    assert_eq!(avatars.region, "eu-central-1");
    let public = config
        .profiles
        .iter()
        .find(|profile| profile.name == "public")
        .unwrap();
    assert_eq!(public.region, "us-east-1");
    assert_eq!(
        public.bucket_url.bucket().to_string(),
        "https://bucket.s3.us-east-1.amazonaws.com/"
    );
    assert_eq!(
        public.default_lifetime,
        Duration::from_secs(60),
        "never above the longest"
    );
}

#[test]
fn the_region_falls_back_to_aws_default_region() {
    let changes = [("AWS_REGION", ""), ("AWS_DEFAULT_REGION", "ap-southeast-2")];
    assert_eq!(read(&changes).unwrap().profiles[0].region, "ap-southeast-2");
}
