//! `POST /v1/sign/batch`: many URLs at once.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::SignRequest;
use super::body::{Fault, from_json};
use super::problem::Problem;
use super::response::Signed;
use crate::error::Error;
use crate::json::Json;

/// How many URLs can be asked for at once.
pub const MAX_BATCH_ITEMS: usize = 100;

/// Longest body, in bytes: 6 KiB an item, for 2 KB of metadata, S3's limit, and a key of 1,024 bytes of
/// which every second is written as `\u0000`.
pub const MAX_BATCH_BYTES: usize = MAX_BATCH_ITEMS * 6 * 1024;

/// URLs that are asked for.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BatchRequest {
    /// 1 to 100, each as `POST /v1/sign` takes it. They stand for themselves: one that is refused does
    /// not touch the others.
    // Read one by one for the same reason.
    #[schemars(with = "Vec<SignRequest>", length(min = 1, max = MAX_BATCH_ITEMS))]
    items: Vec<Json>,
}

impl BatchRequest {
    /// What is asked for, item by item.
    ///
    /// # Errors
    /// [`Error::InvalidField`] when there are none or too many; an item that cannot be read has its own.
    pub fn items(self) -> Result<Vec<Result<SignRequest, Error>>, Error> {
        if !(1..=MAX_BATCH_ITEMS).contains(&self.items.len()) {
            let reason = format!("must be 1 to {MAX_BATCH_ITEMS} objects");
            return Err(Error::field("items", reason));
        }
        let items = self.items.into_iter();
        let items = items.map(|item| from_json(item).map_err(|fault: Fault| fault.into()));
        Ok(items.collect())
    }
}

/// The answer: `200` even when no item got its URL.
#[derive(Serialize, JsonSchema)]
pub struct Batch<'a> {
    /// What came of the items, in their order.
    pub items: Vec<BatchItem<'a>>,
}

/// What came of one item.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub enum BatchItem<'a> {
    /// A URL, as `POST /v1/sign` gives it.
    Signed(Signed<'a>),
    /// A refusal.
    Refused {
        /// The same document as `POST /v1/sign` answers with.
        problem: Problem<'a>,
    },
}
