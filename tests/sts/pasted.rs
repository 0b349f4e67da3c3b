//! The token as tools write it: what is taken off, and what is told of the rest.

use super::{config_with, exchange};
use crate::support::{Fake, NOON_SECS, claims, jwt, ready, secs, token};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use edge_presigner::sts::{ExchangeError, TokenError, TokenFault};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// The token that STS gets when `bound` is bound.
fn sent(bound: &str) -> Result<String, TokenError> {
    let fake = Fake::new();
    fake.token.replace(Some(bound.to_owned()));
    match ready(exchange(&config_with(&[]), &fake)) {
        Ok(_) => {
            let requests = fake.requests.borrow();
            let (_, sent) = requests[0]
                .body()
                .split_once("&WebIdentityToken=")
                .expect("a token");
            Ok(sent.to_owned())
        }
        Err(ExchangeError::Token(error)) => {
            assert_eq!(fake.sts_calls(), 0, "{bound}");
            Err(error)
        }
        Err(error) => panic!("{error}"),
    }
}

fn fault(bound: &str) -> TokenFault {
    match sent(bound) {
        Err(TokenError::Malformed(fault)) => fault,
        other => panic!("{bound}: {other:?}"),
    }
}

fn part(json: &str) -> String {
    URL_SAFE_NO_PAD.encode(json)
}

/// A token with this header and good claims.
fn with_header(header: &str) -> String {
    let claims = part(&claims(&(NOON_SECS + 60).to_string()));
    format!("{}.{claims}.c2ln", part(header))
}

fn wrapped(token: &str, columns: usize, end: &str) -> String {
    let lines = token.as_bytes().chunks(columns);
    let lines: Vec<_> = lines.map(|it| std::str::from_utf8(it).unwrap()).collect();
    lines.join(end) + end
}

#[test]
fn what_tools_put_around_a_token_is_taken_off() {
    let token = token(secs(60));
    // The shapes of JSON are those of GitHub's OIDC endpoint, `kubectl create token -o json`, token endpoints
    // (RFC 6749, section 5.1), Azure's and AWS's command lines.
    for around in [
        "@".to_owned(),
        "@\n".to_owned(),
        "@\r\n".to_owned(),
        "\"@\"".to_owned(),
        "'@'\n".to_owned(),
        "`@`".to_owned(),
        "\u{201c}@\u{201d}".to_owned(),
        "\u{feff}@".to_owned(),
        "\u{200b}@\u{200b}\n".to_owned(),
        "Bearer @".to_owned(),
        "bearer  @".to_owned(),
        "Authorization: Bearer @".to_owned(),
        "export AWS_WEB_IDENTITY_TOKEN=@".to_owned(),
        "AWS_WEB_IDENTITY_TOKEN='@'".to_owned(),
        "set X=\"@\"\r\n".to_owned(),
        "token: @\n".to_owned(),
        "\"@\\n\"".to_owned(),
        r#"{"token":"@"}"#.to_owned(),
        r#"{"access_token":"@","expires_in":3600,"token_type":"Bearer"}"#.to_owned(),
        r#"{"id_token":"@"}"#.to_owned(),
        r#"{"token":"@","access_token":"@","expires_in":300}"#.to_owned(),
        r#"{"id_token":"@","access_token":"ya29.opaque","refresh_token":"@"}"#.to_owned(),
        r#"{"count":1774,"value":"@"}"#.to_owned(),
        r#"{"kind":"TokenRequest","status":{"token":"@","expirationTimestamp":"2026-03-01T13:00:00Z"}}"#
            .to_owned(),
        r#"{"accessToken":"@","subscription":"x","tokenType":"Bearer"}"#.to_owned(),
        r#"[{"WebIdentityToken":"@","Expiration":"2026-03-01T13:00:00Z"}]"#.to_owned(),
        r#"'{"token":"Bearer @"}'"#.to_owned(),
        "X='{\"token\":\"@\"}'\n".to_owned(),
    ] {
        let text = around.replace('@', &token);
        assert_eq!(sent(&text).as_ref(), Ok(&token), "{around}");
    }
    // What Windows PowerShell writes with `>`, when it is read as UTF-8.
    let utf16: String = token.chars().flat_map(|c| [c, '\0']).collect();
    assert_eq!(sent(&format!("\u{fffd}\u{fffd}{utf16}")), Ok(token));
}

