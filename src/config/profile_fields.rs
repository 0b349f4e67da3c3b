//! The fields of a profile in the configuration. Their descriptions become the table in `docs/configuration.md`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::profile_operation::ProfileOperation;
use crate::presign::{AddressingStyle, UploadLimit};
use crate::profiles::{DownloadAs, ResponseOverride};

/// One entry of `PROFILES`.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProfileFields {
    /// Name of a bucket, or alias or ARN of an access point. Required.
    pub(super) bucket: Option<String>,
    /// Region of the bucket. Default: `AWS_REGION`.
    pub(super) region: Option<String>,
    /// How the bucket's name is written into the URL. Default: `auto`.
    pub(super) addressing_style: Option<AddressingStyle>,
    /// Endpoint of S3 for this profile. Default: `AWS_ENDPOINT_URL_S3`, else AWS's.
    pub(super) endpoint_url: Option<String>,
    /// Origin of a proxy in front of S3, such as `https://files.example.com`, with which the URLs for clients begin; it must
    /// send requests on with S3's own host. Default: S3's.
    pub(super) public_url: Option<String>,
    /// Whether to use Transfer Acceleration. Default: `false`.
    pub(super) use_accelerate_endpoint: Option<bool>,
    /// Whether to use a FIPS endpoint. Default: `AWS_USE_FIPS_ENDPOINT`.
    pub(super) use_fips_endpoint: Option<bool>,
    /// Whether to use a dual-stack endpoint. Default: `AWS_USE_DUALSTACK_ENDPOINT`.
    pub(super) use_dualstack_endpoint: Option<bool>,
    /// Every key must begin with this; `{sub}` and other claims in braces stand for whole segments. Required; may be
    /// empty.
    pub(super) key_prefix: Option<String>,
    /// How the worker makes the keys of uploads, such as `users/{sub}/{uuid}-{filename}`; requests then give `filename`.
    /// Default: requests give `key`.
    pub(super) key_template: Option<String>,
    /// The allowed operations; `credentials` stands for credentials with which all others can be done. Required.
    pub(super) operations: Option<Vec<ProfileOperation>>,
    /// Names of the allowed callers; `link` stands for signed links, `anyone` for everybody, also without a credential.
    /// Required.
    pub(super) callers: Option<Vec<String>>,
    /// Origins whose scripts may send requests and read responses: of web pages, apps or extensions, with `*` for one label
    /// as in `https://*.my-app.pages.dev`, or `*` for all. Default: none.
    pub(super) cors_origins: Option<Vec<String>>,
    /// Longest lifetime of a URL, in seconds. Required.
    pub(super) max_lifetime_secs: Option<u64>,
    /// Lifetime of a URL when the request does not say one, in seconds. Default: `300`, or `maxLifetimeSecs` if that is
    /// less.
    pub(super) default_lifetime_secs: Option<u64>,
    /// Whether a requested lifetime is shortened to what the session can give, rather than refused. Default: `false`.
    pub(super) shorten_lifetime: Option<bool>,
    /// Length of the windows in which the same request gets the same URL, in seconds. Default: `0`.
    pub(super) window_secs: Option<u64>,
    /// What a policy of yours allows as `s3:signatureAge`, in seconds: `maxLifetimeSecs` and `windowSecs` together must
    /// not exceed it. Default: not checked.
    pub(super) max_signature_age_secs: Option<u64>,
    /// Limits of uploads. Default: none.
    pub(super) upload: Option<UploadLimit>,
    /// Headers that requests may sign besides those that every profile allows, such as `x-amz-acl`. Default: none.
    pub(super) headers: Option<Vec<String>>,
    /// Whether requests may name a version of an object. Default: `false`.
    pub(super) versions: Option<bool>,
    /// Whether uploads may replace objects. Default: `true`.
    pub(super) overwrite: Option<bool>,
    /// `Cache-Control` that S3 returns for getObject and headObject, unless the request overrides it. Default: the
    /// object's.
    pub(super) response_cache_control: Option<String>,
    /// Response overrides that requests may use. Default: `["download"]`.
    pub(super) response_overrides: Option<Vec<ResponseOverride>>,
    /// `attachment`: browsers save every object as a file, and never show it. Default: the object's
    /// `Content-Disposition`.
    pub(super) download_as: Option<DownloadAs>,
    /// Name of a query parameter, such as `v`, that `/o/…` accepts and ignores, so that a new value makes browsers load
    /// the object again. Default: none.
    pub(super) cache_buster: Option<String>,
    /// Patterns of keys, such as `*.m3u8` or `index.html`, whose objects `/o/…` answers with itself, so that relative
    /// addresses in them work. Default: none, and every object is a redirect.
    pub(super) inline: Option<Vec<String>>,
    /// Size of the largest object that is answered with, in bytes, 4096 to 1048576; larger ones are a redirect.
    /// Default: `262144`.
    pub(super) max_inline_bytes: Option<u64>,
    /// Name of the object, such as `index.html`, that `/o/…` reads for a key that ends with a slash. Default: none.
    pub(super) index_document: Option<String>,
    /// Whether `/uppy/…` serves Uppy for this profile, which then needs `keyTemplate`. Default: `false`.
    pub(super) uppy: Option<bool>,
    /// Names of Uppy's metadata that objects keep, such as `name`; others are ignored. Default: none.
    pub(super) uppy_metadata: Option<Vec<String>>,
    /// Claim `aud` of the receipts that callers get for objects they may look at with headObject: whoever is to accept them,
    /// such as `https://api.example.com`. Needs `OIDC_ISSUER`. Default: no receipts.
    pub(super) receipt_audience: Option<String>,
    /// ARN of the role to assume. Default: `AWS_ROLE_ARN`.
    pub(super) role_arn: Option<String>,
    /// Name of the role's sessions. Default: `AWS_ROLE_SESSION_NAME`.
    pub(super) role_session_name: Option<String>,
    /// Duration of the role's sessions, in seconds, 900 to 43200. Default: `AWS_ROLE_DURATION_SECONDS`.
    pub(super) role_duration_seconds: Option<u64>,
    /// Session policy, as JSON in a string of at most 2,048 characters. It can only narrow what the role allows.
    /// Default: none.
    pub(super) policy: Option<String>,
    /// At most 10 ARNs of managed policies that are used as session policies. Default: none.
    pub(super) policy_arns: Option<Vec<String>>,
}
