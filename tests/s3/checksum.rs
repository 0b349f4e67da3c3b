//! Checksums of parts are those of botocore's model of S3.

use super::LISTED;
use crate::support::answer;
use edge_presigner::s3::Checksum;
use edge_presigner::s3::request::{self, UploadedPart};
use edge_presigner::s3::response;
use serde_json::{Map, Value};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// What botocore's model of S3 has in a part, and samples of all headers.
fn parts_of_the_model() -> (Vec<String>, Vec<String>, Map<String, Value>) {
    let mut vectors: Value =
        serde_json::from_str(include_str!("../vectors/operations.json")).unwrap();
    let mut take = |name: &str| vectors[name].take();
    (
        serde_json::from_value(take("completedPart")).unwrap(),
        serde_json::from_value(take("listedPart")).unwrap(),
        serde_json::from_value(take("samples")).unwrap(),
    )
}

#[test]
fn parts_have_every_checksum_that_s3_knows_and_no_other() {
    let (completed, listed, samples) = parts_of_the_model();
    let checksums = |elements: &[String]| -> Vec<String> {
        let names = elements.iter().filter_map(|it| it.strip_prefix("Checksum"));
        names.map(str::to_ascii_lowercase).collect()
    };
    let algorithms = checksums(&completed);
    assert!(algorithms.len() >= 10);
    assert_eq!(algorithms, checksums(&listed));
    for (header, sample) in &samples {
        let Some(algorithm) = header.strip_prefix("x-amz-checksum-") else {
            continue;
        };
        let value = sample.as_str().unwrap();
        let checksum = Checksum::new(algorithm, value);
        let known = algorithms.iter().any(|it| it == algorithm);
        assert_eq!(checksum.is_some(), known, "{algorithm}");
        if !known {
            continue;
        }
        assert_eq!(Checksum::new(algorithm, &value[4..]), None, "{algorithm}");
        let part = UploadedPart {
            number: 1,
            etag: "e".to_owned(),
            checksum: checksum.clone(),
        };
        let body = request::complete_body(&[part]);
        let is_meant = |it: &&String| it.eq_ignore_ascii_case(&format!("Checksum{algorithm}"));
        let element = completed.iter().find(is_meant).unwrap();
        let written = format!("<{element}>{value}</{element}>");
        assert!(body.contains(&written), "{body}");

        let checked = LISTED.replacen("</Size>", &format!("</Size>{written}"), 1);
        let page = response::parts(&answer(200, &checked)).unwrap();
        assert_eq!(page.parts[0].checksum, checksum);
        assert_eq!(page.parts[1].checksum, None);
    }
}
