//! `POST /v1/sign/batch`: many URLs at once.

use std::rc::Rc;
use std::time::SystemTime;

use http::Response;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::context::Context;
use super::sign::{AuthorizedRequest, RequestForm, SignRequest, Signed, SignedUrl, check, presign};
use crate::api::error::Problem;
use crate::api::response::json;
use crate::api::{self, Error};
use crate::credentials::lifetime::{Lifetime, SessionRequest};
use crate::credentials::{CredentialsError, SessionProvider};
use crate::join::join_all;
use crate::json::{Json, from_json};
use crate::platform::Platform;

/// Most URLs in one request.
pub const MAX_BATCH_ITEMS: usize = 100;

/// Longest body, in bytes: 6 KiB an item, for 2 KB of metadata, S3's limit, and a key of 1,024 bytes of which every second
/// is written as `\u0000`.
pub const MAX_BATCH_BYTES: usize = MAX_BATCH_ITEMS * 6 * 1024;

/// A request for many URLs.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BatchRequest {
    /// 1 to 100 requests as for `POST /v1/sign`. Each succeeds or fails on its own.
    // Each is read on its own for the same reason.
    #[schemars(with = "Vec<SignRequest>", length(min = 1, max = MAX_BATCH_ITEMS))]
    items: Vec<Json>,
}

/// The response: `200` even when every item fails.
#[derive(Serialize, JsonSchema)]
pub struct Batch<'a> {
    /// The results, in the order of the request.
    pub items: Vec<BatchItem<'a>>,
}

/// The result of one item.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub enum BatchItem<'a> {
    /// A URL, as in the response of `POST /v1/sign`.
    Signed(Signed<'a>),
    /// An error.
    Refused {
        /// The same document as in an error response of `POST /v1/sign`.
        problem: Problem<'a>,
    },
}

impl BatchRequest {
    /// The items.
    ///
    /// # Errors
    /// When there are none or too many. An item that cannot be read has an error of its own.
    fn items(self) -> Result<Vec<Result<SignRequest, Error>>, Error> {
        if !(1..=MAX_BATCH_ITEMS).contains(&self.items.len()) {
            let reason = format!("must be 1 to {MAX_BATCH_ITEMS} objects");
            return Err(Error::field("items", reason));
        }
        let items = self.items.into_iter();
        let items = items.map(|item| from_json(item).map_err(|it| api::body::named(it).into()));
        Ok(items.collect())
    }
}

type Item<'a> = Result<AuthorizedRequest<'a>, Error>;

impl<P: Platform> Context<'_, '_, P> {
    /// Obtains sessions for all items first, and then signs without waiting for anything.
    pub(super) async fn sign_batch(&self) -> Result<Response<String>, Error> {
        let batch: BatchRequest = api::body::read(&self.body)?;
        let mut requests = batch.items()?;
        // Like an error, a response with nothing but errors may be read.
        self.trace.readable.set(Some(true));
        let now = self.platform.now();
        let items = requests.iter_mut().map(|request| {
            let request = request.as_mut().map_err(|error| error.clone())?;
            let permission = self.authorize_request(request)?;
            Ok(check(&permission, request, RequestForm::Json, now)?)
        });
        let items: Vec<Item<'_>> = items.collect();
        let failures = self.obtain_for_all(&items).await;
        let signed: Vec<Result<SignedUrl<'_>, Error>> = items
            .into_iter()
            .map(|item| self.sign_with_cached(&item?, &failures))
            .collect();
        let items = signed.iter().map(|signed| match signed {
            Ok(signed) => BatchItem::Signed(signed.response()),
            Err(error) => BatchItem::Refused {
                problem: Problem::new(error.answer(), self.platform.request_id()),
            },
        });
        json(&Batch {
            items: items.collect(),
        })
    }

    /// Obtains sessions for `items`, of all roles at the same time. Returns the providers that have none, and why.
    async fn obtain_for_all(&self, items: &[Item<'_>]) -> Vec<Failed> {
        let deadline = self.deadline();
        let mut users: Vec<(&Rc<SessionProvider>, Vec<SessionRequest>)> = Vec::new();
        for item in items.iter().flatten() {
            let provider = &item.profile.provider;
            let request = provider.request(item.lifetime, item.profile.window);
            let mut known = users.iter_mut();
            match known.find(|(known, _)| Rc::ptr_eq(known, provider)) {
                Some((_, requests)) => requests.push(request),
                None => users.push((provider, vec![request])),
            }
        }
        let failures = users.into_iter().map(async |(provider, requests)| {
            let error = self.obtain_longest(provider, requests, deadline);
            Some((Rc::clone(provider), error.await?))
        });
        let failures = join_all(failures).await;
        failures.into_iter().flatten().collect()
    }

    fn sign_with_cached<'a>(
        &self,
        item: &AuthorizedRequest<'a>,
        failures: &[Failed],
    ) -> Result<SignedUrl<'a>, Error> {
        let provider = &item.profile.provider;
        let request = provider.request(item.lifetime, item.profile.window);
        let now = self.platform.now();
        let mut failures = failures.iter();
        let failure = failures.find(|(failed, _)| Rc::ptr_eq(failed, provider));
        let session = match provider.cached(request, now) {
            Some(session) => session?,
            None => match (provider.fallback(request, now), failure) {
                (Some(Ok(session)), _) => session,
                (_, Some((_, error))) => return Err(error.clone().into()),
                (Some(Err(error)), None) => return Err(error.into()),
                (None, None) => return Err(Error::Internal("session")),
            },
        };
        presign(item, &self.end_with_link(session)?)
    }

    /// Obtains a session for the longest lifetime of `requests`, which serves the others as well; where no session can
    /// give that, for the next longest. Lifetimes that may be shortened come second, because less is enough for them.
    async fn obtain_longest(
        &self,
        provider: &Rc<SessionProvider>,
        requests: Vec<SessionRequest>,
        deadline: SystemTime,
    ) -> Option<CredentialsError> {
        let is_exact = |it: &SessionRequest| matches!(it.lifetime, Lifetime::Exactly(_));
        let (exact, flexible): (Vec<_>, Vec<_>) = requests.into_iter().partition(is_exact);
        for mut requests in [exact, flexible] {
            while let Some(longest) = take_longest(&mut requests) {
                match self.obtain(provider, longest, deadline).await {
                    Ok(_) => break,
                    Err(CredentialsError::LifetimeUnavailable { .. }) => {}
                    Err(error) => return Some(error),
                }
            }
        }
        None
    }
}

/// A provider that has no session, and why.
type Failed = (Rc<SessionProvider>, CredentialsError);

fn take_longest(requests: &mut Vec<SessionRequest>) -> Option<SessionRequest> {
    let longest = (requests.iter().enumerate()).max_by_key(|(_, it)| it.lifetime_from_signing());
    let (index, _) = longest?;
    Some(requests.swap_remove(index))
}
