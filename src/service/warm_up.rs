//! What an isolate does before its first request, so that this one does not wait for the runtime to compile what every
//! request needs.

use std::cell::Cell;

use super::Service;
use super::request_log::Successes;
use crate::config::Config;

impl Service {
    /// A service that knows one made-up caller, with the key `warm-up`, and signs for one made-up profile, `warm-up`, with
    /// made-up credentials. Another profile, `role`, has a role, because most have. The platform has to be made up too: this calls
    /// STS and KV, and logs, as any service does. What is not made up is read from `binding`.
    pub fn for_warm_up(binding: impl Fn(&str) -> Option<String>) -> Self {
        let made_up = |name: &str| made_up(name).map(str::to_owned);
        Self {
            config: Config::read_valid(|name| made_up(name).or_else(|| binding(name))),
            // Its credentials are static, of which a real configuration is warned.
            warned: Cell::new(true),
            successes: Successes::default(),
        }
    }
}

fn made_up(name: &str) -> Option<&'static str> {
    Some(match name {
        "AWS_REGION" => "us-east-1",
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => "warm-up",
        "CACHE_KEY" => "d2FybS11cCB3YXJtLXVwIHdhcm0tdXAgd2FybS11cCA=",
        "LOG_REQUESTS" => "none",
        // The SHA-256 of the key.
        "CALLERS" => {
            r#"{"warm-up":{"bearerSha256":["b64f459893b6709b0efefe5a5a61b8a557b80176fe6c6bbf5d554e9f77ec0f0c"]}}"#
        }
        "PROFILES" => {
            r#"{
                "warm-up": {"bucket":"warm-up","keyPrefix":"","operations":["getObject"],"callers":["warm-up"],"maxLifetimeSecs":900},
                "role": {"bucket":"warm-up","keyPrefix":"","operations":["getObject"],"callers":["warm-up"],"maxLifetimeSecs":900,
                    "roleArn":"arn:aws:iam::123456789012:role/warm-up"}
            }"#
        }
        _ => return None,
    })
}
