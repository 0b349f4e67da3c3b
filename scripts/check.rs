//! What `npm run check` runs, in Node: reads variables and secrets with the worker's own reader, and says what is wrong with
//! them, what is allowed but risky, and what they need in AWS. It repeats no value of a secret.
#![cfg(target_arch = "wasm32")]

use std::cell::RefCell;
use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use edge_presigner::callers::is_trustworthy;
use edge_presigner::config::Config;
use edge_presigner::iam::{AwsSetup, Trust};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

/// The variables with profiles: `PROFILES`, `PROFILES_1` and so on.
const PROFILES: &str = "PROFILES";

/// What is read with a request, and what has a warning of its own.
const READ_LATER: [&str; 4] = [
    "SESSIONS",
    "AWS_WEB_IDENTITY_TOKEN",
    "RATE_LIMITER",
    "OIDC_SIGNING_KEYS",
];

/// Of 32 random bytes at least so many differ, but for one key in a thousand million.
const MIN_DISTINCT_BYTES: usize = 20;

/// What is found in a configuration.
#[derive(Serialize)]
struct Findings {
    /// What closes a part of the worker, or all of it.
    errors: Vec<String>,
    /// What is allowed but risky.
    warnings: Vec<String>,
    /// What a configuration without errors needs in AWS. It has names of roles, buckets and origins, and no secret.
    setup: Option<AwsSetup>,
}

/// Checks `bindings`, a JSON object of variables and secrets, and returns the findings as JSON. With `iam`, a JSON object of
/// [`IamOptions`], they include what the configuration needs in AWS.
///
/// # Errors
/// Either text is not such a JSON object.
#[wasm_bindgen]
pub fn check(bindings: &str, iam: Option<String>) -> Result<String, JsError> {
    let bindings: Map<String, Value> = serde_json::from_str(bindings)?;
    let iam = iam.map(|text| serde_json::from_str::<IamOptions>(&text));
    let iam = iam.transpose()?;
    let read = RefCell::new(BTreeSet::from(READ_LATER.map(str::to_owned)));
    let config = Config::read(|name| {
        read.borrow_mut().insert(name.to_owned());
        bindings.get(name).map(as_text)
    });
    let (setup, errors) = match (config, iam.as_ref()) {
        (Ok(config), Some(options)) => match options.setup(&config) {
            Ok(setup) => (Some(setup), Vec::new()),
            Err(error) => (None, vec![error]),
        },
        (Ok(_), None) => (None, Vec::new()),
        (Err(errors), _) => (None, errors.texts()),
    };
    let warnings = warnings(&bindings, &read.into_inner());
    let findings = Findings {
        errors,
        warnings,
        setup,
    };
    Ok(serde_json::to_string(&findings)?)
}

/// What the configuration does not say about AWS.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct IamOptions {
    /// The claims of the tokens that may assume the roles.
    trust: Option<TrustOptions>,
    /// The account of the buckets.
    bucket_account: Option<String>,
    /// The IP ranges from which presigned URLs may be used, if not from everywhere.
    #[serde(default)]
    networks: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TrustOptions {
    issuer: String,
    audiences: Vec<String>,
    subject: String,
}

impl IamOptions {
    fn setup(&self, config: &Config) -> Result<AwsSetup, String> {
        let trust = self.trust.as_ref().map(|it| Trust {
            issuer: it.issuer.clone(),
            audiences: it.audiences.clone(),
            subject: it.subject.clone(),
        });
        let account = self.bucket_account.as_deref();
        let setup = AwsSetup::of(&config.profiles, trust.as_ref(), account, &self.networks);
        setup.map_err(|error| error.to_string())
    }
}

