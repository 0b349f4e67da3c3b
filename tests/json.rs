//! JSON bodies as types: what is refused, and that the refusal names the member and no value.

use std::collections::BTreeMap;

use edge_presigner::api::Error;
use edge_presigner::api::body::read;
use edge_presigner::json::{FieldError, Object};
use serde::Deserialize;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Parcel {
    items: Vec<Item>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    fragile: Option<bool>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Item {
    key: String,
    number: Option<u16>,
    kind: Option<Kind>,
    inner: Option<Box<Item>>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Kind {
    Plain,
    ByAir,
}

fn refusal(body: &str) -> String {
    match read::<Parcel>(body).unwrap_err() {
        Error::Field(error) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_kind_of_member_is_read() {
    let body = r#"{"fragile": true, "headers": {"a": "1", "A": "2"}, "items": [
        {"key": "k", "number": 65535, "kind": "byAir", "inner": {"key": "\u00e9\n"}}, {"number": 1e2, "key": ""}]}"#;
    let inner = Item {
        key: "é\n".to_owned(),
        number: None,
        kind: None,
        inner: None,
    };
    let first = Item {
        key: "k".to_owned(),
        number: Some(65535),
        kind: Some(Kind::ByAir),
        inner: Some(Box::new(inner)),
    };
    let second = Item {
        key: String::new(),
        number: Some(100),
        kind: None,
        inner: None,
    };
    let headers = [("a", "1"), ("A", "2")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let expected = Parcel {
        items: vec![first, second],
        headers: headers.into(),
        fragile: Some(true),
    };
    assert_eq!(read::<Parcel>(body).unwrap(), expected);
}

#[test]
fn a_refusal_names_the_member_by_its_path() {
    for (body, said) in [
        (r"{}", "items: is missing"),
        (r#"{"items": {}}"#, "items: must be a list"),
        (r#"{"items": [7]}"#, "items[0]: must be an object"),
        (
            r#"{"items": [{"key": "a"}, {}]}"#,
            "items[1].key: is missing",
        ),
        (
            r#"{"items": [{"key": null}]}"#,
            "items[0].key: must be a string",
        ),
        (
            r#"{"items": [{"key": "", "size": 1}]}"#,
            "items[0].size: is not known here",
        ),
        (
            r#"{"items": [{"key": "", "kind": "BYAIR"}]}"#,
            "items[0].kind: must be one of plain and byAir",
        ),
        (
            r#"{"items": [{"key": "", "kind": ["plain"]}]}"#,
            "items[0].kind: must be one of plain and byAir",
        ),
        (
            r#"{"items": [{"key": "", "inner": {"key": "", "inner": {"key": 1}}}]}"#,
            "items[0].inner.inner.key: must be a string",
        ),
        (
            r#"{"items": [], "headers": {"content-type": 7}}"#,
            "headers.content-type: must be a string",
        ),
        (
            r#"{"items": [], "headers": []}"#,
            "headers: must be an object",
        ),
        (
            r#"{"items": [], "fragile": 1}"#,
            "fragile: must be true or false",
        ),
        (
            r#"{"items": [], "fragile": null}"#,
            "fragile: must be true or false",
        ),
    ] {
        assert_eq!(refusal(body), said, "{body}");
    }
    for number in ["-1", "1.5", r#""1""#, "null", "true", "[]", "1e300"] {
        let said = refusal(&format!(
            r#"{{"items": [{{"key": "", "number": {number}}}]}}"#
        ));
        assert!(
            said.starts_with("items[0].number: must be "),
            "{number}: {said}"
        );
    }
}

#[test]
fn what_is_not_one_json_object_is_refused_as_a_whole() {
    for body in [
        "",
        " ",
        "[]",
        "7",
        "null",
        "{",
        "{}{}",
        "{'a':1}",
        r#"{"a":1,}"#,
        "\u{feff}{}",
    ] {
        assert!(
            refusal(body).starts_with("body: must be a JSON object"),
            "{body}"
        );
    }
}

#[test]
fn a_member_that_stands_twice_is_refused_wherever_it_is() {
    for body in [
        r#"{"items": [], "items": []}"#,
        r#"{"items": [], "headers": {"a": "", "b": "", "a": ""}}"#,
        r#"{"items": [], "headers": {"a": "", "\u0061": ""}}"#,
        r#"{"items": [{"key": "", "key": ""}]}"#,
    ] {
        assert!(refusal(body).contains("a member stands twice"), "{body}");
    }
}

#[test]
fn depth_is_bounded() {
    let nested = |depth| {
        format!(
            "{}{}",
            r#"{"a":"#.repeat(depth),
            "1".to_owned() + &"}".repeat(depth)
        )
    };
    assert_eq!(refusal(&nested(100)), "a: is not known here");
    assert!(refusal(&nested(10_000)).starts_with("body: "));
    assert!(refusal(&"[".repeat(50_000)).starts_with("body: "));
}

#[test]
fn an_object_with_too_many_members_is_refused_and_so_is_a_text_with_too_many_values() {
    let members = |count: usize| {
        // In falling order, which is the worst for a list that is kept in order.
        let member = |index: usize| format!(r#""m{:06}": 1"#, count - index);
        let members: Vec<String> = (0..count).map(member).collect();
        format!("{{{}}}", members.join(","))
    };
    assert!(Object::parse(&members(2_000)).is_ok());
    for path in ["", r#"{"items": [], "headers": "#] {
        let text = format!("{path}{}{}", members(2_001), &"}"[..path.len().min(1)]);
        let said = refusal(&text);
        assert!(said.contains("an object has too many members"), "{said}");
    }
    let values = |count: usize| format!(r#"{{"items": [{}0]}}"#, "0,".repeat(count - 3));
    assert!(Object::parse(&values(100_000)).is_ok());
    let said = refusal(&values(100_001));
    assert!(said.contains("there are too many values"), "{said}");
}

#[test]
fn a_value_is_never_repeated_and_a_name_only_so_far() {
    for body in [
        r#"{"items": "s3cr3t"}"#,
        r#"{"items": [{"key": "", "kind": "s3cr3t"}]}"#,
        r#"{"items": [{"key": "", "number": "s3cr3t"}]}"#,
        r#"{"items": [{"key": "", "number": 837837837}]}"#,
        r#"{"items": [], "headers": "s3cr3t"}"#,
        r#"{"items": s3cr3t}"#,
        r#""s3cr3t""#,
        r"s3cr3t",
    ] {
        let said = refusal(body);
        assert!(!said.contains("s3cr3t") && !said.contains("837"), "{said}");
    }
    let said = refusal(&format!(r#"{{"{}": 1}}"#, "é".repeat(10_000)));
    assert_eq!(said, format!("{}…: is not known here", "é".repeat(64)));
}

#[test]
fn a_fault_says_where_and_why() {
    let error = FieldError::new("a.b", "is missing");
    assert_eq!(error.to_string(), "a.b: is missing");
}
