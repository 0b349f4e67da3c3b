//! What `npm run check` runs: reads variables and secrets, as a JSON object on its standard input, with the worker's own
//! reader, and prints what is wrong with them, and what is allowed but risky. It never prints a value.
//!
//! With the argument `--iam` and a JSON object of [`IamOptions`] it prints what a valid configuration needs in AWS, as
//! JSON. That has names of roles, buckets and origins, and no secret.

use std::io::{self, Read, Write};
use std::process::ExitCode;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use edge_presigner::callers::is_trustworthy;
use edge_presigner::config::Config;
use edge_presigner::iam::{AwsSetup, Trust};
use serde::Deserialize;
use serde_json::{Map, Value};

/// The variables with profiles: `PROFILES`, `PROFILES_1` and so on.
const PROFILES: &str = "PROFILES";

/// Of 32 random bytes at least so many differ, but for one key in a thousand million.
const MIN_DISTINCT_BYTES: usize = 20;

fn main() -> io::Result<ExitCode> {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    let bindings: Map<String, Value> = serde_json::from_str(&text)?;
    let mut out = io::stdout();
    let mut arguments = std::env::args().skip(1);
    let iam = match (arguments.next().as_deref(), arguments.next()) {
        (Some("--iam"), Some(options)) => Some(serde_json::from_str::<IamOptions>(&options)?),
        _ => None,
    };
    let errors = match (
        Config::read(|name| bindings.get(name).map(as_text)),
        iam.as_ref(),
    ) {
        (Ok(config), Some(options)) => match options.setup(&config) {
            Ok(setup) => {
                serde_json::to_writer_pretty(&out, &setup)?;
                return Ok(ExitCode::SUCCESS);
            }
            Err(error) => vec![error],
        },
        (Ok(_), None) => Vec::new(),
        (Err(errors), _) => errors.texts(),
    };
    for error in &errors {
        writeln!(out, "error: {error}")?;
    }
    for warning in warnings(&bindings) {
        writeln!(out, "warning: {warning}")?;
    }
    Ok(if errors.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
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

fn warnings(bindings: &Map<String, Value>) -> Vec<String> {
    let mut warnings = Vec::new();
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
