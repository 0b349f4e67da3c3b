//! The platform's side, the only place for `worker`, `js-sys`, `web-sys` and `wasm-bindgen`.
//!
//! `entry.js` is the worker's module. While an isolate starts, `compile_ahead.js` calls [`warm_up`]; then `handlers.js` calls
//! [`fetch`] and [`scheduled`]. The entry that the `worker` crate would generate takes as much CPU time again as the rest of
//! the boundary: its handlers are always asynchronous, behind proxies that are created for each request.

mod background;
mod bindings;
mod body;
mod crypto;
mod global;
mod http;
mod outbound;
mod runtime;
mod session_object;

use std::cell::OnceCell;
use std::panic;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{self, Poll, Waker};

use ::http::Request;
use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::handler::set_on_abort;
use wasm_bindgen::prelude::wasm_bindgen;

use self::http::ReadHeaders;
use crate::api::Error;
use crate::log;
use crate::platform::CF_RAY;
use crate::service::Service;
use bindings::{Event, console_error};
use body::RequestBody;
use global::{after_wait, promise};
use runtime::Workers;

#[wasm_bindgen(module = "/src/edge/boundary.js")]
extern "C" {
    #[wasm_bindgen(js_name = onEnd)]
    fn set_on_end(callback: &JsValue);

    #[wasm_bindgen(js_name = whileAlive)]
    fn while_alive(work: Promise) -> JsValue;

    #[wasm_bindgen(js_name = instanceEnds)]
    fn instance_ends();
}

thread_local! {
    /// Bindings do not change while an isolate lives, so the configuration is read once.
    static ISOLATE: OnceCell<Rc<Isolate>> = const { OnceCell::new() };
}

/// What an isolate keeps between events.
struct Isolate {
    service: Service,
    headers: ReadHeaders,
}

impl Isolate {
    fn new(service: Service) -> Rc<Self> {
        let headers = ReadHeaders::new(service.read_headers());
        Rc::new(Self { service, headers })
    }
}

fn isolate(event: &Event) -> Rc<Isolate> {
    let read = || Isolate::new(read_service(event));
    ISOLATE.with(|kept| Rc::clone(kept.get_or_init(read)))
}

fn read_service(event: &Event) -> Service {
    set_handlers();
    let env = event.env();
    Service::new(|name| bindings::text(&env, name))
}

/// After a panic, writes a line to the log that says where it was, without the message, which could contain a secret; and
/// tells `boundary.js` of the end of the instance.
///
/// The crate `worker` has a start function that would replace what another one sets, so an instance does this when it
/// is first used.
fn set_handlers() {
    panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string);
        let record = log::internal(&location.unwrap_or_default());
        console_error(&record.line(""));
    }));
    set_on_abort(instance_ends);
}

/// Has `callback` called when an instance ends.
#[wasm_bindgen(js_name = onEnd)]
pub fn on_end(callback: &JsValue) {
    set_on_end(callback);
}

/// Responds to the request of `event`: with a message, as `http::write` returns it; with a [`Reading`] where the body has to be
/// read first; or with a promise of a message where something else has to be awaited.
///
/// The argument must be a handle: wasm-bindgen would write text and bytes into the memory of an instance that a panic has
/// ended, before it creates the new one.
#[wasm_bindgen]
pub fn fetch(event: Event) -> JsValue {
    answer(isolate(&event), event)
}

/// Responds to the request of `event` as [`fetch`] does, with a made-up configuration: see [`Service::for_warm_up`].
#[wasm_bindgen(js_name = warmUp)]
pub fn warm_up(event: Event) -> JsValue {
    set_handlers();
    let env = event.env();
    let service = Service::for_warm_up(|name| bindings::text(&env, name));
    answer(Isolate::new(service), event)
}

/// A response that waits for the body of its request, which `handlers.js` reads.
#[wasm_bindgen]
pub struct Reading {
    body: Rc<RequestBody>,
    response: Pin<Box<dyn Future<Output = String>>>,
    bytes: Promise,
}

#[wasm_bindgen]
impl Reading {
    /// A promise of the body, as `readBody` of `boundary.js` returns it.
    pub fn body(&self) -> Promise {
        self.bytes.clone()
    }

    /// Responds, as [`fetch`] does, with the `bytes` of the body; with `undefined` where it could not be read to its end.
    pub fn resume(self, bytes: JsValue) -> JsValue {
        self.body.receive(bytes);
        proceed(self.response, self.body)
    }
}

fn answer(isolate: Rc<Isolate>, event: Event) -> JsValue {
    let body = Rc::new(RequestBody::new(event.clone()));
    proceed(Box::pin(respond(isolate, event, Rc::clone(&body))), body)
}

fn proceed(mut response: Pin<Box<dyn Future<Output = String>>>, body: Rc<RequestBody>) -> JsValue {
    after_wait();
    let mut context = task::Context::from_waker(Waker::noop());
    if let Poll::Ready(message) = response.as_mut().poll(&mut context) {
        return message.into();
    }
    if let Some(bytes) = body.read_outside() {
        let reading = Reading {
            body,
            response,
            bytes,
        };
        return reading.into();
    }
    // The promise polls it again, and what it waits for then wakes the promise.
    body.read_inside();
    promised(response)
}

fn promised(message: Pin<Box<dyn Future<Output = String>>>) -> JsValue {
    while_alive(promise(async move { Ok(message.await.into()) }))
}

/// Responds, as [`fetch`] does, to the request of `event`, whose instance has ended.
#[wasm_bindgen]
pub fn fail(event: Event) -> String {
    after_wait();
    let isolate = isolate(&event);
    let Isolate { service, headers } = &*isolate;
    let (head, _) = http::read(&event, headers);
    let platform = Workers::new(event, ray(&head));
    let error = Error::Internal("the instance has ended");
    http::write(&service.refuse(error, head.headers(), &platform))
}

async fn respond(isolate: Rc<Isolate>, event: Event, body: Rc<RequestBody>) -> String {
    let Isolate { service, headers } = &*isolate;
    let (head, valid) = http::read(&event, headers);
    let platform = Workers::new(event, ray(&head));
    http::write(&match valid {
        Ok(()) => service.handle(head.map(|()| &*body), &platform).await,
        Err(error) => service.refuse(error.into(), head.headers(), &platform),
    })
}

/// Cloudflare's own id of a request.
fn ray(request: &Request<()>) -> Option<String> {
    let ray = request.headers().get(CF_RAY)?;
    Some(ray.to_str().ok()?.to_owned())
}

/// Renews sessions ahead of need, on the schedule of the [Cron Trigger][cron] in `wrangler.toml`.
///
/// [cron]: https://developers.cloudflare.com/workers/configuration/cron-triggers/
#[wasm_bindgen]
pub fn scheduled(event: Event) -> JsValue {
    let isolate = isolate(&event);
    let platform = Workers::new(event, None);
    while_alive(promise(async move {
        isolate.service.scheduled(&platform).await;
        Ok(JsValue::UNDEFINED)
    }))
}
