//! The documentation: its tables are those of the code, and its links lead somewhere.
//!
//! `UPDATE=1 cargo test docs` writes the tables that are generated. Node has no files, so this runs natively only.

mod api;
mod causes;
mod fields;
mod guides;
mod operations;
mod pages;
mod sources;
mod table;

use std::fs;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

const CONFIGURATION: &str = "docs/configuration.md";
const HTTP_API: &str = "docs/http-api.md";
const LOGS: &str = "docs/operations/logs.md";

/// The file at `path`, from the root of the repository.
fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &str) -> String {
    fs::read_to_string(file(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The paths of all files below `folder` with this extension.
fn files(folder: &str, extension: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(file(folder)).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{folder}/{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&path, extension));
        } else if entry.path().extension().is_some_and(|it| it == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// `text` as code.
fn code(text: &str) -> String {
    format!("`{text}`")
}

/// The schema of `T`, without references.
fn schema<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|it| it.inline_subschemas = true);
    settings
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value()
}
