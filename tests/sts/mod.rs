//! A token, traded for a session.

mod exchange;
mod failure;
mod request;
mod response;
mod token;

use crate::support::{Fake, answer, bindings_with};
use edge_presigner::config::{Config, Provider};
use edge_presigner::credentials::Session;
use edge_presigner::error::Error;
use edge_presigner::sts;
use http::Response;

fn config_with(changes: &[(&str, &str)]) -> Config {
    let bindings = bindings_with(changes);
    Config::read(|name| bindings.get(name).cloned()).unwrap()
}

/// Trades the token for a session of the first role.
async fn exchange(config: &Config, fake: &Fake) -> Result<Session, Error> {
    let Provider::Role(role) = &config.providers[0] else {
        panic!("{config:?}")
    };
    sts::exchange(config, role, fake).await
}

fn refused(status: u16, code: &str, message: &str) -> Response<String> {
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message>\
         </Error><RequestId>a1b2-c3</RequestId></ErrorResponse>"
    );
    answer(status, &body)
}
