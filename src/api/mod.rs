//! The HTTP surface: what comes in, within fixed limits, and what goes out.

mod batch;
pub mod body;
mod disposition;
mod key;
mod limits;
mod links;
pub mod multipart;
pub mod openapi;
mod parameters;
mod post_policy;
pub mod problem;
mod request;
mod response;
mod route;

pub use batch::{Batch, BatchItem, BatchRequest, MAX_BATCH_BYTES, MAX_BATCH_ITEMS};
pub use key::{InvalidKey, MAX_KEY_BYTES, ObjectKey};
pub use limits::{MAX_HEADER_BYTES, MAX_URL_BYTES, check_size, read_url};
pub use links::{LinkCreated, LinkRequest, MAX_LINK_LIFETIME_SECS};
pub use parameters::response_overrides;
pub use post_policy::{FormKey, MAX_PUT_BYTES, PostPolicyRequest};
pub use request::{
    EncodingType, MAX_BODY_BYTES, OBJECT_PARAMETERS, ObjectRequest, ResponseHeaders, SignRequest,
};
pub use response::{PostForm, Signed, health, json, ready, redirect};
pub use route::{ObjectPath, Route, Step, body_limit_bytes, split_capability};
