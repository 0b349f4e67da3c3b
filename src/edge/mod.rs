//! The platform's side, the only place for `worker`, `js-sys`, `web-sys` and `wasm-bindgen`.
//!
//! [`fetch`] and [`scheduled`] are called by `entry.js`, the worker's module. The entry that is generated
//! for handlers of the `worker` crate would do that too, for as much CPU time again as the rest of the
//! boundary: its handlers are always asynchronous, behind proxies that are made anew for each request.

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
use crate::log::Event;
use crate::service::{REQUEST_ID, Service};
use worker::Env;
use worker::worker_sys::Context;
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

fn isolate(env: &Env) -> Rc<Isolate> {
    let read = || {
        let service = Service::new(|name| bindings::text(env, name));
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
        workers::log(&Event::Internal(&place.unwrap_or_default()), "");
    }));
    set_on_abort(schedule_reinit);
}

/// Answers a request with a `Response`, or with a promise of one. A request for which nothing has to be
/// awaited is spared the promise.
#[wasm_bindgen]
pub fn fetch(request: web_sys::Request, env: Env, context: Context) -> JsValue {
    let isolate = isolate(&env);
    let mut answer = Box::pin(async move {
        let Isolate { service, headers } = &*isolate;
        let incoming = http::read(&request, headers).await;
        let ray = incoming.as_ref().ok().and_then(|incoming| {
            let ray = incoming.headers().get(REQUEST_ID)?;
            ray.to_str().ok().map(str::to_owned)
        });
        let platform = Workers::new(env, ray, context);
        let answer = match incoming {
            Ok(incoming) => service.handle(incoming, &platform).await,
            Err(error) => service.refuse(error, &platform),
        };
        // A status and headers of ours are never refused.
        http::write(&answer).unwrap_or_else(|_| web_sys::Response::error())
    });
    match answer
        .as_mut()
        .poll(&mut task::Context::from_waker(Waker::noop()))
    {
        Poll::Ready(answer) => answer.into(),
        // What it waits for wakes the promise, which polls it again.
        Poll::Pending => future_to_promise(async move { Ok(answer.await.into()) }).into(),
    }
}

/// Renews sessions ahead of need, when the [Cron Trigger][cron] in `wrangler.toml` says.
///
/// [cron]: https://developers.cloudflare.com/workers/configuration/cron-triggers/
#[wasm_bindgen]
pub fn scheduled(_: JsValue, env: Env, context: Context) -> Promise {
    let isolate = isolate(&env);
    let platform = Workers::new(env, None, context);
    future_to_promise(async move {
        isolate.service.scheduled(&platform).await;
        Ok(JsValue::UNDEFINED)
    })
}
