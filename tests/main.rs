//! One binary, whose tree is that of `src/`: the tests of `callers::jwt` stand in `callers/jwt.rs`, and
//! `cargo test callers::jwt` runs them alone. What several of them need is in [`support`].

// Test data is small, and tables of cases are easier to read when each row stands for itself.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::format_collect,
    clippy::needless_pass_by_value
)]

mod support;

mod api;
#[cfg(not(target_arch = "wasm32"))]
mod architecture;
mod aws;
mod callers;
mod config;
mod cors;
mod credentials;
mod data_point;
#[cfg(not(target_arch = "wasm32"))]
mod docs;
mod encode;
mod hostile_inputs;
mod iam;
mod instant;
mod join;
mod json;
mod multipart;
mod oidc;
mod presign;
mod profiles;
mod rate_limit;
mod records;
mod routes;
mod s3;
mod secret;
mod service;
mod sts;
mod vending;
