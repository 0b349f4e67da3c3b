//! The platform's side, the only place for `worker`, `js-sys`, `web-sys` and `wasm-bindgen`.
//!
//! [`fetch`] and [`scheduled`] are called by `entry.js`, the worker's module. The `worker` crate would generate
//! such an entry, for as much CPU time again as the rest of the boundary: its handlers are always asynchronous,
//! behind proxies that are made anew for each request.

mod bindings;
mod body;
mod cipher;
mod http;
mod outbound;
mod renewal;
mod signature;
mod workers;

use std::cell::OnceCell;
use std::panic;
use std::rc::Rc;
use std::task::{self, Poll, Waker};

use js_sys::Promise;
use js_sys::futures::future_to_promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::handler::{schedule_reinit, set_on_abort};
use wasm_bindgen::prelude::wasm_bindgen;

use self::http::ReadHeaders;
use crate::log;
use crate::service::{REQUEST_ID, Service};
use bindings::Event;
use workers::Workers;

thread_local! {
    /// Bindings do not change while an isolate lives, so the configuration is read once.
    static ISOLATE: OnceCell<Rc<Isolate>> = const { OnceCell::new() };
}

/// What an isolate keeps.
struct Isolate {
    service: Service,
    headers: ReadHeaders,
}

fn isolate(event: &Event) -> Rc<Isolate> {
    let read = || {
        let env = event.env();
        let service = Service::new(|name| bindings::text(&env, name));
        let headers = ReadHeaders::new(service.read_headers());
        Rc::new(Isolate { service, headers })
    };
    ISOLATE.with(|kept| Rc::clone(kept.get_or_init(read)))
}

/// What follows a panic: a line in the log that says where, for the message could hold a secret, and a
/// new instance for the next event.
#[wasm_bindgen(start)]
fn start() {
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        workers::log(&log::Event::Internal(&place.unwrap_or_default()), "");
    }));
    set_on_abort(schedule_reinit);
}

/// Answers the request of `event` with a message, as `http::write` gives it, or, where something has to be
/// awaited, with a promise of one.
///
/// The argument must be a handle: wasm-bindgen writes text and bytes into the memory of an instance that a
/// panic has ended, before it makes the new one.
#[wasm_bindgen]
pub fn fetch(event: Event) -> JsValue {
    let mut answer = Box::pin(answer(event));
    match answer
        .as_mut()
        .poll(&mut task::Context::from_waker(Waker::noop()))
    {
        Poll::Ready(message) => message.into(),
        // What it waits for wakes the promise, which polls it again.
        Poll::Pending => future_to_promise(async move { Ok(answer.await.into()) }).into(),
    }
}

async fn answer(event: Event) -> String {
    let isolate = isolate(&event);
    let Isolate { service, headers } = &*isolate;
    let (head, body) = http::read(&event, headers).await;
    let ray = head.headers().get(REQUEST_ID);
    let ray = ray.and_then(|ray| ray.to_str().ok()).map(str::to_owned);
    let platform = Workers::new(event, ray);
    http::write(&match body {
        Ok(body) => service.handle(head.map(|()| body), &platform).await,
        Err(error) => service.refuse(error, head.headers(), &platform),
    })
}

/// Renews sessions ahead of need, when the [Cron Trigger][cron] in `wrangler.toml` says.
///
/// [cron]: https://developers.cloudflare.com/workers/configuration/cron-triggers/
#[wasm_bindgen]
pub fn scheduled(event: Event) -> Promise {
    let isolate = isolate(&event);
    let platform = Workers::new(event, None);
    future_to_promise(async move {
        isolate.service.scheduled(&platform).await;
        Ok(JsValue::UNDEFINED)
    })
}
