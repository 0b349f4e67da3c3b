//! The tokens that are signed for STS.

use super::{issuer, p256};
use crate::support::jose::{self, RFC7515_P256, RFC7515_RSA};
use crate::support::{Fake, NOON_SECS, noon, ready, secs};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use edge_presigner::oidc::OwnIssuer;
use edge_presigner::platform::SignatureAlgorithm;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn mint(issuer: &OwnIssuer) -> String {
    let (jwt, _) = ready(issuer.mint(&Fake::new())).unwrap();
    jwt.expose().to_owned()
}

fn part(jwt: &str, n: usize) -> Vec<u8> {
    let part = jwt.split('.').nth(n).unwrap();
    URL_SAFE_NO_PAD.decode(part).unwrap()
}

fn object(jwt: &str, n: usize) -> Value {
    serde_json::from_slice(&part(jwt, n)).unwrap()
}

#[test]
fn a_token_has_what_sts_asks_for_and_lives_for_five_minutes() {
    let fake = Fake::new();
    let (jwt, expires_at) = ready(p256().mint(&fake)).unwrap();
    let jwt = jwt.expose();
    let header =
        json!({"alg": "ES256", "kid": "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U", "typ": "JWT"});
    assert_eq!(object(jwt, 0), header);
    let mut claims = object(jwt, 1);
    let id = claims["jti"].take();
    assert_eq!(
        claims,
        json!({
            "iss": "https://sign.example.com/oidc", "sub": "edge-presigner", "aud": "sts.amazonaws.com",
            "iat": NOON_SECS - 30, "nbf": NOON_SECS - 30, "exp": NOON_SECS + 270, "jti": null,
        })
    );
    assert_eq!(expires_at, noon() + secs(270));
    let (again, _) = ready(p256().mint(&fake)).unwrap();
    assert_ne!(object(again.expose(), 1)["jti"], id, "no two are the same");
}

#[test]
fn the_public_key_verifies_the_signature() {
    for (secret, algorithm) in [
        (RFC7515_P256, SignatureAlgorithm::Es256),
        (RFC7515_RSA, SignatureAlgorithm::Rs256),
    ] {
        let issuer = issuer(secret);
        let jwt = mint(&issuer);
        let (signed, _) = jwt.rsplit_once('.').unwrap();
        let keys = serde_json::from_str::<Value>(&issuer.jwk_set()).unwrap();
        let jwk = &keys["keys"][0];
        assert_eq!(object(&jwt, 0)["kid"], jwk["kid"]);
        assert_eq!(object(&jwt, 0)["alg"], jwk["alg"]);
        let verified = jose::verify(
            algorithm,
            &jwk.to_string(),
            signed.as_bytes(),
            &part(&jwt, 2),
        );
        assert!(verified, "{algorithm:?}");
    }
}

/// The key, the message and the signature of RFC 7515, appendix A.2.
#[test]
fn a_whole_private_key_reaches_the_platform() {
    let message = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let expected = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
    let fake = Fake::new();
    ready(issuer(RFC7515_RSA).mint(&fake)).unwrap();
    let (algorithm, kid, jwk) = fake.signed_with.borrow().last().cloned().unwrap();
    assert_eq!(kid, "IsUn6_e04MaShXFIISMp4kG62LWzMIPy_MvSA5pJgX8");
    let given: Value = serde_json::from_str(&jwk).unwrap();
    assert_eq!(given, serde_json::from_str::<Value>(RFC7515_RSA).unwrap());
    let signature = jose::sign(algorithm, &jwk, message.as_bytes()).unwrap();
    assert_eq!(URL_SAFE_NO_PAD.encode(signature), expected);
}

#[test]
fn a_key_that_the_platform_does_not_accept_signs_nothing() {
    let mut jwk: Value = serde_json::from_str(RFC7515_P256).unwrap();
    // Another private number, which does not belong to the point.
    jwk["d"] = URL_SAFE_NO_PAD.encode([7; 32]).into();
    let issuer = issuer(&jwk.to_string());
    assert!(ready(issuer.mint(&Fake::new())).is_none());
}
