//! What the Cron Trigger finds, as data points: how long the sessions and the token last.

use std::time::Duration;

use crate::config::Config;
use crate::credentials::SessionProvider;
use crate::credentials::schedule::RotationSchedule;
use crate::data_point::DataPoint;
use crate::instant::left_until;
use crate::log::Level;
use crate::platform::{Clock, Platform, Telemetry};

/// Writes one point for each role, where sessions are shared, and one for the token that the next exchange needs.
pub(super) async fn write_points(config: &Config, platform: &impl Platform) {
    if !config.cache_keys.is_empty() {
        for provider in &config.providers {
            session(provider, platform);
        }
    }
    let needs_token = config.providers.iter().any(|it| it.role.is_some());
    if needs_token && config.issuer.is_none() {
        let held = config.tokens.held(Duration::ZERO, platform).await;
        let now = platform.now();
        let left = held
            .latest()
            .map(|(token, _)| left_until(token.expires_at, now));
        DataPoint {
            secs_left: left.unwrap_or_default().as_secs(),
            ..DataPoint::new("tokenChecked", Level::Info)
        }
        .write(platform);
    }
}

fn session(provider: &SessionProvider, platform: &(impl Clock + Telemetry)) {
    let Some(role) = &provider.role else {
        return;
    };
    let now = platform.now();
    let last = provider.cache.last();
    let left = last.as_ref().map(|last| last.left_at(now));
    let spare = last
        .map(|last| RotationSchedule::of(&last, provider.max_url_lifetime))
        .map(|schedule| schedule.spare_at(now));
    DataPoint {
        role: role.name(),
        secs_left: left.unwrap_or_default().as_secs(),
        spare_secs: spare.unwrap_or_default().as_secs(),
        ..DataPoint::new("sessionChecked", Level::Info)
    }
    .write(platform);
}
