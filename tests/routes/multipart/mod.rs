//! `/v1/multipart…` from request to answer.

mod create;
mod end;
mod handle;
mod makers;
mod parts;
mod settle;
mod steps;
mod upload_limit;

use crate::support::answer;
use http::{Request, Response, header};
use serde_json::{Value, json};

fn any(name: &str, handle: &str) -> Value {
    match name {
        "/sign" => json!({"handle": handle, "parts": [{"partNumber": 1}]}),
        "/complete" => json!({"handle": handle, "parts": [{"partNumber": 1, "etag": "x"}]}),
        _ => json!({"handle": handle}),
    }
}

fn as_nobody(mut request: Request<String>) -> Request<String> {
    request.headers_mut().remove(header::AUTHORIZATION);
    request
}

fn no_such_upload() -> Response<String> {
    answer(
        404,
        "<Error><Code>NoSuchUpload</Code><Message>gone</Message></Error>",
    )
}

/// MD5 of "a"; and of the 16 bytes of that, by `printf a | md5sum | cut -c1-32 | xxd -r -p | md5sum`.
const PART_MD5: &str = "0cc175b9c0f1b6a831c399e269772661";
