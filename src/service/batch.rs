//! `POST /v1/sign/batch`.

use std::rc::Rc;

use http::Response;

use super::asking::Asking;
use super::sign::{Granted, Permitted, Source, check};
use crate::api::problem::Problem;
use crate::api::{self, Batch, BatchItem, BatchRequest, MAX_BATCH_BYTES};
use crate::credentials::Supply;
use crate::credentials::lifetime::{Lifetime, Wanted};
use crate::error::Error;
use crate::platform::Platform;

impl<P: Platform> Asking<'_, '_, P> {
    /// Finds sessions for all items first, and then signs without waiting for anything.
    pub(super) async fn sign_batch(&self) -> Result<Response<String>, Error> {
        let batch: BatchRequest = api::body::read(self.request.body(), MAX_BATCH_BYTES)?;
        let asked = batch.items()?;
        // An answer of refusals alone can be read as a refusal can.
        self.trace.readable.set(Some(true));
        let items = asked.iter().map(|asked| {
            let asked = asked.as_ref().map_err(Error::clone)?;
            check(self.permit_for(asked)?, asked, Source::Json)
        });
        let items: Vec<Result<Permitted<'_>, Error>> = items.collect();
        let failures = self.prepare(&items).await;
        let granted: Vec<Result<Granted<'_>, Error>> = items
            .into_iter()
            .map(|item| self.sign_at_hand(item?, &failures))
            .collect();
        let items = granted.iter().map(|granted| match granted {
            Ok(granted) => BatchItem::Signed(granted.signed()),
            Err(error) => BatchItem::Refused {
                problem: Problem::of(error, self.platform.request_id()),
            },
        });
        api::json(&Batch {
            items: items.collect(),
        })
    }

    /// Sees to it that sessions for `items` are at hand. Gives for each supply why they are not.
    async fn prepare(&self, items: &[Result<Permitted<'_>, Error>]) -> Vec<Option<Error>> {
        let supplies = &self.service.supplies;
        let mut failures = Vec::with_capacity(supplies.len());
        for supply in supplies {
            let users = items.iter().flatten();
            let users = users.filter(|item| item.profile.provider == supply.place);
            let wanted = users.map(|item| supply.wanted(item.lifetime, item.profile.window));
            failures.push(self.obtain_for_all(supply, wanted.collect()).await);
        }
        failures
    }

    fn sign_at_hand<'a>(
        &self,
        item: Permitted<'a>,
        failures: &[Option<Error>],
    ) -> Result<Granted<'a>, Error> {
        let supply = self.supply(item.profile)?;
        let wanted = supply.wanted(item.lifetime, item.profile.window);
        let now = self.platform.now();
        let failure = failures.get(supply.place).cloned().flatten();
        let obtained = match supply.at_hand(wanted, now) {
            Some(obtained) => obtained?,
            None => match (supply.make_do(wanted, now), failure) {
                (Some(Ok(obtained)), _) => obtained,
                (_, Some(failure)) => return Err(failure),
                (Some(Err(error)), None) => return Err(error),
                (None, None) => return Err(Error::Internal("session")),
            },
        };
        self.presign(item, &self.within_link(obtained)?)
    }

    /// Obtains a session for the longest life that is `wanted`, which serves for the others as well; where no
    /// session can give that, for the next. Lives that may be shortened come second, because they are
    /// content with less.
    async fn obtain_for_all(&self, supply: &Rc<Supply>, wanted: Vec<Wanted>) -> Option<Error> {
        let exact = |wanted: &Wanted| matches!(wanted.lifetime, Lifetime::Exactly(_));
        let (exact, content): (Vec<_>, Vec<_>) = wanted.into_iter().partition(exact);
        for mut wanted in [exact, content] {
            while let Some(longest) = take_longest(&mut wanted) {
                match self.obtain(supply, longest).await {
                    Ok(_) => break,
                    Err(Error::LifetimeUnavailable { .. }) => {}
                    Err(error) => return Some(error),
                }
            }
        }
        None
    }
}

fn take_longest(wanted: &mut Vec<Wanted>) -> Option<Wanted> {
    let longest = wanted.iter().enumerate().max_by_key(|(_, it)| it.needed());
    let (place, _) = longest?;
    Some(wanted.swap_remove(place))
}
