//! Credentials of one caller.

mod cache;
mod r2;
mod route;
mod sts;
