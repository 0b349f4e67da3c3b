//! Log events and variables: the tables name those that occur in the sources, and no other.

use std::collections::{BTreeMap, BTreeSet};

use super::table::{names, rows};
use super::{CONFIGURATION, LOGS, files, read};

/// The code of `file`, without comments of their own lines.
fn code_of(file: &str) -> String {
    let text = read(file);
    let lines = text.lines();
    let code = lines.filter(|line| !line.trim_start().starts_with("//"));
    code.collect::<Vec<_>>().join("\n")
}

/// The texts between quotation marks in `code`.
fn literals(code: &str) -> impl Iterator<Item = &str> {
    // Every second one; only a literal with a quotation mark in it would be in the way, and no name is one.
    code.lines()
        .flat_map(|line| line.split('"').skip(1).step_by(2))
}

#[test]
fn the_log_events_are_those_of_the_code() {
    let mut in_code: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in files("src", "rs") {
        let code = code_of(&file);
        for (made, _) in code.match_indices("Record::new(") {
            let call = &code[made + "Record::new(".len()..];
            let (level, rest) = call.split_once(',').unwrap();
            let event = literals(rest).next().unwrap().to_owned();
            in_code
                .entry(event)
                .or_default()
                .insert(level.trim().to_owned());
        }
        for (_, rest) in code.lines().filter_map(|line| line.split_once("event: \"")) {
            let event = rest.split('"').next().unwrap().to_owned();
            in_code.entry(event).or_default();
        }
    }
    assert!(in_code.len() > 10, "the events are found: {in_code:?}");
    let documented = names(LOGS, "log-events");
    let events: BTreeSet<&str> = in_code.keys().map(String::as_str).collect();
    assert_eq!(
        documented
            .iter()
            .map(String::as_str)
            .collect::<BTreeSet<_>>(),
        events
    );
    assert_eq!(documented.len(), events.len(), "an event stands twice");
    for (row, event) in rows(LOGS, "log-events").iter().zip(&documented) {
        for level in &in_code[event] {
            // Otherwise it is a variable.
            if let Some(level) = level.strip_prefix("Level::") {
                assert_eq!(row[1], super::code(&level.to_lowercase()), "{event}");
            }
        }
    }
}

#[test]
fn the_variables_and_bindings_are_those_of_the_code() {
    let mut bindings = BTreeSet::new();
    for file in files("src/edge", "rs") {
        let code = code_of(&file);
        let lines = code.lines();
        let constants = lines.filter(|line| line.contains("_BINDING: &str = "));
        bindings.extend(constants.flat_map(literals).map(str::to_owned));
    }
    let is_variable = |name: &str| {
        name.len() > 2
            && name.starts_with(|c: char| c.is_ascii_uppercase())
            && name
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
            // The token can be a secret too.
            && (!bindings.contains(name) || name.starts_with("AWS_"))
    };
    let mut variables: BTreeSet<String> = bindings.iter().cloned().collect();
    for file in files("src/config", "rs") {
        variables.extend(literals(&code_of(&file)).map(str::to_owned));
    }
    variables.retain(|name| is_variable(name));
    for (table, in_code) in [("variables", &variables), ("bindings", &bindings)] {
        let documented = names(CONFIGURATION, table);
        assert_eq!(documented.len(), in_code.len(), "{table}");
        let documented: BTreeSet<String> = documented.into_iter().collect();
        assert_eq!(documented, *in_code, "{table}");
    }
}

#[test]
fn the_types_of_the_npm_package_have_every_variable_and_binding() {
    let types = read("packages/worker/index.d.ts");
    let (_, env) = types.split_once("export interface Env {\n").unwrap();
    let (env, _) = env.split_once("\n}\n").unwrap();
    let members = env.lines().filter_map(|line| {
        let (name, _) = line.trim_start().split_once(':')?;
        let name = name.trim_end_matches('?');
        let is_name = name
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        (is_name && !name.is_empty()).then(|| name.to_owned())
    });
    let mut members: Vec<String> = members.collect();
    let documented = ["variables", "bindings"].map(|table| names(CONFIGURATION, table));
    let documented: BTreeSet<String> = documented.into_iter().flatten().collect();
    members.sort();
    // The table of bindings has the token again.
    assert_eq!(members, documented.into_iter().collect::<Vec<_>>());
}

#[test]
fn the_types_of_the_npm_package_have_the_values_that_a_variable_can_have() {
    let types = read("packages/worker/index.d.ts");
    for name in ["AWS_STS_REGIONAL_ENDPOINTS", "LOG_REQUESTS"] {
        let (before, _) = types.split_once(&format!("  {name}?:")).unwrap();
        let (_, comment) = before.rsplit_once("/**").unwrap();
        let rows = rows(CONFIGURATION, "variables");
        let row = rows.iter().find(|row| row[0] == super::code(name));
        let described = row.unwrap()[2..].join(" ");
        let words = described.split('`').skip(1).step_by(2);
        // The others are names of hosts and members of JSON.
        let values = words.filter(|word| !word.contains(['.', '"']));
        for value in values {
            assert!(comment.contains(&super::code(value)), "{name}: {value}");
        }
    }
}

#[test]
fn the_sample_of_a_profile_has_only_fields_of_the_table() {
    let page = read(CONFIGURATION);
    let (_, profiles) = page.split_once("\n## Profiles\n").unwrap();
    let fields = names(CONFIGURATION, "profile-fields");
    let mut seen = 0;
    for sample in profiles.split("```").skip(1).step_by(2).take(2) {
        for (path, _) in sample.lines().filter_map(|line| line.split_once(" = ")) {
            let field = path.split('.').next().unwrap();
            assert!(fields.iter().any(|it| it == field), "{field}");
            seen += 1;
        }
    }
    assert!(seen > 10, "the fields are found: {seen}");
}
