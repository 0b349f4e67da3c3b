//! Links, paths and lengths of the pages.

use super::{file, files, read};

/// Longest line, in characters.
const MAX_LINE: usize = 160;
const MAX_README_LINES: usize = 200;

fn pages() -> Vec<String> {
    let at_root = [
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "SECURITY.md",
    ];
    let mut pages = files("docs", "md");
    pages.extend(files("examples", "md"));
    pages.extend(files("packages", "md"));
    pages.extend(at_root.map(str::to_owned));
    pages
}

/// The lines outside code blocks.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut in_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        !in_code && !is_fence
    })
}

/// The anchors of a page, as GitHub makes them from its headings.
fn anchors(text: &str) -> Vec<String> {
    let mut anchors: Vec<String> = Vec::new();
    for heading in prose(text).filter(|line| line.starts_with('#')) {
        let title = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = title
            .chars()
            .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        let anchor = kept.collect::<String>().replace(' ', "-");
        let same = anchors.iter().filter(|it| **it == anchor).count();
        anchors.push(if same == 0 {
            anchor
        } else {
            format!("{anchor}-{same}")
        });
    }
    anchors
}

/// The targets of links to files of this repository.
fn links(text: &str) -> Vec<String> {
    let mut targets = Vec::new();
    for line in prose(text) {
        for part in line.split("](").skip(1) {
            targets.push(part.split(')').next().unwrap().to_owned());
        }
    }
    targets.retain(|target| !target.contains("://") && !target.starts_with("mailto:"));
    targets
}

#[test]
fn every_link_leads_somewhere() {
    let mut seen = 0;
    for page in pages() {
        for link in links(&read(&page)) {
            let (path, anchor) = match link.split_once('#') {
                Some((path, anchor)) => (path, Some(anchor)),
                None => (link.as_str(), None),
            };
            let folder = page.rsplit_once('/').map_or("", |(folder, _)| folder);
            // In the package it is beside what is at the root here.
            let folder = folder.strip_prefix("packages/worker").unwrap_or(folder);
            let target = match path {
                "" => page.clone(),
                path => format!("{folder}/{path}")
                    .trim_start_matches('/')
                    .to_owned(),
            };
            assert!(file(&target).exists(), "{page} links to {link}");
            if let Some(anchor) = anchor {
                let anchors = anchors(&read(&target));
                assert!(
                    anchors.iter().any(|it| it == anchor),
                    "{page} links to {link}"
                );
            }
            seen += 1;
        }
    }
    assert!(seen > 100, "the links are found: {seen}");
}

#[test]
fn every_path_of_this_repository_exists() {
    let mut seen = 0;
    for page in pages() {
        for path in prose(&read(&page)).flat_map(|line| line.split('`').skip(1).step_by(2)) {
            let begins = ["src/", "tests/", "scripts/", "docs/", ".ci/"];
            if begins.iter().any(|it| path.starts_with(it)) && !path.contains(['*', '{', '…', ' '])
            {
                // The packages' pages name files of a project, too.
                let is_of_project = page.starts_with("packages/")
                    && file(&format!("packages/template/{path}")).exists();
                assert!(file(path).exists() || is_of_project, "{page} names {path}");
                seen += 1;
            }
        }
    }
    assert!(seen > 10, "the paths are found: {seen}");
}

#[test]
fn lines_are_short_and_the_readme_is_too() {
    for page in pages() {
        for (line, number) in read(&page).lines().zip(1..) {
            let length = line.chars().count();
            assert!(
                line.starts_with('|') || length <= MAX_LINE,
                "{page}:{number} has {length} characters"
            );
        }
    }
    let readme = read("README.md").lines().count();
    assert!(readme <= MAX_README_LINES, "README.md has {readme} lines");
}
