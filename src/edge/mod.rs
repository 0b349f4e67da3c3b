//! The platform's side, the only place for `worker`, `js-sys`, `web-sys` and `wasm-bindgen`.
//!
//! `web_sys` types are used as they come: the `http` feature of the `worker` crate would turn bodies
//! into streams and copy every header both ways, for each request.

mod body;
mod cipher;
mod http;
mod outbound;
mod renewal;
mod workers;

use std::cell::OnceCell;
use std::convert::Infallible;
use std::rc::Rc;

use worker::{Context, Env, ScheduleContext, ScheduledEvent, event};

use crate::api::problem;
use crate::platform::Platform;
use crate::service::Service;
use workers::{Anchor, Workers};

thread_local! {
    /// Bindings do not change while an isolate lives, so the configuration is read once.
    static SERVICE: OnceCell<Rc<Service>> = const { OnceCell::new() };
}

fn service(env: &Env) -> Rc<Service> {
    let read = || Rc::new(Service::new(|name| workers::binding(env, name)));
    SERVICE.with(|kept| Rc::clone(kept.get_or_init(read)))
}

/// Answers a request. It cannot fail: every failure has its answer, and an error type that could
/// hold one would bring a tenth of the bundle for its texts alone.
///
/// This module exports nothing but handlers: every exported function could be called over service
/// bindings.
#[event(fetch)]
async fn fetch(
    request: web_sys::Request,
    env: Env,
    context: Context,
) -> Result<web_sys::Response, Infallible> {
    let service = service(&env);
    let incoming = http::read(&request).await;
    let platform = Workers::new(env, Some(request), Anchor::Fetch(context));
    let answer = match incoming {
        Ok(incoming) => service.handle(incoming, &platform).await,
        Err(error) => problem::answer(&error, platform.request_id()),
    };
    // A status and headers of ours are never refused.
    Ok(http::write(&answer).unwrap_or_else(|_| web_sys::Response::error()))
}

/// Renews sessions ahead of need, when the [Cron Trigger][cron] in `wrangler.toml` says.
///
/// [cron]: https://developers.cloudflare.com/workers/configuration/cron-triggers/
#[event(scheduled)]
async fn scheduled(_: ScheduledEvent, env: Env, context: ScheduleContext) {
    let service = service(&env);
    let platform = Workers::new(env, None, Anchor::Scheduled(context));
    service.scheduled(&platform).await;
}
