//! Presigned S3 URLs from a Cloudflare Worker that holds no AWS key.
//!
//! The life of one request, and the modules in that order:
//!
//! 1. `edge` (wasm32 only) turns the platform's request into an [`http::Request`];
//! 2. [`api`] reads the route and what is asked for, within fixed limits;
//! 3. [`callers`] finds out who asks;
//! 4. [`profiles`] decides whether that caller may have that URL;
//! 5. [`credentials`] finds a session: in this isolate's memory, else in Workers KV, else
//!    from [`sts`] in exchange for the OIDC token;
//! 6. [`presign`] signs the URL;
//! 7. [`api`] answers, and [`error`] turns every failure into a problem document.
//!
//! [`service`] is that path as one function. Everything outside `edge` is pure: the instant,
//! random bytes, the network and the store come in through [`platform::Platform`].

#![forbid(unsafe_code)]
#![warn(missing_docs)]
// A panic in wasm takes the whole isolate down, with every request in it.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::todo,
    clippy::unimplemented,
    clippy::unreachable,
    clippy::unwrap_used
)]

pub mod api;
pub mod aws;
pub mod callers;
pub mod config;
pub mod cors;
pub mod credentials;
#[cfg(target_arch = "wasm32")]
pub mod edge;
pub mod encode;
pub mod error;
pub mod instant;
pub mod json;
pub mod log;
pub mod multipart;
pub mod platform;
pub mod presign;
pub mod profiles;
pub mod rate_limit;
pub mod readiness;
pub mod sealed;
pub mod secret;
pub mod service;
pub mod sts;
pub mod trace;
