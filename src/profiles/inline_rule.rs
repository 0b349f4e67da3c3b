//! Which objects the worker answers with itself, rather than with a redirect.

/// The rule of a profile: `inline` and `maxInlineBytes`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InlineRule {
    patterns: Vec<Pattern>,
    /// Size of the largest object that is answered with, in bytes.
    pub max_bytes: usize,
}

/// A pattern of keys, compared byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    /// `*.m3u8`: keys that end with the text.
    End(String),
    /// `live/*`: keys that begin with the text.
    Beginning(String),
    /// `index.html`: the key with this text, and those that end with it after a slash.
    Name(String),
}

/// Types that browsers show as a page, in which scripts could run, each with the ends of the patterns that open it. The
/// slash stands for the index page of a folder, whose key is the folder's.
const PAGES: [(&str, &[&str]); 5] = [
    ("text/html", &[".html", ".htm", "/"]),
    ("application/xhtml+xml", &[".xhtml"]),
    ("image/svg+xml", &[".svg"]),
    ("text/xml", XML),
    ("application/xml", XML),
];

/// The ends of patterns that open XML of any other type, such as `application/dash+xml`.
const XML: &[&str] = &[".xml", ".mpd"];

impl InlineRule {
    /// A rule without a pattern, for objects of at most `max_bytes`.
    pub fn new(max_bytes: usize) -> Self {
        let patterns = Vec::new();
        Self {
            patterns,
            max_bytes,
        }
    }

    /// Adds a pattern: a text with one `*` at its beginning or its end, or none.
    ///
    /// # Errors
    /// What is wrong with it, as the rest of a sentence that begins with the field's name.
    pub fn add(&mut self, pattern: &str) -> Result<(), &'static str> {
        let (kind, text): (fn(String) -> Pattern, &str) =
            match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
                (Some(end), _) => (Pattern::End, end),
                (None, Some(beginning)) => (Pattern::Beginning, beginning),
                (None, None) => (Pattern::Name, pattern),
            };
        if text.is_empty() {
            return Err("must be more than *, because the worker would read every object first");
        }
        if text.contains('*') {
            return Err("must have one * at its beginning or its end, such as *.m3u8, or none");
        }
        self.patterns.push(kind(text.to_owned()));
        Ok(())
    }

    /// Whether any object may be answered with.
    pub fn has_patterns(&self) -> bool {
        !self.patterns.is_empty()
    }

    /// Whether the object `key` may be answered with, as far as its key says.
    pub fn matches(&self, key: &str) -> bool {
        self.patterns.iter().any(|pattern| pattern.matches(key))
    }

    /// Whether the object `key` may be answered with in spite of its `Content-Type`: pages only where a pattern names
    /// their kind.
    pub fn allows_type(&self, key: &str, content_type: &str) -> bool {
        // Of a list, browsers take the last type that they know.
        if content_type.contains(',') {
            return false;
        }
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        let essence = essence.to_ascii_lowercase();
        let page = PAGES.iter().find(|(name, _)| *name == essence);
        let ends = match page {
            Some((_, ends)) => ends,
            None if essence.ends_with("+xml") => XML,
            None => return true,
        };
        let mut patterns = self.patterns.iter();
        patterns.any(|pattern| pattern.matches(key) && pattern.ends_with_any(ends))
    }
}

impl Pattern {
    fn matches(&self, key: &str) -> bool {
        match self {
            Self::End(text) => key.ends_with(text),
            Self::Beginning(text) => key.starts_with(text),
            Self::Name(text) => key
                .strip_suffix(text.as_str())
                .is_some_and(|folder| folder.is_empty() || folder.ends_with('/')),
        }
    }

    fn ends_with_any(&self, ends: &[&str]) -> bool {
        match self {
            Self::End(text) | Self::Name(text) => ends.iter().any(|end| text.ends_with(end)),
            Self::Beginning(_) => false,
        }
    }
}
