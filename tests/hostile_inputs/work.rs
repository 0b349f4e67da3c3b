//! Bodies that are made to cost more than they should: what is allocated is counted, so that no clock is needed.

use crate::support::{Fake, KEY, ready, request, service, uppy, with_bearer};
use edge_presigner::api::MAX_BODY_BYTES;
use edge_presigner::routes::Step;
use edge_presigner::routes::batch::MAX_BATCH_BYTES;
use edge_presigner::routes::lfs::MAX_LFS_BYTES;
use edge_presigner::routes::multipart;
use http::Method;

fn routes() -> [(&'static str, usize); 13] {
    [
        ("/v1/sign", MAX_BODY_BYTES),
        ("/v1/sign/batch", MAX_BATCH_BYTES),
        ("/v1/post-policy", MAX_BODY_BYTES),
        ("/lfs/avatars/objects/batch", MAX_LFS_BYTES),
        ("/v1/links", MAX_BODY_BYTES),
        ("/v1/multipart", MAX_BODY_BYTES),
        (
            "/v1/multipart/sign",
            multipart::body_limit_bytes(Step::Sign),
        ),
        ("/v1/multipart/list", MAX_BODY_BYTES),
        (
            "/v1/multipart/complete",
            multipart::body_limit_bytes(Step::Complete),
        ),
        ("/v1/multipart/abort", MAX_BODY_BYTES),
        ("/uppy/films/s3/multipart", 64 * 1024),
        (
            "/uppy/films/s3/multipart/none/complete?key=a",
            multipart::body_limit_bytes(Step::Complete),
        ),
        ("/uppy/films/sign", MAX_BODY_BYTES),
    ]
}

/// The beginning of a text, what it repeats, and the end.
const SHAPES: [(&str, &str, &str); 14] = [
    ("[", "[],", "0]"),
    ("{\"items\":[", "[],", "[]]}"),
    ("{\"items\":[", "{},", "{}]}"),
    (
        "{\"items\":[{\"headers\":{",
        "\"#\":\"\",",
        "\"a\":\"\"}}]}",
    ),
    ("{\"parts\":[", "{},", "{}]}"),
    ("{\"parts\":[", "[[[[]]]],", "0]}"),
    (
        "{\"parts\":[{\"checksum\":{",
        "\"#\":\"\",",
        "\"a\":\"\"}}]}",
    ),
    (
        "{\"operation\":\"upload\",\"objects\":[",
        "{\"oid\":\"#\",\"size\":0},",
        "{\"oid\":\"\",\"size\":0}]}",
    ),
    ("{\"headers\":{", "\"#\":\"\",", "\"a\":\"\"}}"),
    (
        "{\"filename\":\"\",\"metadata\":{",
        "\"#\":\"\",",
        "\"a\":\"\"}}",
    ),
    ("{\"headers\":{", "\"a\":\"\",", "\"a\":\"\"}}"),
    ("{", "\"#\":0,", "\"a\":0}"),
    ("{\"key\":\"", "\\u0000", "\"}"),
    ("", "{\"a\":", "0"),
];

/// A body of at most `max_bytes`. Each `#` in it is a number, and each is less than the one before: the worst order for a
/// list that is kept sorted.
fn body((begin, repeated, end): (&str, &str, &str), max_bytes: usize) -> String {
    let each = repeated.len() + 5;
    let count = (max_bytes - begin.len() - end.len()) / each;
    let piece = |index: usize| repeated.replace('#', &format!("{:06}", count - index));
    let pieces: String = (0..count).map(piece).collect();
    format!("{begin}{pieces}{end}")
}

#[test]
fn no_body_makes_a_route_allocate_more_than_a_multiple_of_its_length() {
    let (plain, of_uppy, fake) = (service(), uppy::with(""), Fake::new());
    for (path, max_bytes) in routes() {
        let service = if path.starts_with("/uppy/") {
            &of_uppy
        } else {
            &plain
        };
        for shape in SHAPES {
            let text = body(shape, max_bytes);
            let request = with_bearer(request(Method::POST, path, &text), KEY);
            let mut status = 0;
            let used = allocation_counter::measure(|| {
                status = ready(service.handle(request, &fake)).status().as_u16();
            });
            assert!((400..500).contains(&status), "{path} {shape:?}: {status}");
            // The shortest values take the most: 4 places in a list for `[0]`, of 32 bytes each; of 16 in wasm.
            let bound = 80 * text.len() as u64 + 64 * 1024;
            assert!(
                used.bytes_total < bound,
                "{path} {shape:?}: {used:?} for {} bytes",
                text.len()
            );
        }
    }
}
