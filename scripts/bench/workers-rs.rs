//! `npm run bench`: the empty worker that the `worker` crate makes.
#![cfg(target_arch = "wasm32")]

use worker::{Context, Env, Request, Response, Result, event};

#[event(fetch)]
async fn fetch(_: Request, _: Env, _: Context) -> Result<Response> {
    Response::empty().map(|response| response.with_status(204))
}
