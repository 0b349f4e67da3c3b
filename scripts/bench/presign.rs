//! `npm run bench`: presigning alone, many times in a row.
#![cfg(target_arch = "wasm32")]

use std::time::{Duration, UNIX_EPOCH};

use edge_presigner::aws::{Credentials, EndpointVariant};
use edge_presigner::presign::{AddressingStyle, Headers, Location, Query, S3Request, Signer};
use edge_presigner::secret::Secret;
use http::Method;
use wasm_bindgen::prelude::wasm_bindgen;

/// Presigns a GET of `key` in `bucket`, `count` times, and gives the last URL; an empty one for a place that is
/// none.
#[wasm_bindgen]
#[allow(clippy::too_many_arguments)]
pub fn presign(
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    region: &str,
    bucket: &str,
    key: &str,
    now_secs: u32,
    count: u32,
) -> String {
    let location = Location {
        bucket,
        region,
        style: AddressingStyle::Auto,
        endpoint: None,
        variant: EndpointVariant::default(),
        accelerate: false,
    };
    let Ok(place) = location.resolve() else {
        return String::new();
    };
    let credentials = Credentials {
        access_key_id,
        secret_access_key: Secret::new(secret_access_key),
        session_token: Some(Secret::new(session_token)),
    };
    let now = UNIX_EPOCH + Duration::from_secs(now_secs.into());
    let signer = Signer::new(&credentials, region, now);
    let mut url = String::new();
    for _ in 0..count {
        let request = S3Request {
            method: Method::GET,
            object: place.bucket_url.object(key),
            query: Query::default(),
            headers: &Headers::NONE,
        };
        let presigned = signer.presign(&request, Duration::from_secs(300), now);
        url = presigned.unwrap_or_default();
    }
    url
}
