//! A token, traded for a session.

mod exchange;
mod failure;
mod pasted;
mod pushed;
mod reported;
mod request;
mod response;
mod token;
mod token_source;

use std::time::Duration;

use crate::support::{Fake, answer, bindings_with, secs};
use edge_presigner::config::Config;
use edge_presigner::retry::MAX_ATTEMPTS;
use edge_presigner::sts::{self, Effort, ExchangeError, TemporaryCredentials};
use http::Response;

fn config_with(changes: &[(&str, &str)]) -> Config {
    let bindings = bindings_with(changes);
    Config::read(|name| bindings.get(name).cloned()).unwrap()
}

/// Trades the token for a session of the first role.
async fn exchange(config: &Config, fake: &Fake) -> Result<TemporaryCredentials, ExchangeError> {
    exchange_with(MAX_ATTEMPTS, secs(10), config, fake).await
}

/// The same with at most so many calls, within `time`.
async fn exchange_with(
    max_attempts: u32,
    time: Duration,
    config: &Config,
    fake: &Fake,
) -> Result<TemporaryCredentials, ExchangeError> {
    let effort = Effort {
        max_attempts,
        deadline: fake.now.get() + time,
    };
    let provider = &config.providers[0];
    let role = provider.role.as_ref().unwrap();
    sts::exchange(&provider.sts, role, &provider.tokens, effort, fake).await
}

fn refused(status: u16, code: &str, message: &str) -> Response<String> {
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message>\
         </Error><RequestId>a1b2-c3</RequestId></ErrorResponse>"
    );
    answer(status, &body)
}
