//! Fields of the configuration: their tables are generated from the types that read them. A doc comment there is the
//! meaning, and its last sentence, `Default: …` or `Required`, the default.

use edge_presigner::config::{CallerFields, JwtFields, ProfileFields};
use edge_presigner::presign::UploadLimit;
use schemars::JsonSchema;
use serde_json::Value;

use super::table::{Row, hold, in_present_order};
use super::{CONFIGURATION, code, schema};

/// Longest list of values that is written out.
const MAX_VALUES: usize = 4;

#[test]
fn the_fields_of_profiles_are_those_of_the_code() {
    check::<ProfileFields>("profile-fields");
}

#[test]
fn the_fields_of_callers_are_those_of_the_code() {
    check::<CallerFields>("caller-fields");
}

#[test]
fn the_fields_of_jwt_are_those_of_the_code() {
    check::<JwtFields>("jwt-fields");
}

#[test]
fn the_fields_of_upload_limits_are_those_of_the_code() {
    check::<UploadLimit>("upload-fields");
}

#[track_caller]
fn check<T: JsonSchema>(name: &str) {
    let schema = schema::<T>();
    let fields = schema["properties"].as_object().unwrap();
    let required = schema["required"].as_array();
    let rows = fields.iter().map(|(field, schema)| {
        let is_required = required.is_some_and(|all| all.contains(&field.as_str().into()));
        row(field, schema, is_required)
    });
    let rows = in_present_order(CONFIGURATION, name, rows.collect());
    let heading = ["Field", "Type", "Default", "Meaning"];
    hold(CONFIGURATION, name, &heading, &rows);
}

fn row(field: &str, schema: &Value, is_required: bool) -> Row {
    let comment = schema["description"].as_str();
    let comment = comment.unwrap_or_else(|| panic!("{field} has no doc comment"));
    let (meaning, default) = split_default(&comment.replace('\n', " "));
    let default = default.or(is_required.then(|| "required".to_owned()));
    let default = default.unwrap_or_else(|| {
        panic!("the doc comment of {field} must end in `Default: …` or `Required`")
    });
    vec![code(field), type_of(schema), default, meaning]
}

/// The meaning and the default in a doc comment.
fn split_default(comment: &str) -> (String, Option<String>) {
    let Some((meaning, last)) = comment.rsplit_once(". ") else {
        return (comment.to_owned(), None);
    };
    let last = last.trim_end_matches('.');
    let default = match (
        last.strip_prefix("Default: "),
        last.strip_prefix("Required"),
    ) {
        (Some(default), _) => default.to_owned(),
        (_, Some(more)) => format!("required{more}"),
        (None, None) => return (comment.to_owned(), None),
    };
    (format!("{meaning}."), Some(default))
}

/// The type in plain words.
fn type_of(schema: &Value) -> String {
    // An optional value is what it is, or null.
    if let Some(any) = schema["anyOf"].as_array() {
        return type_of(any.iter().find(|it| it["type"] != "null").unwrap());
    }
    if let Some(all) = schema["oneOf"].as_array() {
        let values: Vec<String> = all
            .iter()
            .map(|it| code(it["const"].as_str().unwrap()))
            .collect();
        return match values.split_last() {
            Some((only, [])) => only.clone(),
            Some((last, others)) if values.len() <= MAX_VALUES => {
                format!("{} or {last}", others.join(", "))
            }
            _ => "text".to_owned(),
        };
    }
    let name = match &schema["type"] {
        Value::Array(types) => types.iter().find(|it| *it != "null").unwrap(),
        one => one,
    };
    match name.as_str().unwrap() {
        "string" => "text",
        "integer" => "number",
        "array" => "list of texts",
        name => name,
    }
    .to_owned()
}
