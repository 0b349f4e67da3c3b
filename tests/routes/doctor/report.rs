//! The report as a whole: who gets it, in which form, what it costs, and what is never in it.

use super::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn where_all_is_well_every_step_is_green() {
    let report = examine(&service(), &world());
    let names = report["steps"].as_array().unwrap().iter();
    let names: Vec<&str> = names.map(|step| step["step"].as_str().unwrap()).collect();
    assert_eq!(names, ALL);
    for step in report["steps"].as_array().unwrap() {
        assert_eq!(
            (&step["status"], &step["fix"]),
            (&json!("ok"), &Value::Null),
            "{step:#}"
        );
    }
    assert_eq!(report["status"], "ok");
    assert_eq!(step(&report, "sts")["of"], "presigner");
    assert_eq!(step(&report, "read")["of"], "docs");
}

#[test]
fn it_has_the_policies_for_this_very_token_and_these_very_profiles() {
    let report = examine(&service(), &world());
    let role = &report["iam"]["roles"][0];
    assert_eq!(role["roleArn"], "arn:aws:iam::123456789012:role/presigner");
    let trust = &role["trustPolicy"]["Statement"][0];
    assert_eq!(
        trust["Condition"]["StringEquals"],
        json!({"issuer.example:aud": ["sts.amazonaws.com"], "issuer.example:sub": ["edge-presigner"]})
    );
    let allowed = role["permissionPolicy"].to_string();
    assert!(allowed.contains("arn:aws:s3:::bucket/users/*"), "{allowed}");
    let bucket = &report["iam"]["buckets"][0];
    assert_eq!(
        bucket["cors"]["CORSRules"][0]["AllowedOrigins"],
        json!(["https://app.example"])
    );
    assert_eq!(bucket["policy"]["Statement"][0]["Sid"], "NoPlainHttp");

    // IAM compares `azp` where a token has it: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
    let fake = world();
    let with_azp = token_with(
        &json!({"alg": "RS256", "kid": "k1"}),
        json!({"azp": "client-1"}),
    );
    fake.token.replace(Some(with_azp));
    let report = examine(&service(), &fake);
    let trust = &report["iam"]["roles"][0]["trustPolicy"]["Statement"][0];
    assert_eq!(
        trust["Condition"]["StringEquals"]["issuer.example:aud"],
        json!(["client-1"])
    );
    let empty = token_with(&json!({"alg": "RS256", "kid": "k1"}), json!({"azp": ""}));
    let fake = world();
    fake.token.replace(Some(empty));
    let report = examine(&service(), &fake);
    let trust = &report["iam"]["roles"][0]["trustPolicy"]["Statement"][0];
    let audiences = &trust["Condition"]["StringEquals"]["issuer.example:aud"];
    assert_eq!(*audiences, json!(["sts.amazonaws.com"]));
}

#[test]
fn a_bucket_that_policies_cannot_name_is_told() {
    let profiles = PROFILES.replace(
        "\"bucket\": \"bucket\"",
        "\"bucket\": \"point-0123456789abcdef-s3alias\"",
    );
    let report = examine(&service_with(&[("PROFILES", &profiles)]), &world());
    only(&report, "iam", "warning");
    assert_eq!(report["iam"], Value::Null);
}

#[test]
fn it_is_for_admins_and_costs_nothing_for_anybody_else() {
    for (asked, status, slug) in [
        (request(Method::GET, "/v1/doctor", ""), 401, "key-required"),
        (
            with_bearer(request(Method::GET, "/v1/doctor", ""), OTHER_KEY),
            403,
            "not-allowed",
        ),
        (
            with_bearer(request(Method::GET, "/v1/doctor", ""), "unknown"),
            401,
            "unknown-caller",
        ),
        (
            with_key(request(Method::POST, "/v1/doctor", "")),
            405,
            "method-not-allowed",
        ),
        (
            with_key(request(Method::HEAD, "/v1/doctor", "")),
            405,
            "method-not-allowed",
        ),
    ] {
        let fake = world();
        let response = ready(service().handle(asked, &fake));
        assert_eq!(
            support::answers::problem(&response),
            (status, slug.to_owned())
        );
        assert_eq!((fake.sts_calls(), fake.kv_reads.get()), (0, 0));
        assert!(fake.fetched.borrow().is_empty() && fake.s3_requests.borrow().is_empty());
    }
}