#[test]
fn line_ends_within_a_token_are_taken_out_wherever_they_are() {
    let token = token(secs(60));
    for columns in 1..=token.len() {
        for end in ["\n", "\r\n", "\n  "] {
            let text = wrapped(&token, columns, end);
            assert_eq!(sent(&text).as_ref(), Ok(&token), "{columns} {end:?}");
        }
    }
    let quoted = format!("export X=\"{}\"", wrapped(&token, 64, "\\\n"));
    assert_eq!(sent(&quoted), Ok(token));
}

#[test]
fn of_several_tokens_the_one_that_expires_last_is_used_whatever_is_around_them() {
    let (old, new) = (token(secs(60)), token(secs(120)));
    for between in [" ", "\n", ",", ", ", "\r\n", "\",\"", "'\n'", " # and "] {
        let text = format!("\"{new}{between}{old}\"");
        assert_eq!(sent(&text).as_ref(), Ok(&new), "{between:?}");
    }
    assert_eq!(sent(&format!("# the new one:\n{new}\n")).as_ref(), Ok(&new));
}

#[test]
fn what_is_no_token_that_sts_accepts_is_told_by_what_it_is() {
    let (good, later) = (token(secs(60)), token(secs(120)));
    let (header, rest) = good.split_once('.').unwrap();
    let (claims, signature) = rest.split_once('.').unwrap();
    let without = |name: &str, value: &str| {
        let text = crate::support::claims(&(NOON_SECS + 60).to_string());
        jwt(&text.replace(&format!("\"{name}\":\"{value}\","), ""))
    };
    // Padded base64 and the alphabet with `+` and `/` are not RFC 7515's.
    let padded = format!(
        "{}.{claims}.{signature}",
        URL_SAFE.encode(r#"{"alg":"RS256","a":10}"#)
    );
    let plain = format!("{header}.{claims}.{}", STANDARD_NO_PAD.encode([0xfb; 32]));
    for (bound, expected, told) in [
        (
            "ya29.a0AfH6SMBx".to_owned(),
            TokenFault::Parts(2),
            "it has 2 parts, not 3",
        ),
        (
            "gho_16C7e42F292c".to_owned(),
            TokenFault::Parts(1),
            "it has 1 part, not 3",
        ),
        (
            format!("{good}.x"),
            TokenFault::Parts(4),
            "it has 4 parts, not 3",
        ),
        // A JWE of RFC 7516, appendix A.1, has five parts.
        (
            format!("{header}.OKOa.48V1.5eym.XFBo"),
            TokenFault::Encrypted,
            "encrypted",
        ),
        (
            format!("{header}.{claims}\u{2026}.{signature}"),
            TokenFault::NotBase64Url(2),
            "part 2",
        ),
        (
            format!("!{header}.{claims}.{signature}"),
            TokenFault::NotBase64Url(1),
            "part 1",
        ),
        (
            padded,
            TokenFault::NotBase64Url(1),
            "part 1 is not base64url",
        ),
        (
            plain,
            TokenFault::NotBase64Url(3),
            "part 3 is not base64url",
        ),
        (
            format!("{header}.{}.{signature}", part("[]")),
            TokenFault::NotAnObject(2),
            "part 2 is not a JSON object",
        ),
        (
            with_header("\"x\""),
            TokenFault::NotAnObject(1),
            "part 1 is not a JSON object",
        ),
        (with_header("{}"), TokenFault::NoAlgorithm, "`alg`"),
        (
            with_header(r#"{"alg":""}"#),
            TokenFault::NoAlgorithm,
            "`alg`",
        ),
        (
            with_header(r#"{"alg":5}"#),
            TokenFault::NoAlgorithm,
            "`alg`",
        ),
        (
            with_header(r#"{"alg":"none"}"#),
            TokenFault::Unsigned,
            "not signed",
        ),
        (
            with_header(r#"{"alg":"None"}"#),
            TokenFault::Unsigned,
            "not signed",
        ),
        (
            format!("{header}.{claims}."),
            TokenFault::Unsigned,
            "not signed",
        ),
        // AWS's message for these is "Missing a required claim: …".
        (
            without("iss", "https://issuer.example"),
            TokenFault::NoClaim("iss"),
            "no `iss`",
        ),
        (
            without("sub", "edge-presigner"),
            TokenFault::NoClaim("sub"),
            "no `sub`",
        ),
        (
            without("aud", "sts.amazonaws.com"),
            TokenFault::NoClaim("aud"),
            "no `aud`",
        ),
        (
            jwt(r#"{"iss":"i","sub":"s","aud":[],"exp":1}"#),
            TokenFault::NoClaim("aud"),
            "no `aud`",
        ),
        (
            jwt(r#"{"iss":"i","sub":"s","aud":"a"}"#),
            TokenFault::NoClaim("exp"),
            "no `exp`",
        ),
        (
            jwt(r#"{"iss":"i","sub":"s","aud":"a","exp":null}"#),
            TokenFault::NoClaim("exp"),
            "no `exp`",
        ),
        (
            jwt(r#"{"iss":"i","sub":"s","aud":"a","exp":"1"}"#),
            TokenFault::Expiry,
            "seconds",
        ),
        (
            r#"{"error":"invalid_client"}"#.to_owned(),
            TokenFault::JsonWithoutToken,
            "without a JWT",
        ),
        (
            r#"{"auth_uri":"https://accounts.google.com/o/oauth2/auth","type":"service_account"}"#
                .to_owned(),
            TokenFault::JsonWithoutToken,
            "without a JWT",
        ),
        (
            format!(r#"{{"refresh_token":"{good}"}}"#),
            TokenFault::JsonWithoutToken,
            "without a JWT",
        ),
        (
            format!(r#"{{"id_token":"{good}","access_token":"{later}"}}"#),
            TokenFault::JsonWithTokens,
            "several",
        ),
        (
            format!(r#"{{"token":"{good}"#),
            TokenFault::NotJson,
            "not a JSON object",
        ),
        (
            format!(r#"{{"token":"{}"}}"#, without("aud", "sts.amazonaws.com")),
            TokenFault::NoClaim("aud"),
            "no `aud`",
        ),
    ] {
        assert_eq!(fault(&bound), expected, "{bound}");
        let text = TokenError::Malformed(expected).to_string();
        assert!(text.contains(told), "{text}");
    }
}

#[test]
fn a_token_whose_authorized_party_stands_in_for_its_audience_is_left_to_sts() {
    // IAM maps the key `aud` to the claim `azp` where there is one.
    let exp = NOON_SECS + 60;
    for audience in [
        r#""azp":"a""#,
        r#""aud":["a","b"]"#,
        r#""aud":"a","azp":"b""#,
    ] {
        let token = jwt(&format!(
            r#"{{"iss":"i","sub":"s",{audience},"exp":{exp}}}"#
        ));
        assert_eq!(sent(&token).as_ref(), Ok(&token), "{audience}");
    }
}

#[test]
fn nothing_but_quotes_and_blanks_is_no_token() {
    for empty in ["", "\"\"", "''\n", "\u{feff}", "\u{200b} \r\n", ", ,"] {
        assert_eq!(sent(empty), Err(TokenError::Missing), "{empty:?}");
    }
}
