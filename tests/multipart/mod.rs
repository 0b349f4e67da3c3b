//! Uploads in parts: plans and handles.

mod handle;
mod plan;
