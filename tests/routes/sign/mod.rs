//! `/v1/sign` and `/o/…` from request to answer.

mod body;
mod index_document;
mod inline;
mod path;
