//! The order of the modules: each imports only modules below it. Node has no source files, so this runs natively only.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// All top-level modules, the lowest first. A new module has to find its place here.
const ORDER: [&str; 30] = [
    "platform",
    "data_point",
    "log",
    "encode",
    "secret",
    "instant",
    "cors",
    "names",
    "sorted",
    "json",
    "join",
    "retry",
    "aws",
    "sealed",
    "oidc",
    "presign",
    "sts",
    "multipart",
    "s3",
    "callers",
    "rate_limit",
    "credentials",
    "profiles",
    "iam",
    "vending",
    "config",
    "api",
    "routes",
    "service",
    "edge",
];

/// Longest source file, in lines, and the longest median.
const MAX_LINES: usize = 300;
const MAX_MEDIAN_LINES: usize = 120;

fn sources() -> Vec<PathBuf> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                files.push(path);
            }
        }
    }
    files
}

/// The top-level module that a file belongs to.
fn module(file: &Path) -> String {
    let relative = file
        .strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))
        .unwrap();
    let first = relative.iter().next().unwrap().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// The names that follow `crate::` in code.
fn imports(text: &str) -> Vec<&str> {
    let code = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let paths = code.flat_map(|line| line.split("crate::").skip(1));
    let end = |path: &str| {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        path.find(|c| !is_name(c)).unwrap_or(path.len())
    };
    paths.map(|path| &path[..end(path)]).collect()
}

#[test]
fn every_module_imports_only_modules_below_it() {
    let height: BTreeMap<&str, usize> = ORDER.iter().zip(0..).map(|(name, n)| (*name, n)).collect();
    let mut seen = 0;
    for file in sources() {
        let name = module(&file);
        if name == "lib" {
            continue;
        }
        let own = height[name.as_str()];
        for import in imports(&fs::read_to_string(&file).unwrap()) {
            let imported = height.get(import);
            let imported = imported.unwrap_or_else(|| panic!("{}: {import}", file.display()));
            assert!(
                *imported <= own,
                "{} imports {import}, which is above {name}",
                file.display()
            );
            seen += 1;
        }
    }
    assert!(seen > 200, "the imports are found: {seen}");
}

#[test]
fn only_edge_knows_the_platform() {
    for file in sources() {
        let text = fs::read_to_string(&file).unwrap();
        let platform = ["worker::", "js_sys", "web_sys", "wasm_bindgen"];
        let names_it = platform.iter().any(|it| text.contains(it));
        assert!(!names_it || module(&file) == "edge", "{}", file.display());
    }
}

#[test]
fn files_are_short() {
    let mut lengths: Vec<(usize, PathBuf)> = sources()
        .into_iter()
        .map(|file| (fs::read_to_string(&file).unwrap().lines().count(), file))
        .collect();
    lengths.sort();
    let (longest, file) = lengths.last().unwrap();
    assert!(
        *longest <= MAX_LINES,
        "{} has {longest} lines",
        file.display()
    );
    let (median, _) = lengths[lengths.len() / 2];
    assert!(median <= MAX_MEDIAN_LINES, "the median is {median}");
}
