//! What a profile says of the objects themselves: `upload`, `responseCacheControl`, `responseOverrides` and
//! `cacheBuster`.

use super::fields::{Fields, is_name};
use crate::api::{self, OBJECT_PARAMETERS};
use crate::presign::is_sendable;
use crate::profiles::{UploadLimit, is_media_type};

/// `upload`.
pub(super) fn upload(fields: &mut Fields<'_>) -> Option<UploadLimit> {
    let mut fields = fields.nested("upload")?;
    let min = fields.optional("minBytes").unwrap_or(0);
    let max: Option<u64> = fields.required("maxBytes");
    if max.is_some_and(|max| max < min) {
        fields.fault("maxBytes", "must not be less than minBytes");
    }
    let content_types: Vec<String> = fields.optional("contentTypes").unwrap_or_default();
    if !content_types.iter().all(|listed| is_media_type(listed)) {
        fields.fault(
            "contentTypes",
            "must be media types such as image/png, or image/* for all of that kind",
        );
    }
    fields.finish();
    Some(UploadLimit {
        size_bytes: min..=max?,
        content_types,
    })
}

/// `responseCacheControl`.
pub(super) fn response_cache_control(fields: &mut Fields<'_>) -> Option<String> {
    let value: Option<String> = fields.optional("responseCacheControl");
    if value
        .as_deref()
        .is_some_and(|value| value.is_empty() || !is_sendable(value))
    {
        fields.fault(
            "responseCacheControl",
            "must be a Cache-Control such as private, max-age=3600",
        );
    }
    value
}

/// `responseOverrides`.
pub(super) fn response_overrides(fields: &mut Fields<'_>) -> Option<Vec<String>> {
    let open: Option<Vec<String>> = fields.optional("responseOverrides");
    let is_known = |name: &String| api::response_overrides().any(|known| known == name);
    if !open.iter().flatten().all(is_known) {
        let known: Vec<_> = api::response_overrides().collect();
        let reason = format!("must be some of {}", known.join(", "));
        fields.fault("responseOverrides", &reason);
    }
    open
}

/// `cacheBuster`.
pub(super) fn cache_buster(fields: &mut Fields<'_>) -> Option<String> {
    let name: Option<String> = fields.optional("cacheBuster");
    if name
        .as_deref()
        .is_some_and(|name| !is_name(name) || means_something(name))
    {
        fields.fault(
            "cacheBuster",
            "must be the name of a parameter that means nothing else, such as v",
        );
    }
    name
}

/// Also in other letters: `Expires` would be a slip of somebody who means `expires`.
fn means_something(name: &str) -> bool {
    OBJECT_PARAMETERS
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}
