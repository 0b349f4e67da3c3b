//! One binary, whose tree is that of `src/`: the tests of `callers::jwt` stand in `callers/jwt.rs`, and
//! `cargo test callers::jwt` runs them alone. What several of them need is in [`support`].

mod support;

mod callers;
mod config;
mod cors;
mod credentials;
mod hostile_inputs;
mod instant;
mod json;
mod multipart;
mod presign;
mod profiles;
mod rate_limit;
mod routes;
mod secret;
mod service;
mod sts;
