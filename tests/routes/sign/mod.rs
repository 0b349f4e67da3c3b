//! `/v1/sign` and `/o/…` from request to answer.

mod body;
mod path;
