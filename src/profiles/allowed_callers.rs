//! The callers that a profile names. There may be thousands.

use crate::callers::{ANYONE, LINK};
use crate::names::in_order;

/// Names of callers. [`LINK`] stands for signed links, and [`ANYONE`] for everybody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedCallers {
    /// In their order.
    names: Vec<String>,
    everybody: bool,
}

impl AllowedCallers {
    /// The callers called `names`.
    pub fn new(names: &[String]) -> Self {
        let sorted = in_order(names.iter().map(String::as_str)).into_iter();
        Self {
            everybody: names.iter().any(|name| name == ANYONE),
            names: sorted.map(|(name, _)| name.to_owned()).collect(),
        }
    }

    /// Whether the caller called `name` is among them.
    pub fn include(&self, name: &str) -> bool {
        let found = self
            .names
            .binary_search_by(|known| known.as_str().cmp(name));
        self.everybody || found.is_ok()
    }

    /// Whether everybody is, with a credential or without.
    pub fn include_everybody(&self) -> bool {
        self.everybody
    }

    /// Whether the bearers of signed links are.
    pub fn include_links(&self) -> bool {
        self.include(LINK)
    }
}
