//! A wrong configuration is refused as a whole, with every fault listed.

mod bucket_in_endpoint;
mod bucket_name;
mod caller_claims;
mod callers;
mod content;
mod defaults;
mod endpoints;
mod faults;
mod inline;
mod lifetimes;
mod location;
mod oidc;
mod partial;
mod provider;
mod stores;
mod token_push;
mod vending;

use crate::support::bindings_with;
use edge_presigner::config::Config;
use edge_presigner::json::FieldError;

fn read(changes: &[(&str, &str)]) -> Result<Config, Vec<FieldError>> {
    let bindings = bindings_with(changes);
    Config::read(|name| bindings.get(name).cloned()).map_err(|misconfigured| misconfigured.0)
}

/// The fields that are at fault, in order.
fn faults(changes: &[(&str, &str)]) -> Vec<String> {
    let faults = read(changes).err().unwrap_or_default();
    faults
        .into_iter()
        .map(|fault| fault.path.into_owned())
        .collect()
}

/// The first error, if any, as `npm run check` and the log say it.
fn error(changes: &[(&str, &str)]) -> Option<String> {
    let errors = read(changes).err()?;
    let error = errors.first()?;
    Some(format!("{} {}", error.path, error.reason))
}

fn profile(fields: &str) -> String {
    format!(
        r#"{{"p":{{"bucket":"bucket","keyPrefix":"","operations":["getObject"],"callers":["app"],"maxLifetimeSecs":60,{fields}}}}}"#
    )
    .replace(",}", "}")
}
