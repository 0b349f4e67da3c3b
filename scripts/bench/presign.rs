//! `npm run bench`: presigning alone, many times in a row and once a request.
#![cfg(target_arch = "wasm32")]

use std::time::{Duration, UNIX_EPOCH};

use edge_presigner::aws::{Credentials, EndpointVariant};
use edge_presigner::presign::{
    AddressingStyle, BucketUrl, Headers, Location, Query, S3Request, Signer,
};
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
    let keys = (access_key_id, secret_access_key, session_token);
    let Some(presigner) = presigner(keys, region, bucket, now_secs) else {
        return String::new();
    };
    let mut url = String::new();
    for _ in 0..count {
        url = presigner.presign(key, now_secs);
    }
    url
}

/// Presigns one URL at a time, with everything kept that URLs have in common.
#[wasm_bindgen]
pub struct Presigner {
    bucket: BucketUrl,
    signer: Signer,
}

#[wasm_bindgen]
impl Presigner {
    /// A presigner for `bucket`, for the day of `now_secs`; none for a place that is none.
    pub fn make(
        access_key_id: String,
        secret_access_key: String,
        session_token: String,
        region: &str,
        bucket: &str,
        now_secs: u32,
    ) -> Option<Presigner> {
        let keys = (access_key_id, secret_access_key, session_token);
        presigner(keys, region, bucket, now_secs)
    }

    /// The URL to GET `key`; empty where it cannot be signed.
    pub fn presign(&self, key: &str, now_secs: u32) -> String {
        let now = UNIX_EPOCH + Duration::from_secs(now_secs.into());
        let request = S3Request {
            method: Method::GET,
            object: self.bucket.object(key),
            query: Query::default(),
            headers: &Headers::NONE,
        };
        let presigned = self.signer.presign(&request, Duration::from_secs(300), now);
        presigned.unwrap_or_default()
    }
}

fn presigner(
    (access_key_id, secret_access_key, session_token): (String, String, String),
    region: &str,
    bucket: &str,
    now_secs: u32,
) -> Option<Presigner> {
    let location = Location {
        bucket,
        region,
        style: AddressingStyle::Auto,
        endpoint: None,
        variant: EndpointVariant::default(),
        accelerate: false,
    };
    let credentials = Credentials {
        access_key_id,
        secret_access_key: Secret::new(secret_access_key),
        session_token: Some(Secret::new(session_token)),
    };
    let now = UNIX_EPOCH + Duration::from_secs(now_secs.into());
    Some(Presigner {
        bucket: location.resolve().ok()?.bucket_url,
        signer: Signer::new(&credentials, region, now),
    })
}
