//! Several waits at once.

use std::future::poll_fn;
use std::task::Poll;

/// The outputs of `futures`, in their order, once all of them are there. They wait at the same time.
pub async fn join_all<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let futures = futures.into_iter().map(|future| (Box::pin(future), None));
    let mut futures: Vec<_> = futures.collect();
    poll_fn(|context| {
        let mut result = Poll::Ready(());
        for (future, output) in futures.iter_mut().filter(|(_, output)| output.is_none()) {
            match future.as_mut().poll(context) {
                Poll::Ready(ready) => *output = Some(ready),
                Poll::Pending => result = Poll::Pending,
            }
        }
        result
    })
    .await;
    let outputs = futures.into_iter().filter_map(|(_, output)| output);
    outputs.collect()
}
