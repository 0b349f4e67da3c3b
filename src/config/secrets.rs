//! The secrets that are read once, with the configuration.

use super::bindings::Bindings;
use super::errors::Errors;

/// The secrets that are read once.
const SECRETS: [&str; 6] = [
    "OIDC_SIGNING_KEYS",
    "CACHE_KEY",
    "LINK_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
];

/// Adds an error for each secret in the Secrets Store, from which only the token can be read.
pub(super) fn refuse_secrets_store(bindings: Bindings<'_>, errors: &mut Errors) {
    for name in SECRETS {
        if bindings.is_in_secrets_store(name) {
            let reason = "must be a secret of the worker: only AWS_WEB_IDENTITY_TOKEN can be in the Secrets Store";
            errors.add(name, reason);
        }
    }
}

/// The keys in the secret `name`, separated by commas, the newest first.
pub(super) fn keys<T>(
    name: &'static str,
    bindings: Bindings<'_>,
    read: fn(&str) -> Option<T>,
    errors: &mut Errors,
) -> Vec<T> {
    match bindings.text(name) {
        Some(text) => keys_in(&text, name, read, errors),
        None => Vec::new(),
    }
}

// Not inlined, because many configurations have none.
#[inline(never)]
fn keys_in<T>(
    text: &str,
    name: &'static str,
    read: fn(&str) -> Option<T>,
    errors: &mut Errors,
) -> Vec<T> {
    let keys: Option<Vec<T>> = text.split(',').map(read).collect();
    keys.unwrap_or_else(|| {
        let reason = "must be 32 random bytes in base64, or several such keys separated by commas";
        errors.add(name, reason);
        Vec::new()
    })
}
