mod batch;
mod link_ends;
mod multipart;
mod openapi;
mod post_policy;
mod readyz;
