//! Futures: several at once, and one apart.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

/// How many wait at the same time. An event has [six connections][limit], and time limits run for those that queue too.
///
/// [limit]: https://developers.cloudflare.com/workers/platform/limits/#simultaneous-open-connections
const MAX_AT_ONCE: usize = 5;

/// The outputs of `futures`, in their order, once all of them are there. Up to five wait at the same time.
pub async fn join_all<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let futures = futures.into_iter().map(|future| (Box::pin(future), None));
    let mut futures: Vec<_> = futures.collect();
    poll_fn(|context| {
        let mut result = Poll::Ready(());
        let mut waiting = 0;
        for (future, output) in futures.iter_mut().filter(|(_, output)| output.is_none()) {
            if waiting == MAX_AT_ONCE {
                break;
            }
            match future.as_mut().poll(context) {
                Poll::Ready(ready) => *output = Some(ready),
                Poll::Pending => {
                    result = Poll::Pending;
                    waiting = waiting.saturating_add(1);
                }
            }
        }
        result
    })
    .await;
    let outputs = futures.into_iter().filter_map(|(_, output)| output);
    outputs.collect()
}

/// A future of a `T` behind a pointer.
pub type Boxed<'f, T> = Pin<Box<dyn Future<Output = T> + 'f>>;

/// `future` as a function of its own. The compilers would otherwise make one function of it and of the one that waits for it,
/// which the runtime has to compile as a whole before it runs the first time: so this is for what only some requests need, such
/// as the handler of one route.
#[inline(never)]
pub fn boxed<'f, T>(future: impl Future<Output = T> + 'f) -> Boxed<'f, T> {
    Box::pin(future)
}