#[test]
fn each_run_counts_as_a_request() {
    let limited = [
        ("RATE_LIMIT", r#"{"limit":1,"period":60}"#),
        ("RATE_LIMITER", "{}"),
    ];
    let (service, fake) = (service_with(&limited), world());
    fake.lets_through.set(Some(1));
    let asked = || with_key(request(Method::GET, "/v1/doctor", ""));
    let statuses = [asked(), asked()].map(|it| ready(service.handle(it, &fake)).status().as_u16());
    assert_eq!(statuses, [200, 429]);
}

#[test]
fn people_get_text() {
    let fake = world_with([
        denied("no s3:GetObject for you"),
        all_is_well()[1].clone(),
        all_is_well()[2].clone(),
        all_is_well()[3].clone(),
    ]);
    let service = service();
    ready(service.scheduled(&fake));
    let mut asked = with_key(request(Method::GET, "/v1/doctor", ""));
    let accept = HeaderValue::from_static("text/plain, */*;q=0.1");
    asked.headers_mut().insert(ACCEPT, accept);
    let response = ready(service.handle(asked, &fake));
    assert_eq!(
        response.headers()["content-type"],
        "text/plain; charset=utf-8"
    );
    assert_eq!(response.headers()["cache-control"], "no-store");
    let text = response.body();
    for line in [
        "ok       cache-key: CACHE_KEY is set",
        "failure  read docs: 403 AccessDenied",
        "-> access-denied: allow s3:GetObject",
        "\"roleArn\"",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert!(text.ends_with("\nfailure"), "{text}");
}

#[test]
fn no_text_of_others_makes_a_line_of_its_own() {
    let fake = world();
    let claims = json!({"sub": "edge\nok       sts: all is well\u{1b}[0m"});
    fake.token.replace(Some(token_with(
        &json!({"alg": "RS256", "kid": "k1"}),
        claims,
    )));
    let mut asked = with_key(request(Method::GET, "/v1/doctor", ""));
    let accept = HeaderValue::from_static("text/plain");
    asked.headers_mut().insert(ACCEPT, accept);
    let text = ready(service().handle(asked, &fake)).into_body();
    assert!(
        text.contains("sub edge ok       sts: all is well [0m"),
        "{text}"
    );
}

/// Answers of JSON are what clients get that do not say what they want.
#[test]
fn everybody_else_gets_json() {
    for accept in [
        "*/*",
        "application/json",
        "text/html, */*",
        "text/plain;q=0.5, application/json",
    ] {
        let mut asked = with_key(request(Method::GET, "/v1/doctor", ""));
        asked
            .headers_mut()
            .insert(ACCEPT, HeaderValue::from_static(accept));
        let response = ready(service().handle(asked, &world()));
        assert_eq!(
            response.headers()["content-type"],
            "application/json",
            "{accept}"
        );
    }
}

#[test]
fn no_secret_is_in_it_even_where_servers_repeat_what_they_were_sent() {
    let service = service();
    let fake = world();
    let report = examine(&service, &fake).to_string();
    let sent: Vec<Request<String>> = fake.s3_requests.take();
    let signed = sent.iter().filter_map(|it| it.headers().get(AUTHORIZATION));
    let signatures: Vec<String> = signed.map(|it| it.to_str().unwrap().to_owned()).collect();
    assert_eq!(signatures.len(), 3);

    // Another world, whose servers quote all that they could know.
    let quoted = format!(
        "token {} key ASIA2 secret2 session/token+2== {}",
        token(),
        signatures[0].rsplit('=').next().unwrap()
    );
    let quoting = || denied(&quoted);
    let fake = world_with([quoting(), quoting(), quoting(), quoting()]);
    fake.will_answer(Ok(granted(1, noon() + secs(3600))));
    fake.will_answer(Ok(granted(2, noon() + secs(3600))));
    let echoed = examine(&service_with(&[]), &fake).to_string();
    let refusing = world();
    refusing.will_answer(Ok(granted(1, noon() + secs(3600))));
    refusing.will_answer(Ok(quoting()));
    let refused = examine(&service_with(&[]), &refusing).to_string();

    // One that quotes nothing but the id of the key, as AWS's documentation has one.
    let id = "ASIAIOSFODNN7EXAMPLE";
    let quoting = || denied(&format!("the key {id} is unknown"));
    let fake = world_with([quoting(), quoting(), quoting(), quoting()]);
    let of_id = granted(1, noon() + secs(3600)).map(|body| body.replace("ASIA1", id));
    fake.will_answer(Ok(of_id));
    let identified = examine_now(&service_with(&[]), &fake).to_string();
    assert!(identified.contains("[withheld]"), "{identified}");

    for text in [report, echoed, refused, identified] {
        for part in token().split('.') {
            assert!(!text.contains(&part[..16]), "{text}");
        }
        for secret in [
            "ASIA",
            "secret1",
            "secret2",
            "session/token",
            support::KEY,
            support::CACHE_KEY,
            KEY_SHA256,
            signatures[0].rsplit('=').next().unwrap(),
        ] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}

#[test]
fn nothing_is_cached_or_published_of_the_session() {
    let (service, fake) = (service(), world());
    examine_now(&service, &fake);
    assert_eq!(fake.sts_calls(), 1);
    assert!(
        fake.kv
            .borrow()
            .keys()
            .all(|key| key.starts_with("doctor/"))
    );
    let signed = ready(service.handle(
        support::sign(&support::SIGN.replace("avatars", "docs")),
        &fake,
    ));
    assert_eq!(
        (signed.status().as_u16(), fake.sts_calls()),
        (200, 2),
        "{}",
        signed.body()
    );
}

/// A worker with so many profiles, each of which takes four calls.
fn crowded(count: usize) -> String {
    let profile: Value = serde_json::from_str::<Value>(PROFILES).unwrap()["docs"].clone();
    let profiles = (0..count).map(|n| (format!("p{n}"), profile.clone()));
    Value::Object(profiles.collect()).to_string()
}

/// https://developers.cloudflare.com/workers/platform/limits/#subrequests: 50 on the free plan.
#[test]
fn it_stays_within_the_subrequests_of_the_free_plan_and_says_what_it_left_out() {
    let fake = world();
    for _ in 0..20 {
        for answer in all_is_well() {
            fake.s3_will_answer(Ok(answer));
        }
    }
    let report = examine(&service_with(&[("PROFILES", &crowded(20))]), &fake);
    let calls =
        fake.fetched.borrow().len() + fake.s3_requests.borrow().len() + fake.sts_calls() - 1;
    assert_eq!(calls, 44);
    let skipped = report["steps"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|step| step["status"] == "skipped");
    assert_eq!(skipped.clone().count(), 20 * 4 - 41);
    for step in skipped {
        assert!(seen(step).starts_with("left out: "), "{step}");
    }
    assert_eq!(report["status"], "ok");
}

#[test]
fn it_begins_no_call_after_15_seconds() {
    let fake = world();
    fake.send_takes.set(secs(4));
    let report = examine_now(&service_with(&[("PROFILES", &crowded(3))]), &fake);
    assert_eq!(fake.now.get(), noon() + secs(16), "four calls of 4 s");
    assert_eq!(steps(&report, "cors").len(), 3);
    assert_eq!(steps(&report, "list")[0]["status"], "skipped");
}