/// A binding as the worker sees it.
fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Warnings of `bindings`, of which the worker reads those in `read`.
fn warnings(bindings: &Map<String, Value>, read: &BTreeSet<String>) -> Vec<String> {
    let mut warnings = Vec::new();
    let is_set = |value: &Value| !as_text(value).trim().is_empty();
    for (name, _) in bindings.iter().filter(|(_, value)| is_set(value)) {
        if !read.contains(name) {
            let reason =
                "is not read in this configuration: compare its name with docs/configuration.md";
            warnings.push(format!("{name} {reason}"));
        }
    }
    for name in [
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_STS",
        "AWS_ENDPOINT_URL_S3",
    ] {
        let url = bindings.get(name).and_then(Value::as_str);
        if url.is_some_and(|url| !url.trim().is_empty() && !is_trustworthy(url.trim())) {
            warnings.push(format!(
                "{name} is not encrypted: credentials cross the network as plain text"
            ));
        }
    }
    secrets(bindings, &mut warnings);
    own_issuer(bindings, &mut warnings);
    let is_part = |name: &str| name == PROFILES || name.starts_with("PROFILES_");
    for (_, value) in bindings.iter().filter(|(name, _)| is_part(name)) {
        let profiles = serde_json::from_str(&as_text(value)).unwrap_or_default();
        if let Value::Object(profiles) = profiles {
            for (name, profile) in &profiles {
                of_profile(name, profile, &mut warnings);
            }
        }
    }
    warnings
}

/// Warnings of `OIDC_ISSUER` and what belongs to it.
fn own_issuer(bindings: &Map<String, Value>, warnings: &mut Vec<String>) {
    let text = |name: &str| {
        let text = bindings.get(name).and_then(Value::as_str);
        text.unwrap_or_default().trim()
    };
    let issuer = text("OIDC_ISSUER");
    if issuer.is_empty() && !text("OIDC_SIGNING_KEYS").is_empty() {
        warnings.push("OIDC_SIGNING_KEYS has no effect without OIDC_ISSUER".to_owned());
    }
    let rest = issuer.trim_start_matches("https://");
    if rest
        .split('/')
        .next()
        .is_some_and(|host| host.ends_with(".workers.dev"))
    {
        let reason = "is a name that is not yours: whoever gets it after you can sign for the role";
        warnings.push(format!("OIDC_ISSUER {reason}"));
    }
}

/// Warnings of `CACHE_KEY` and `LINK_KEY`, each of which can be several keys.
fn secrets(bindings: &Map<String, Value>, warnings: &mut Vec<String>) {
    let keys = |name: &str| {
        let text = bindings.get(name).and_then(Value::as_str);
        let keys = text.unwrap_or_default().split(',');
        keys.filter_map(|key| STANDARD.decode(key.trim()).ok())
            .collect::<Vec<_>>()
    };
    let (cache_keys, link_keys) = (keys("CACHE_KEY"), keys("LINK_KEY"));
    for (name, keys) in [("CACHE_KEY", &cache_keys), ("LINK_KEY", &link_keys)] {
        let is_weak = |key: &Vec<u8>| {
            let mut bytes = key.clone();
            bytes.sort_unstable();
            bytes.dedup();
            !key.is_empty() && bytes.len() < MIN_DISTINCT_BYTES
        };
        if keys.iter().any(is_weak) {
            warnings.push(format!(
                "{name} is not random: make it with `openssl rand -base64 32`"
            ));
        }
    }
    if cache_keys
        .iter()
        .any(|key| !key.is_empty() && link_keys.contains(key))
    {
        let reason = "is the same as CACHE_KEY: whoever may sign links could decrypt sessions";
        warnings.push(format!("LINK_KEY {reason}"));
    }
}

fn of_profile(name: &str, profile: &Value, warnings: &mut Vec<String>) {
    let has = |field: &str, text: &str| {
        let list = profile.get(field).and_then(Value::as_array);
        list.is_some_and(|list| list.iter().any(|it| it == text))
    };
    let prefix = profile.get("keyPrefix").and_then(Value::as_str);
    if prefix.is_some_and(|prefix| !prefix.is_empty() && !prefix.ends_with('/')) {
        warnings.push(format!(
            "PROFILES.{name}.keyPrefix does not end with a slash: keys of other folders may begin with it"
        ));
    }
    for (operation, does) in [
        ("deleteObject", "delete objects"),
        ("listObjectsV2", "list all keys"),
    ] {
        if has("callers", "anyone") && has("operations", operation) {
            warnings.push(format!("PROFILES.{name}.operations lets anyone {does}"));
        }
    }
    let endpoint = profile.get("endpointUrl").and_then(Value::as_str);
    if endpoint.is_some_and(|url| !is_trustworthy(url)) {
        warnings.push(format!(
            "PROFILES.{name}.endpointUrl is not encrypted: objects cross the network as plain text"
        ));
    }
}
