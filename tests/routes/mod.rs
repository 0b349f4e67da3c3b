//! Each route from request to answer.

mod batch;
mod doctor;
mod issuer;
mod lfs;
mod links;
mod multipart;
mod openapi;
mod post_policy;
mod public_url;
mod readyz;
mod sign;
mod table;
mod token;
mod uploads;
mod uppy;
