//! The headers that S3 accepts for each operation, as the [API reference][api] lists them.
//!
//! [api]: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html

use super::Operation::{
    self, AbortMultipartUpload, CompleteMultipartUpload, CreateMultipartUpload, DeleteObject,
    GetObject, HeadObject, ListObjectsV2, ListParts, PutObject, UploadPart,
};
use super::header_form::Form::{
    self, Account, Base64, Base64Json, Bool, Checksum, Grantees, HttpDate, Instant, Number, OneOf,
    Range, Redirect, Tags, Text,
};

/// One header.
pub(super) struct Known {
    /// Its name in lower case.
    pub(super) name: &'static str,
    /// The operations that accept it.
    pub(super) operations: &'static [Operation],
    /// The format of its value.
    pub(super) form: Form,
    /// Whether requests may sign it only where a profile names it, because it decides more than the content: who may
    /// read or delete the object, what it costs, or who else gets its data.
    closed: bool,
}

/// The one field of browser forms that is closed, but no header: where browsers go after the upload.
pub const SUCCESS_REDIRECT: &str = "success_action_redirect";

/// Prefix of the names of user-defined metadata.
pub(super) const METADATA_PREFIX: &str = "x-amz-meta-";

/// The operations that set an object's properties.
pub(super) const CREATING: &[Operation] = &[PutObject, CreateMultipartUpload];

const READING: &[Operation] = &[GetObject, HeadObject];
const SENDING: &[Operation] = &[PutObject, UploadPart];
const CHECKED: &[Operation] = &[PutObject, UploadPart, CompleteMultipartUpload];
const CONDITIONAL: &[Operation] = &[
    GetObject,
    HeadObject,
    PutObject,
    DeleteObject,
    CompleteMultipartUpload,
];
const UNLESS: &[Operation] = &[GetObject, HeadObject, PutObject, CompleteMultipartUpload];
const DECRYPTING: &[Operation] = &[
    GetObject,
    HeadObject,
    PutObject,
    CreateMultipartUpload,
    UploadPart,
    CompleteMultipartUpload,
    ListParts,
];

const ALGORITHMS: Form = OneOf(&[
    "CRC32",
    "CRC32C",
    "CRC64NVME",
    "MD5",
    "SHA1",
    "SHA256",
    "SHA512",
    "XXHASH128",
    "XXHASH3",
    "XXHASH64",
]);
const ON_OFF: Form = OneOf(&["ON", "OFF"]);

const fn known(name: &'static str, operations: &'static [Operation], form: Form) -> Known {
    Known {
        name,
        operations,
        form,
        closed: false,
    }
}

const fn closed(name: &'static str, operations: &'static [Operation], form: Form) -> Known {
    Known {
        closed: true,
        ..known(name, operations, form)
    }
}

