//! Which objects are answered with, by key and by type.

use edge_presigner::profiles::InlineRule;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn rule(patterns: &[&str]) -> InlineRule {
    let mut rule = InlineRule::new(4096);
    for pattern in patterns {
        rule.add(pattern).unwrap();
    }
    rule
}

#[test]
fn a_pattern_is_the_end_the_beginning_or_the_last_segments_of_a_key() {
    for (pattern, matching, others) in [
        (
            "*.m3u8",
            &["a.m3u8", ".m3u8", "x/y/a.m3u8"][..],
            &["a.M3U8", "a.m3u8/b", "am3u8", "a.m3u8 "][..],
        ),
        (
            "*/.zarray",
            &["x/.zarray", "/.zarray"],
            &[".zarray", "x/a.zarray"],
        ),
        (
            "index.html",
            &["index.html", "a/index.html", "/index.html"],
            &["xindex.html", "index.html/", "Index.html"],
        ),
        (
            "pages/index.html",
            &["pages/index.html", "a/pages/index.html"],
            &["index.html", "mypages/index.html"],
        ),
        ("live/*", &["live/", "live/a/b"], &["live", "a/live/b"]),
        ("*/", &["a/", "a/b/"], &["a", ""]),
    ] {
        let rule = rule(&[pattern]);
        for key in matching {
            assert!(rule.matches(key), "{pattern} {key}");
        }
        for key in others {
            assert!(!rule.matches(key), "{pattern} {key}");
        }
    }
}

#[test]
fn a_pattern_has_one_star_at_an_end_and_is_more_than_that() {
    for pattern in ["", "*", "**", "a*b", "*a*", "**.json", "a**", "*.m*u8"] {
        assert!(InlineRule::new(4096).add(pattern).is_err(), "{pattern}");
    }
}

/// The types are those that a browser shows as a page: [HTML][html] and [XML][xml] MIME types.
///
/// [html]: https://mimesniff.spec.whatwg.org/#html-mime-type
/// [xml]: https://mimesniff.spec.whatwg.org/#xml-mime-type
#[test]
fn a_page_is_answered_with_only_where_a_pattern_names_its_kind() {
    let pages = [
        ("text/html", &["*.html", "*.htm", "index.html", "*/"][..]),
        ("application/xhtml+xml", &["*.xhtml"]),
        ("image/svg+xml", &["*.svg"]),
        ("text/xml", &["*.xml", "*.mpd"]),
        ("application/xml", &["*.xml", "*.mpd"]),
        ("application/dash+xml", &["*.xml", "*.mpd"]),
        ("application/rss+xml", &["*.xml", "*.mpd"]),
    ];
    let keys = [
        "a/b.html",
        "a/b.htm",
        "a/index.html",
        "a/",
        "a/b.xhtml",
        "a/b.svg",
        "a/b.xml",
        "a/b.mpd",
        "a/b.json",
        "a/b",
    ];
    let forms = |essence: &str| {
        [
            essence.to_owned(),
            format!("{essence}; charset=utf-8"),
            format!(" {essence} ;x"),
            essence.to_ascii_uppercase(),
        ]
    };
    for (essence, ends) in pages {
        for content_type in forms(essence) {
            for key in keys {
                let broad = rule(&["a/*", "*b", "*n"]);
                assert!(!broad.allows_type(key, &content_type), "{content_type}");
                for pattern in [
                    "*.html", "*.svg", "*.xml", "*.mpd", "*.json", "*/", "*.xhtml",
                ] {
                    let rule = rule(&["a/*", pattern]);
                    let named = ends.contains(&pattern) && key.ends_with(&pattern[1..]);
                    let allowed = rule.allows_type(key, &content_type);
                    assert_eq!(allowed, named, "{content_type} {key} {pattern}");
                }
            }
        }
    }
}

#[test]
fn what_is_no_page_is_answered_with_whatever_the_pattern() {
    for content_type in [
        "application/vnd.apple.mpegurl",
        "application/json",
        "text/plain; charset=utf-8",
        "binary/octet-stream",
        "",
        "xml",
        "text/htmlx",
    ] {
        assert!(
            rule(&["a/*"]).allows_type("a/b", content_type),
            "{content_type}"
        );
    }
}

/// Of `text/plain, text/html` a browser takes [the last](https://fetch.spec.whatwg.org/#concept-header-extract-mime-type).
#[test]
fn a_list_of_types_is_never_answered_with() {
    let rule = rule(&["*.html"]);
    assert!(!rule.allows_type("a.html", "text/plain, text/html"));
    assert!(!rule.allows_type("a.html", "text/plain,text/html"));
}
