//! Profiles that Uppy may use.

use edge_presigner::service::Service;

use super::links::LINK_KEY;
use super::service_with;
use super::uploads::{OPERATIONS, callers};

/// Profiles with `more` members, which Uppy may use.
pub fn with(more: &str) -> Service {
    let films = format!(
        r#""bucket": "bucket", "keyPrefix": "users/", "keyTemplate": "users/{{uuid}}-{{filename}}",
        "callers": ["app", "other", "link"], "operations": [{OPERATIONS}, "putObject", "deleteObject"],
        "maxLifetimeSecs": 900, "corsOrigins": ["https://app.example"]"#
    );
    let profiles = format!(
        r#"{{"films": {{{films}, "uppy": true{more}}}, "others": {{{films}, "uppy": true}}, "closed": {{{films}}},
        "open": {{{}, "uppy": true}}}}"#,
        films.replace(r#""app", "other", "link""#, r#""anyone""#)
    );
    service_with(&[
        ("CALLERS", &callers()),
        ("PROFILES", &profiles),
        ("LINK_KEY", LINK_KEY),
    ])
}