/// Sorted by name. In addition, [`CREATING`] operations accept names with [`METADATA_PREFIX`].
#[rustfmt::skip]
pub(super) const TABLE: &[Known] = &[
    known("cache-control", CREATING, Text),
    known("content-disposition", CREATING, Text),
    known("content-encoding", CREATING, Text),
    known("content-language", CREATING, Text),
    known("content-length", SENDING, Number),
    known("content-md5", SENDING, Base64(16)),
    known("content-type", CREATING, Text),
    known("expires", CREATING, HttpDate),
    known("if-match", CONDITIONAL, Text),
    known("if-modified-since", READING, HttpDate),
    known("if-none-match", UNLESS, Text),
    known("if-unmodified-since", READING, HttpDate),
    known("range", READING, Range),
    closed("x-amz-acl", CREATING, OneOf(&["private", "public-read", "public-read-write", "authenticated-read",
        "aws-exec-read", "bucket-owner-read", "bucket-owner-full-control"])),
    closed("x-amz-bypass-governance-retention", &[DeleteObject], Bool),
    known("x-amz-checksum-algorithm", &[CreateMultipartUpload], ALGORITHMS),
    known("x-amz-checksum-crc32", CHECKED, Checksum(4)),
    known("x-amz-checksum-crc32c", CHECKED, Checksum(4)),
    known("x-amz-checksum-crc64nvme", CHECKED, Checksum(8)),
    known("x-amz-checksum-md5", CHECKED, Checksum(16)),
    known("x-amz-checksum-mode", READING, OneOf(&["ENABLED"])),
    known("x-amz-checksum-sha1", CHECKED, Checksum(20)),
    known("x-amz-checksum-sha256", CHECKED, Checksum(32)),
    known("x-amz-checksum-sha512", CHECKED, Checksum(64)),
    known("x-amz-checksum-type", &[CreateMultipartUpload, CompleteMultipartUpload],
        OneOf(&["COMPOSITE", "FULL_OBJECT"])),
    known("x-amz-checksum-xxhash128", CHECKED, Checksum(16)),
    known("x-amz-checksum-xxhash3", CHECKED, Checksum(8)),
    known("x-amz-checksum-xxhash64", CHECKED, Checksum(8)),
    known("x-amz-expected-bucket-owner", &Operation::ALL, Account),
    closed("x-amz-grant-full-control", CREATING, Grantees),
    closed("x-amz-grant-read", CREATING, Grantees),
    closed("x-amz-grant-read-acp", CREATING, Grantees),
    closed("x-amz-grant-write-acp", CREATING, Grantees),
    known("x-amz-if-match-initiated-time", &[AbortMultipartUpload], HttpDate),
    known("x-amz-if-match-last-modified-time", &[DeleteObject], HttpDate),
    known("x-amz-if-match-size", &[DeleteObject], Number),
    closed("x-amz-mfa", &[DeleteObject], Text),
    known("x-amz-mp-object-size", &[CompleteMultipartUpload], Number),
    closed("x-amz-object-lock-event-hold", CREATING, ON_OFF),
    closed("x-amz-object-lock-event-hold-duration-days", CREATING, Number),
    closed("x-amz-object-lock-event-hold-duration-years", CREATING, Number),
    closed("x-amz-object-lock-legal-hold", CREATING, ON_OFF),
    closed("x-amz-object-lock-mode", CREATING, OneOf(&["COMPLIANCE", "GOVERNANCE"])),
    closed("x-amz-object-lock-retain-until-date", CREATING, Instant),
    closed("x-amz-optional-object-attributes", &[ListObjectsV2], OneOf(&["RestoreStatus"])),
    closed("x-amz-request-payer", &Operation::ALL, OneOf(&["requester"])),
    known("x-amz-sdk-checksum-algorithm", SENDING, ALGORITHMS),
    closed("x-amz-server-side-encryption", CREATING,
        OneOf(&["AES256", "aws:backup", "aws:fsx", "aws:kms", "aws:kms:dsse"])),
    closed("x-amz-server-side-encryption-aws-kms-key-id", CREATING, Text),
    closed("x-amz-server-side-encryption-bucket-key-enabled", CREATING, Bool),
    closed("x-amz-server-side-encryption-context", CREATING, Base64Json),
    closed("x-amz-server-side-encryption-customer-algorithm", DECRYPTING, OneOf(&["AES256"])),
    closed("x-amz-server-side-encryption-customer-key", DECRYPTING, Base64(32)),
    closed("x-amz-server-side-encryption-customer-key-md5", DECRYPTING, Base64(16)),
    // Servers other than AWS have storage classes of their own.
    closed("x-amz-storage-class", CREATING, Text),
    closed("x-amz-tagging", CREATING, Tags),
    closed("x-amz-website-redirect-location", CREATING, Redirect),
    closed("x-amz-write-offset-bytes", &[PutObject], Number),
];

/// The names of the headers that `operation` accepts besides metadata, in lower case.
pub fn header_names(operation: Operation) -> impl Iterator<Item = &'static str> {
    let rows = TABLE.iter();
    let rows = rows.filter(move |known| known.operations.contains(&operation));
    rows.map(|known| known.name)
}

/// Whether requests may sign the header `name`, in lower case, only where a profile names it.
pub fn is_closed(name: &str) -> bool {
    !name.starts_with(METADATA_PREFIX) && row(name).is_none_or(|known| known.closed)
}

/// Whether any of `operations` accepts the closed header `name`, or a form of theirs the field of this name.
pub fn is_header_of(name: &str, operations: &[Operation]) -> bool {
    let accepting = match row(name) {
        Some(known) => known.operations,
        None if name == SUCCESS_REDIRECT => &[PutObject],
        None => &[],
    };
    accepting.iter().any(|it| operations.contains(it))
}

/// The row of the header `name`.
pub(super) fn row(name: &str) -> Option<&'static Known> {
    let index = TABLE.binary_search_by_key(&name, |known| known.name).ok()?;
    TABLE.get(index)
}
