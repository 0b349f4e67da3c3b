//! The worker as an OIDC issuer of its own.

mod jwk;
mod mint;
mod signing_key;

use crate::support::jose::RFC7515_P256;
use edge_presigner::oidc::{OwnIssuer, signing_keys};

/// The issuer of the first key in `secret`.
fn issuer(secret: &str) -> OwnIssuer {
    let mut keys = signing_keys(secret).unwrap().into_iter();
    OwnIssuer {
        url: "https://sign.example.com/oidc".to_owned(),
        path: "/oidc".to_owned(),
        subject: "edge-presigner".to_owned(),
        audience: "sts.amazonaws.com".to_owned(),
        key: keys.next().unwrap(),
        other_keys: keys.collect(),
    }
}

fn p256() -> OwnIssuer {
    issuer(RFC7515_P256)
}
