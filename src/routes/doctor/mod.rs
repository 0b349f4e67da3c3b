//! `GET /v1/doctor`: walks the chain from the configuration to the bucket, and says for each step what was seen and how to
//! fix it. For admins only.

mod budget;
mod configuration;
mod cors;
mod issuer;
mod report;
mod s3;
mod sts;
mod token;

use std::rc::Rc;

use http::Response;

pub use configuration::leave_heartbeat;
pub use report::{Check, Report, Status, Step};

use super::context::Context;
use crate::api::{Error, prefers_plain_text, response};
use crate::config::Config;
use crate::iam::AwsSetup;
use crate::platform::Platform;
use crate::profiles;
use budget::Budget;
use token::Examined;

impl<P: Platform> Context<'_, '_, P> {
    /// The report: as text where the request prefers that, else as JSON.
    pub(super) async fn doctor(&self) -> Result<Response<String>, Error> {
        if !self.config.callers.is_admin(&self.principal) {
            return Err(profiles::denial(&self.principal).into());
        }
        let report = examine(self.config, self.platform).await;
        self.trace.record_wait("doctor", self.platform.now());
        if prefers_plain_text(self.request.headers()) {
            Ok(response::plain_text(report.to_string()))
        } else {
            response::json(&report)
        }
    }
}

async fn examine<'c>(config: &'c Config, platform: &impl Platform) -> Report<'c> {
    let budget = Budget::new(platform.now());
    let mut steps: Vec<Step<'c>> = configuration::configuration(config);
    steps.push(configuration::cache_key(config));
    steps.push(configuration::kv(platform).await);
    steps.push(configuration::cron(platform).await);
    let (of_token, examined) = token::check(config, platform).await;
    steps.extend(of_token);
    if let Some(examined) = &examined {
        steps.extend(issuer::check(examined, &budget, platform).await);
    }
    let mut sessions = Vec::new();
    for provider in &config.providers {
        let checked = sts::check(provider, examined.as_ref(), &budget, platform).await;
        steps.extend(checked.0);
        sessions.push((provider, checked.1));
    }
    for profile in config.profiles.iter() {
        let mut sessions = sessions.iter();
        let session = sessions.find(|(provider, _)| Rc::ptr_eq(provider, &profile.provider));
        let credentials = session.and_then(|(_, credentials)| credentials.as_ref());
        steps.extend(s3::check(profile, credentials, &budget, platform).await);
        steps.extend(cors::check(profile, &budget, platform).await);
    }
    let iam = aws_setup(config, examined.as_ref(), &mut steps);
    Report::new(steps, iam)
}

/// What the profiles and this very token need in AWS.
fn aws_setup(
    config: &Config,
    examined: Option<&Examined>,
    steps: &mut Vec<Step<'_>>,
) -> Option<AwsSetup> {
    let trust = examined.map(|examined| &examined.trust);
    let mut providers = config.providers.iter();
    let role = providers.find_map(|provider| provider.role.as_ref());
    // Buckets of another account are an exception, for which `npm run check` has an option.
    let account = role.and_then(|role| role.arn.split(':').nth(4));
    let account = account.filter(|account| !account.is_empty());
    let setup = AwsSetup::of(&config.profiles, trust, account, &[]);
    let step = match &setup {
        Ok(_) => Step::ok(Check::Iam, "`iam` has the policies and CORS rules to paste"),
        Err(error) => {
            let fix = "name the bucket by its ARN, and run this again for the policies to paste";
            Step::warning(Check::Iam, error.to_string(), fix)
        }
    };
    steps.push(step);
    setup.ok()
}
