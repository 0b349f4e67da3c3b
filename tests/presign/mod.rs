//! What is signed, and how: URLs, forms and headers.

mod authorization;
mod header_rules;
mod location;
mod operation;
mod parameters;
mod post_policy;
mod signature;
mod signer;
mod store_rules;
mod upload_limit;

use std::collections::BTreeSet;

use edge_presigner::aws::{Credentials, EndpointVariant};
use edge_presigner::presign::{AddressingStyle, BucketUrl, Headers, Location, Query, S3Request};
use edge_presigner::secret::Secret;
use http::Method;

fn credentials(id: &str, secret: &str, token: Option<&str>) -> Credentials {
    Credentials {
        access_key_id: id.to_owned(),
        secret_access_key: Secret::new(secret),
        session_token: token.map(Secret::new),
    }
}

fn style(name: &str) -> AddressingStyle {
    match name {
        "auto" => AddressingStyle::Auto,
        "virtual" => AddressingStyle::Virtual,
        "path" => AddressingStyle::Path,
        other => panic!("{other}"),
    }
}

/// A bucket where AWS has it, with no wishes.
fn plain<'a>(bucket: &'a str, region: &'a str) -> Location<'a> {
    Location {
        bucket,
        region,
        style: AddressingStyle::Auto,
        endpoint: None,
        variant: EndpointVariant::default(),
        accelerate: false,
    }
}

/// The bucket `bucket` of `region`.
fn bucket(region: &str, style: AddressingStyle) -> BucketUrl {
    let location = Location {
        style,
        ..plain("bucket", region)
    };
    location.resolve().unwrap().bucket_url
}

static NO_HEADERS: Headers = Headers::NONE;

/// `method` on `key` with no parameter and no header.
fn bare<'a>(method: Method, bucket: &'a BucketUrl, key: &str) -> S3Request<'a> {
    S3Request {
        method,
        object: bucket.object(key),
        query: Query::default(),
        headers: &NO_HEADERS,
    }
}

/// Everything before the query, and the query's pairs in any order.
fn parts(url: &str) -> (&str, BTreeSet<&str>) {
    let (object, query) = url.split_once('?').unwrap();
    (object, query.split('&').collect())
}
