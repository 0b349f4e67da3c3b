//! Browser forms against AWS's published example and botocore's answers.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use edge_presigner::aws::{Credentials, Endpoint, EndpointVariant};
use edge_presigner::instant::parse_rfc3339;
use edge_presigner::presign::{
    AddressingStyle, ContentType, Form, Location, PostPolicy, Signer, SigningError,
};
use edge_presigner::secret::Secret;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const VECTORS: &str = include_str!("../vectors/post_forms.json");

/// The policy of AWS's example, as it is published.
const EXAMPLE: &str = include_str!("../fixtures/s3/post_policy_example.txt");

fn signer(id: &str, secret: &str, token: Option<&str>, region: &str, now: &str) -> Signer {
    let credentials = Credentials {
        access_key_id: id.to_owned(),
        secret_access_key: Secret::new(secret),
        session_token: token.map(Secret::new),
    };
    Signer::new(&credentials, region, parse_rfc3339(now).unwrap())
}

fn example_signer(token: Option<&str>) -> Signer {
    signer(
        "AKIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        token,
        "us-east-1",
        "2015-12-29T00:00:00Z",
    )
}

/// One row of `vectors/post_forms.json`.
struct Vector(Value);

impl Vector {
    fn all() -> Vec<Self> {
        let rows: Vec<Value> = serde_json::from_str(VECTORS).unwrap();
        assert!(rows.len() > 100);
        rows.into_iter().map(Self).collect()
    }

    fn text(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap()
    }

    fn signer(&self) -> Signer {
        signer(
            self.text("accessKeyId"),
            self.text("secretAccessKey"),
            self.0["sessionToken"].as_str(),
            self.text("region"),
            self.text("now"),
        )
    }

    fn size_bytes(&self) -> Option<RangeInclusive<u64>> {
        let bounds = self.0["sizeBytes"].as_array()?;
        Some(bounds[0].as_u64().unwrap()..=bounds[1].as_u64().unwrap())
    }

    fn fields(&self, name: &str) -> BTreeMap<String, String> {
        serde_json::from_value(self.0[name].clone()).unwrap()
    }

    fn form(&self) -> BTreeMap<String, String> {
        let fields = self.fields("fields");
        let policy = PostPolicy {
            bucket: self.text("bucket"),
            key: self.text("key"),
            size_bytes: self.size_bytes(),
            content_type: self.0["contentType"].as_str().map(content_type),
            fields: pairs(&fields),
        };
        let lifetime = Duration::from_secs(self.0["expiresInSecs"].as_u64().unwrap());
        let now = parse_rfc3339(self.text("now")).unwrap();
        let signer = self.signer();
        map(&signer.post_form(&policy, lifetime, now).unwrap())
    }
}

fn pairs(fields: &BTreeMap<String, String>) -> Vec<(&str, &str)> {
    let fields = fields.iter();
    fields.map(|(n, v)| (n.as_str(), v.as_str())).collect()
}

fn map(form: &Form<'_>) -> BTreeMap<String, String> {
    let fields = form.iter();
    fields.map(|(n, v)| (n.to_owned(), v.to_owned())).collect()
}

fn content_type(text: &str) -> ContentType<'_> {
    match text.strip_suffix('*') {
        Some(prefix) => ContentType::Prefix(prefix),
        None => ContentType::Exact(text),
    }
}

/// The policy with its conditions in one order.
fn document(form: &BTreeMap<String, String>) -> Value {
    let mut document: Value =
        serde_json::from_slice(&STANDARD.decode(&form["policy"]).unwrap()).unwrap();
    let conditions = document["conditions"].as_array_mut().unwrap();
    conditions.sort_by_key(Value::to_string);
    document
}

#[test]
fn the_policy_that_aws_publishes_gets_the_signature_that_aws_publishes() {
    // https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html
    let encoded: String = EXAMPLE.split_ascii_whitespace().collect();
    assert_eq!(
        example_signer(None).sign_policy(&encoded),
        "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e"
    );
}

