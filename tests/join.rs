//! Several waits at once.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use edge_presigner::join::join_all;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn no_more_wait_at_the_same_time_than_an_event_has_connections() {
    // https://developers.cloudflare.com/workers/platform/limits/#simultaneous-open-connections
    const CONNECTIONS: usize = 6;
    let ended = Cell::new(0);
    let started = Cell::new(0);
    let waits = (0..14).map(|n| {
        let (started, ended) = (&started, &ended);
        let mut is_new = true;
        poll_fn(move |_| {
            if is_new {
                started.set(started.get() + 1);
                is_new = false;
            }
            if n < ended.get() {
                Poll::Ready(n)
            } else {
                Poll::Pending
            }
        })
    });
    let mut all = pin!(join_all(waits));
    let mut context = Context::from_waker(Waker::noop());
    for done in 0..14 {
        ended.set(done);
        assert!(all.as_mut().poll(&mut context).is_pending());
        let waiting = started.get() - done;
        assert!(waiting > 0 && waiting < CONNECTIONS, "{waiting}");
    }
    assert_eq!(started.get(), 14);
    ended.set(14);
    let outputs = all.as_mut().poll(&mut context);
    assert_eq!(outputs, Poll::Ready((0..14).collect()));
}
