//! The variables and secrets that are read.

/// What stands for the text of a binding of the Secrets Store, which is not known when the configuration is read.
pub const SECRETS_STORE: &str = "\0Secrets Store";

/// Variables and secrets by name, and JSON variables as text.
// With a `dyn`, so that the code that reads them is in the bundle once, whatever they are.
#[derive(Clone, Copy)]
pub(super) struct Bindings<'b>(pub(super) &'b dyn Fn(&str) -> Option<String>);

impl Bindings<'_> {
    /// The text of `name`; `None` where it is blank too, or in the Secrets Store.
    // Not inlined, because it is called in forty places.
    #[inline(never)]
    pub(super) fn text(self, name: &str) -> Option<String> {
        let text = self.0(name)?;
        (!text.trim().is_empty() && text != SECRETS_STORE).then_some(text)
    }

    /// The same without blanks at its ends.
    #[inline(never)]
    pub(super) fn trimmed(self, name: &str) -> Option<String> {
        self.text(name).map(|text| text.trim().to_owned())
    }

    /// Whether `name` is in the Secrets Store.
    pub(super) fn is_in_secrets_store(self, name: &str) -> bool {
        self.0(name).is_some_and(|text| text == SECRETS_STORE)
    }
}
