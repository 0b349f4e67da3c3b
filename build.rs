//! Embeds `/openapi.json` without white space.

use std::path::Path;
use std::{env, fs};

const DOCUMENT: &str = "src/routes/openapi/openapi.json";

fn main() {
    println!("cargo::rerun-if-changed={DOCUMENT}");
    let text = fs::read_to_string(DOCUMENT).expect("the document can be read");
    let document: serde_json::Value = serde_json::from_str(&text).expect("the document is JSON");
    let target = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(
        Path::new(&target).join("openapi.json"),
        document.to_string(),
    )
    .expect("the document can be written");
}
