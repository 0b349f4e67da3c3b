//! Why a request cannot be read.

use http::HeaderName;

/// Why a request is rejected before its content matters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// There is no such path.
    #[error(
        "the routes are /v1/sign, /v1/sign/batch, /v1/post-policy, /v1/multipart, /v1/links, /o/{{profile}}/{{key}}, \
         /lfs/{{profile}}/objects/batch, /healthz, /readyz and /openapi.json"
    )]
    NoSuchRoute,
    /// There are no locks of git-lfs.
    #[error(
        "there are no locks of git-lfs here; `git config lfs.locksverify false` keeps git-lfs from asking for them"
    )]
    NoLocks,
    /// The path does not have this method.
    #[error("use {allow}")]
    MethodNotAllowed {
        /// Value of the header `Allow`.
        allow: &'static str,
    },
    /// The URL is invalid.
    #[error("the URL is invalid")]
    InvalidUrl,
    /// The URL is too long.
    #[error("path and query may have at most {max_bytes} bytes")]
    UrlTooLong {
        /// The limit.
        max_bytes: usize,
    },
    /// A header is too long.
    #[error("{name}: must have at most {max_bytes} bytes")]
    HeaderTooLong {
        /// The header.
        name: HeaderName,
        /// The limit.
        max_bytes: usize,
    },
    /// There are more objects than one request may have.
    #[error("objects: must be at most {max}")]
    TooManyObjects {
        /// The limit.
        max: usize,
    },
    /// The body is too long for its route.
    #[error("the body may have at most {max_bytes} bytes")]
    BodyTooLarge {
        /// The limit.
        max_bytes: usize,
    },
}
