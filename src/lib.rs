//! Presigned S3 URLs from a Cloudflare Worker that holds no AWS key.
//!
//! # The path of a request
//!
//! 1. [`edge`](self#modules) turns the platform's request into an [`http::Request`];
//! 2. [`service`] is the whole path from end to end: it finds the route in [`routes::table`],
//! 3. authenticates the principal ([`callers`]) and applies the rate limit ([`rate_limit`]),
//! 4. and calls the route's handler in [`routes`], which has the request authorized by a profile ([`profiles`]),
//! 5. obtains a session ([`credentials`]): from the isolate's cache, else from Workers KV, else from STS ([`sts`]) in
//!    exchange for the OIDC token, where a Durable Object may do that for all isolates,
//! 6. signs the URL ([`presign`]),
//! 7. and responds ([`api`]). [`api::error`] has the one table from error to response.
//!
//! # Modules
//!
//! Each module imports only modules below it. A test holds this order; see `tests/architecture.rs`.
//!
//! | module | what is in it |
//! |---|---|
//! | `edge` | the Workers runtime: requests, KV, Durable Objects, outbound calls, timers, WebCrypto; compiled for wasm32 only |
//! | [`service`] | the path of a request; the log line of a request |
//! | [`routes`] | one module a route: request type, response type, handler; the table of routes |
//! | [`api`] | what routes share: limits, JSON bodies, content negotiation, keys, responses, errors |
//! | [`config`] | variables and secrets, read into the types of the modules below |
//! | [`vending`] | credentials of one caller: how they are made, and the isolate's cache of them |
//! | [`iam`] | the policies and CORS rules that profiles need in AWS |
//! | [`profiles`] | authorization: which caller may do what with which keys |
//! | [`credentials`] | sessions: cache, KV record, schedule, renewal, lifetimes of URLs |
//! | [`rate_limit`] | how often a caller may send requests |
//! | [`callers`] | authentication: bearer keys, JWTs and their issuers, signed links |
//! | [`s3`] | what the worker itself asks of S3: multipart uploads, a look at an object |
//! | [`multipart`] | the handle of a multipart upload, and its plan of parts |
//! | [`sts`] | the OIDC token and `AssumeRoleWithWebIdentity` |
//! | [`oidc`] | the worker as an OIDC issuer of its own; public keys as JWKs |
//! | [`presign`] | Signature Version 4: operations, headers, buckets, forms, upload limits |
//! | [`sealed`] | AES-GCM envelopes, and values in KV that are sealed |
//! | [`aws`] | credentials, endpoints, XML and errors that STS and S3 share |
//! | [`retry`], [`join`] | bounded retries with random pauses; several waits at once |
//! | [`cors`], [`log`], [`data_point`], [`json`], [`names`], `sorted`, [`instant`], [`encode`], [`secret`] | ground |
//! | [`platform`] | the ports: clock, entropy, crypto, KV, Durable Objects, HTTP, background work, telemetry |

#![forbid(unsafe_code)]
// A panic in wasm takes the whole isolate down, with every request in it. Tests and the build script may panic.
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

// In every module of WebAssembly, so that the benchmark compares like with like.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

pub mod api;
pub mod aws;
pub mod callers;
pub mod config;
pub mod cors;
pub mod credentials;
pub mod data_point;
#[cfg(all(target_arch = "wasm32", feature = "edge"))]
pub mod edge;
pub mod encode;
pub mod iam;
pub mod instant;
pub mod join;
pub mod json;
pub mod log;
pub mod multipart;
pub mod names;
pub mod oidc;
pub mod platform;
pub mod presign;
pub mod profiles;
pub mod rate_limit;
pub mod retry;
pub mod routes;
pub mod s3;
pub mod sealed;
pub mod secret;
pub mod service;
mod sorted;
pub mod sts;
pub mod vending;
