//! What requests and answers can have: the tables of problems, headers, parameters and response overrides.

use std::collections::BTreeSet;

use edge_presigner::api::ProblemType;
use edge_presigner::presign::{self, Headers, Operation, header_names, is_closed};
use edge_presigner::profiles::ResponseOverride;
use edge_presigner::routes::sign::{ResponseHeaders, SignRequest, accepts};
use serde_json::{Map, Value, json};

use super::table::{Row, hold, hold_with_prose, in_present_order};
use super::{CONFIGURATION, HTTP_API, code, schema};

#[test]
fn the_problem_types_are_those_of_the_code() {
    let rows = ProblemType::ALL.iter().map(|problem| {
        let status = problem.status().as_u16().to_string();
        vec![code(problem.slug()), status, problem.title().to_owned()]
    });
    let heading = ["Type", "Status", "Title", "Why, and what to do"];
    hold_with_prose(HTTP_API, "problem-types", &heading, rows.collect());
}

/// The operations in a cell.
fn operations(accepts: impl Fn(Operation) -> bool) -> String {
    let accepted = Operation::ALL.into_iter().filter(|it| accepts(*it));
    let accepted: Vec<String> = accepted.map(|it| code(it.name())).collect();
    assert!(!accepted.is_empty());
    if accepted.len() == Operation::ALL.len() {
        return "all".to_owned();
    }
    accepted.join(", ")
}

/// Which profiles allow a header.
const ALWAYS: &str = "always";
const NAMED: &str = "where named";

#[test]
fn the_signed_headers_are_those_of_the_code() {
    let names: BTreeSet<&str> = Operation::ALL.into_iter().flat_map(header_names).collect();
    let mut rows: Vec<Row> = names
        .into_iter()
        .map(|name| {
            let accepts = |operation| header_names(operation).any(|it| it == name);
            let first = Operation::ALL.into_iter().find(|it| accepts(*it)).unwrap();
            let allowed = if is_closed(name) { NAMED } else { ALWAYS };
            vec![
                code(name),
                operations(accepts),
                value_of(first, name),
                allowed.to_owned(),
            ]
        })
        .collect();
    let metadata = |operation| {
        let mut headers = Headers::default();
        headers.insert("x-amz-meta-a", "a".to_owned()).unwrap();
        presign::check(operation, &headers).is_ok()
    };
    rows.push(vec![
        code("x-amz-meta-*"),
        operations(metadata),
        "text".to_owned(),
        ALWAYS.to_owned(),
    ]);
    sort(&mut rows);
    let heading = ["Header", "Operations", "Value", "Allowed"];
    hold(HTTP_API, "request-headers", &heading, &rows);
}

/// Sorts rows by name.
fn sort(rows: &mut [Row]) {
    rows.sort_by(|one, other| one[0].trim_matches('`').cmp(other[0].trim_matches('`')));
}

/// What the value of a header must be, as the refusal of a wrong one says it.
fn value_of(operation: Operation, name: &str) -> String {
    let refusal = |value: &str| {
        let mut headers = Headers::default();
        headers.insert(name, value.to_owned()).unwrap();
        let error = presign::check(operation, &headers).err()?;
        let form = error.reason.strip_prefix("must be ");
        form.filter(|_| error.path == name).map(str::to_owned)
    };
    let all_are_values = |values: &[&str]| values.iter().all(|it| refusal(it).is_none());
    let Some(form) = refusal("?") else {
        return "text".to_owned();
    };
    for separator in [", ", " or "] {
        let values = form.strip_prefix("one of ").unwrap_or(&form);
        let values: Vec<&str> = values.split(separator).collect();
        if all_are_values(&values) {
            let values = values.into_iter().map(code);
            return values.collect::<Vec<_>>().join(separator);
        }
    }
    form
}

/// The members of a request that are not parameters of S3.
const OWN: [&str; 7] = [
    "profile",
    "operation",
    "key",
    "filename",
    "expiresIn",
    "headers",
    "response",
];

#[test]
fn the_parameters_are_those_of_the_code() {
    let request = schema::<SignRequest>();
    let response = schema::<ResponseHeaders>();
    let members = |schema: &Value| schema["properties"].as_object().unwrap().clone();
    let mut fields: Map<String, Value> = members(&request);
    fields.retain(|name, _| !OWN.contains(&name.as_str()));
    for (name, schema) in members(&response) {
        fields.insert(format!("response.{name}"), schema);
    }
    let rows = fields.iter().map(|(field, schema)| {
        let accepted = Operation::ALL.into_iter().find(|it| accepts(*it, field));
        let accepted = accepted.unwrap_or_else(|| panic!("no operation accepts {field}"));
        let name = s3_name(field, schema, accepted);
        vec![
            code(field),
            code(&name),
            operations(|it| accepts(it, field)),
        ]
    });
    let mut rows: Vec<Row> = rows.collect();
    sort(&mut rows);
    let heading = ["Field", "S3 parameter", "Operations"];
    hold(HTTP_API, "parameters", &heading, &rows);
}

/// The name in S3's query of the parameter `field` of `operation`: the one whose value is that of the field.
fn s3_name(field: &str, schema: &Value, operation: Operation) -> String {
    let types = schema["type"].as_array().cloned().unwrap_or_default();
    let value: Value = if types.contains(&"boolean".into()) {
        true.into()
    } else if types.contains(&"integer".into()) {
        7.into()
    } else if types.is_empty() {
        schema["anyOf"][0]["oneOf"][0]["const"].clone()
    } else if schema["pattern"]
        .as_str()
        .is_some_and(|it| it.contains("GMT"))
    {
        "Wed, 21 Oct 2026 07:28:00 GMT".into()
    } else {
        "sample".into()
    };
    let mut request = json!({"profile": "p", "operation": operation.name()});
    let mut set = |name: &str, value: Value| match name.split_once('.') {
        Some((outer, inner)) => request[outer] = json!({inner: value}),
        None => request[name] = value,
    };
    if operation != Operation::ListObjectsV2 {
        set("key", "k".into());
    }
    if accepts(operation, "uploadId") {
        set("uploadId", "u".into());
    }
    if operation == Operation::UploadPart {
        set("partNumber", 5.into());
    }
    set(field, value.clone());
    let request: SignRequest = serde_json::from_value(request).unwrap();
    let query = request.check().unwrap();
    let value = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    let mut named = query.iter().filter(|(_, it)| it.contains(&value));
    let (name, _) = named
        .next()
        .unwrap_or_else(|| panic!("{field} is not sent"));
    assert_eq!(named.next(), None, "{field}");
    name.to_owned()
}

#[test]
fn the_response_overrides_are_those_of_the_code() {
    let schema = schema::<ResponseOverride>();
    let rows = schema["oneOf"].as_array().unwrap().iter().map(|it| {
        // Such as "`response.expires`: `Expires`."
        let (_, header) = it["description"]
            .as_str()
            .unwrap()
            .split_once(": ")
            .unwrap();
        let header = header.split('`').nth(1).unwrap();
        vec![code(it["const"].as_str().unwrap()), code(header)]
    });
    let name = "response-overrides";
    let rows = in_present_order(CONFIGURATION, name, rows.collect());
    let heading = ["Name", "Header in S3's response", "Value"];
    hold_with_prose(CONFIGURATION, name, &heading, rows);
}
