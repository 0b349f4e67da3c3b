//! Public keys, and the names that come from them.

use crate::support::jose::{RFC7515_P256, RFC7515_RSA};
use edge_presigner::json::Object;
use edge_presigner::oidc::jwk::PublicJwk;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn thumbprint(jwk: &str) -> String {
    let jwk = Object::parse(jwk).unwrap();
    PublicJwk::read(&jwk).unwrap().thumbprint()
}

/// The key and the thumbprint of [RFC 7638](https://www.rfc-editor.org/rfc/rfc7638#section-3.1).
#[test]
fn the_thumbprint_is_that_of_rfc_7638() {
    let jwk = r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#;
    assert_eq!(
        thumbprint(jwk),
        "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    );
}

/// The expected values are what `calculateJwkThumbprint` of the npm package jose returns; that of the Ed25519 key stands in
/// [RFC 8037](https://www.rfc-editor.org/rfc/rfc8037#appendix-A.3).
#[test]
fn each_type_of_key_has_the_thumbprint_that_others_compute() {
    let ed25519 =
        r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    for (jwk, expected) in [
        (RFC7515_RSA, "IsUn6_e04MaShXFIISMp4kG62LWzMIPy_MvSA5pJgX8"),
        (RFC7515_P256, "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"),
        (ed25519, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"),
    ] {
        assert_eq!(thumbprint(jwk), expected);
    }
}
