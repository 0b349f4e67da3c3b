//! The calls as [S3's API][api] wants them.
//!
//! [api]: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html

use quick_xml::escape::escape;

use super::Checksum;
use crate::presign::{Headers, ObjectUrl, Operation, Presign, Query};

/// A part that was uploaded, as the client knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadedPart {
    /// Its number.
    pub number: u16,
    /// The `ETag` that S3 gave.
    pub etag: String,
    /// Its checksum, where it has one.
    pub checksum: Option<Checksum>,
}

/// Begins an upload of `object`, with the headers that it shall have.
pub fn create<'a>(object: ObjectUrl<'a>, headers: &'a Headers) -> Presign<'a> {
    let mut query = Query::default();
    query.set("uploads", "");
    with(Operation::CreateMultipartUpload, object, query, headers)
}

/// Uploads the part `number`, with headers that are announced.
pub fn part<'a>(
    object: ObjectUrl<'a>,
    upload_id: &'a str,
    number: u16,
    headers: &'a Headers,
) -> Presign<'a> {
    let mut query = of_upload(upload_id);
    query.set("partNumber", number.to_string());
    with(Operation::UploadPart, object, query, headers)
}

/// Lists up to `max_parts` parts after the one numbered `after`.
pub fn list<'a>(
    object: ObjectUrl<'a>,
    upload_id: &'a str,
    max_parts: u16,
    after: Option<u16>,
    headers: &'a Headers,
) -> Presign<'a> {
    let mut query = of_upload(upload_id);
    query.set("max-parts", max_parts.to_string());
    if let Some(number) = after {
        query.set("part-number-marker", number.to_string());
    }
    with(Operation::ListParts, object, query, headers)
}

/// Makes the object of the parts that [`complete_body`] names.
pub fn complete<'a>(
    object: ObjectUrl<'a>,
    upload_id: &'a str,
    headers: &'a Headers,
) -> Presign<'a> {
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

/// Gives the upload up.
pub fn abort<'a>(object: ObjectUrl<'a>, upload_id: &'a str, headers: &'a Headers) -> Presign<'a> {
    let operation = Operation::AbortMultipartUpload;
    with(operation, object, of_upload(upload_id), headers)
}

/// Asks what object is there.
pub fn head<'a>(object: ObjectUrl<'a>, headers: &'a Headers) -> Presign<'a> {
    with(Operation::HeadObject, object, Query::default(), headers)
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
) -> Presign<'a> {
    Presign {
        method: operation.method(),
        object,
        query,
        headers,
    }
}
