//! The calls of [S3's API][api].
//!
//! [api]: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html

use quick_xml::escape::escape;

use super::Checksum;
use crate::presign::{Headers, ObjectUrl, Operation, Query, S3Request};

/// A part that the client has uploaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadedPart {
    /// Its number.
    pub number: u16,
    /// The `ETag` that S3 gave.
    pub etag: String,
    /// Its checksum, where it has one.
    pub checksum: Option<Checksum>,
}

/// Begins an upload of `object` with the headers that the object is to have.
pub fn create<'a>(object: ObjectUrl<'a>, headers: &'a Headers) -> S3Request<'a> {
    let mut query = Query::default();
    query.set("uploads", "");
    with(Operation::CreateMultipartUpload, object, query, headers)
}

/// Uploads part `number` with signed `headers`.
pub fn part<'a>(
    object: ObjectUrl<'a>,
    upload_id: &'a str,
    number: u16,
    headers: &'a Headers,
) -> S3Request<'a> {
    let mut query = of_upload(upload_id);
    query.set("partNumber", number.to_string());
    with(Operation::UploadPart, object, query, headers)
}

/// Lists up to `max_parts` parts after part `after`.
pub fn list<'a>(
    object: ObjectUrl<'a>,
    upload_id: &'a str,
    max_parts: u16,
    after: Option<u16>,
    headers: &'a Headers,
) -> S3Request<'a> {
    let mut query = of_upload(upload_id);
    query.set("max-parts", max_parts.to_string());
    if let Some(number) = after {
        query.set("part-number-marker", number.to_string());
    }
    with(Operation::ListParts, object, query, headers)
}

/// Assembles the object from the parts that [`complete_body`] lists.
pub fn complete<'a>(
    object: ObjectUrl<'a>,
    upload_id: &'a str,
    headers: &'a Headers,
) -> S3Request<'a> {
    let operation = Operation::CompleteMultipartUpload;
    with(operation, object, of_upload(upload_id), headers)
}

/// The body of [`complete`].
pub fn complete_body(parts: &[UploadedPart]) -> String {
    let mut body =
        String::from("<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    for part in parts {
        body.push_str("<Part><ETag>");
        body.push_str(&escape(&part.etag));
        body.push_str("</ETag>");
        if let Some(checksum) = &part.checksum {
            let (element, value) = (checksum.element(), checksum.value());
            body.push_str(&format!("<{element}>{value}</{element}>"));
        }
        body.push_str(&format!("<PartNumber>{}</PartNumber></Part>", part.number));
    }
    body.push_str("</CompleteMultipartUpload>");
    body
}

/// Aborts the upload.
pub fn abort<'a>(object: ObjectUrl<'a>, upload_id: &'a str, headers: &'a Headers) -> S3Request<'a> {
    let operation = Operation::AbortMultipartUpload;
    with(operation, object, of_upload(upload_id), headers)
}

/// Reads the object's metadata.
pub fn head<'a>(object: ObjectUrl<'a>, headers: &'a Headers) -> S3Request<'a> {
    with(Operation::HeadObject, object, Query::default(), headers)
}

/// Whether S3 requires the header `name` for every request about an object that needs it: the payer, the expected bucket
/// owner, and the customer-provided key.
pub fn applies_to_every_request(name: &str) -> bool {
    matches!(name, "x-amz-expected-bucket-owner" | "x-amz-request-payer")
        || name.starts_with("x-amz-server-side-encryption-customer-")
}

fn of_upload(upload_id: &str) -> Query<'_> {
    let mut query = Query::default();
    query.set("uploadId", upload_id);
    query
}

fn with<'a>(
    operation: Operation,
    object: ObjectUrl<'a>,
    query: Query<'a>,
    headers: &'a Headers,
) -> S3Request<'a> {
    S3Request {
        method: operation.method(),
        object,
        query,
        headers,
    }
}