#[test]
fn the_form_of_the_example_has_the_conditions_that_aws_publishes() {
    let fields = [
        ("acl", "public-read"),
        (
            "success_action_redirect",
            "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html",
        ),
        ("x-amz-meta-uuid", "14365123651274"),
        ("x-amz-server-side-encryption", "AES256"),
    ]
    .to_vec();
    let policy = PostPolicy {
        bucket: "sigv4examplebucket",
        key: "user/user1/${filename}",
        size_bytes: None,
        content_type: Some(ContentType::Prefix("image/")),
        fields,
    };
    let now = parse_rfc3339("2015-12-29T00:00:00Z").unwrap();
    let lifetime = Duration::from_secs(36 * 3600);
    let signer = example_signer(None);
    let form = map(&signer.post_form(&policy, lifetime, now).unwrap());
    let encoded: String = EXAMPLE.split_ascii_whitespace().collect();
    let mut published: Value = serde_json::from_slice(&STANDARD.decode(encoded).unwrap()).unwrap();
    // A field that a browser's user fills in, which this project has no use for.
    let conditions = published["conditions"].as_array_mut().unwrap();
    conditions.retain(|condition| *condition != json!(["starts-with", "$x-amz-meta-tag", ""]));
    conditions.sort_by_key(Value::to_string);
    published["expiration"] = json!("2015-12-30T12:00:00Z");
    assert_eq!(document(&form), published);
}

#[test]
fn every_form_has_the_fields_and_conditions_that_botocore_gives() {
    for vector in Vector::all() {
        let (name, form, expected) = (vector.text("name"), vector.form(), vector.fields("form"));
        assert_eq!(document(&form), document(&expected), "{name}");
        let open = |form: BTreeMap<String, String>| {
            let mut open = form;
            open.retain(|name, _| name != "policy" && name != "x-amz-signature");
            open
        };
        // botocore's JSON has blanks in it, so only policies that are equal have equal signatures.
        let signature = vector.signer().sign_policy(&form["policy"]);
        assert_eq!(form["x-amz-signature"], signature, "{name}");
        assert_eq!(open(form), open(expected), "{name}");
    }
}

#[test]
fn every_policy_gets_the_signature_that_botocore_gives() {
    for vector in Vector::all() {
        let expected = vector.fields("form");
        let signature = vector.signer().sign_policy(&expected["policy"]);
        assert_eq!(
            signature,
            expected["x-amz-signature"],
            "{}",
            vector.text("name")
        );
    }
}

#[test]
fn a_form_is_sent_to_the_bucket() {
    for vector in Vector::all() {
        let endpoint = vector.0["endpoint"].as_str();
        let endpoint = endpoint.map(|url| Endpoint::parse(url).unwrap());
        let style = match vector.text("addressingStyle") {
            "auto" => AddressingStyle::Auto,
            "virtual" => AddressingStyle::Virtual,
            _ => AddressingStyle::Path,
        };
        let location = Location {
            bucket: vector.text("bucket"),
            region: vector.text("region"),
            style,
            endpoint: endpoint.as_ref(),
            variant: EndpointVariant::default(),
            accelerate: false,
        };
        let place = location.resolve().unwrap();
        let url = place.bucket_url.bucket().to_string();
        assert_eq!(url, vector.text("url"), "{}", vector.text("name"));
    }
}

#[test]
fn a_policy_is_ascii_and_has_a_condition_for_every_field() {
    let exempt = ["policy", "x-amz-signature"];
    for vector in Vector::all() {
        let form = vector.form();
        let policy = STANDARD.decode(&form["policy"]).unwrap();
        assert!(policy.is_ascii(), "{}", vector.text("name"));
        let conditions = document(&form)["conditions"].to_string();
        for name in form.keys().filter(|name| !exempt.contains(&name.as_str())) {
            let (equals, starts) = (format!("{{\"{name}\":"), format!("\"${name}\","));
            assert!(
                conditions.contains(&equals) || conditions.contains(&starts),
                "{name}"
            );
        }
    }
}

#[test]
fn a_form_of_another_day_or_past_all_calendars_is_not_signed() {
    let policy = PostPolicy {
        bucket: "bucket",
        key: "key",
        size_bytes: None,
        content_type: None,
        fields: Vec::new(),
    };
    let signer = example_signer(None);
    let sign = |now, secs| {
        let now = parse_rfc3339(now).unwrap();
        signer.post_form(&policy, Duration::from_secs(secs), now)
    };
    assert!(sign("2015-12-29T23:59:59Z", 1).is_ok());
    assert_eq!(sign("2015-12-30T00:00:00Z", 1), Err(SigningError::Day));
    assert_eq!(
        sign("2015-12-29T00:00:00Z", u64::MAX),
        Err(SigningError::Lifetime)
    );
}
