//! What S3 is asked.

use crate::support::{noon, secs, session};
use edge_presigner::aws::EndpointVariant;
use edge_presigner::presign::{AddressingStyle, BucketUrl, Headers, Location, S3Request, Signer};
use edge_presigner::s3::Checksum;
use edge_presigner::s3::request::{self, UploadedPart};
use http::{Method, Request, header};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn bucket() -> BucketUrl {
    let location = Location {
        bucket: "bucket",
        region: "eu-central-1",
        style: AddressingStyle::Virtual,
        endpoint: None,
        variant: EndpointVariant::default(),
        accelerate: false,
    };
    location.resolve().unwrap().bucket_url
}

fn sent(request: &S3Request<'_>) -> Request<String> {
    let session = session(1, noon(), secs(3600));
    let signer = Signer::new(&session.credentials, "eu-central-1", noon());
    signer.authorize(request, String::new(), noon()).unwrap()
}

#[test]
fn calls_are_as_the_api_wants_them() {
    let bucket = bucket();
    let object = || bucket.object("users/a b");
    let mut headers = Headers::NONE;
    headers
        .insert("Content-Type", "image/png".to_owned())
        .unwrap();
    let (none, id) = (Headers::NONE, "an/id+=");
    for (request, method, query) in [
        (
            request::create(object(), &headers),
            Method::POST,
            "?uploads=",
        ),
        (
            request::part(object(), id, 7, &headers),
            Method::PUT,
            "?partNumber=7&uploadId=an%2Fid%2B%3D",
        ),
        (
            request::list(object(), id, 7, Some(3), &none),
            Method::GET,
            "?max-parts=7&part-number-marker=3&uploadId=an%2Fid%2B%3D",
        ),
        (
            request::list(object(), id, 1000, None, &none),
            Method::GET,
            "?max-parts=1000&uploadId=an%2Fid%2B%3D",
        ),
        (
            request::complete(object(), id, &none),
            Method::POST,
            "?uploadId=an%2Fid%2B%3D",
        ),
        (
            request::abort(object(), id, &none),
            Method::DELETE,
            "?uploadId=an%2Fid%2B%3D",
        ),
        (request::head(object(), &none), Method::HEAD, ""),
    ] {
        let has_headers = request.headers.get("content-type").is_some();
        let request = sent(&request);
        assert_eq!(request.method(), method);
        let url = "https://bucket.s3.eu-central-1.amazonaws.com/users/a%20b";
        assert_eq!(request.uri().to_string(), format!("{url}{query}"));
        let sent = request.headers().contains_key(header::CONTENT_TYPE);
        assert_eq!(sent, has_headers);
    }
}

#[test]
fn completing_names_every_part_with_its_etag_and_checksum() {
    let part = |number, checksum| UploadedPart {
        number,
        etag: format!("\"<{number}>\""),
        checksum,
    };
    let checksum = Checksum::new("crc64nvme", "ccn1/jwr52c=").unwrap();
    assert_eq!(
        request::complete_body(&[part(1, None), part(10_000, Some(checksum))]),
        "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
         <Part><ETag>&quot;&lt;1&gt;&quot;</ETag><PartNumber>1</PartNumber></Part>\
         <Part><ETag>&quot;&lt;10000&gt;&quot;</ETag><ChecksumCRC64NVME>ccn1/jwr52c=</ChecksumCRC64NVME>\
         <PartNumber>10000</PartNumber></Part></CompleteMultipartUpload>"
    );
}
