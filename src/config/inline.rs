//! What a profile does with small files that lead to others: `inline`, `maxInlineBytes` and `indexDocument`.

use super::errors::Fields;
use super::profile_fields::ProfileFields;
use super::profile_operation::of_s3;
use crate::callers::is_safe_segment;
use crate::profiles::InlineRule;

/// `maxInlineBytes` where the profile does not say one.
const DEFAULT_BYTES: u64 = 256 * 1024;

/// Bounds of `maxInlineBytes`: the worker holds the object in memory several times, and a refusal of S3 has to fit too.
const MIN_BYTES: u64 = 4 * 1024;
const MAX_BYTES: u64 = 1024 * 1024;

/// Reads `inline` and `maxInlineBytes`.
pub(super) fn read(profile: &ProfileFields, fields: &mut Fields<'_>) -> InlineRule {
    let max_bytes = profile.max_inline_bytes.unwrap_or(DEFAULT_BYTES);
    if !(MIN_BYTES..=MAX_BYTES).contains(&max_bytes) {
        let reason = format!("is {max_bytes} and must be {MIN_BYTES} to {MAX_BYTES}");
        fields.error("maxInlineBytes", reason);
    }
    let mut rule = InlineRule::new(usize::try_from(max_bytes).unwrap_or_default());
    if let Some(patterns) = &profile.inline {
        add_patterns(patterns, &mut rule, profile, fields);
    }
    rule
}

// Not inlined, because most profiles have none.
#[inline(never)]
fn add_patterns(
    patterns: &[String],
    rule: &mut InlineRule,
    profile: &ProfileFields,
    fields: &mut Fields<'_>,
) {
    for (index, pattern) in patterns.iter().enumerate() {
        if let Err(reason) = rule.add(pattern) {
            fields.error_at("inline", index, reason);
        }
    }
    let operations = of_s3(profile.operations.as_deref().unwrap_or_default());
    if !patterns.is_empty() && !operations.iter().any(|it| it.reads_object()) {
        fields.error(
            "inline",
            "needs getObject or headObject among the operations",
        );
    }
}

/// Reads `indexDocument`.
pub(super) fn index_document(profile: &ProfileFields, fields: &mut Fields<'_>) -> Option<String> {
    let name = profile.index_document.clone()?;
    if !is_safe_segment(&name) {
        fields.error(
            "indexDocument",
            "must be a name without a slash, such as index.html",
        );
    }
    Some(name)
}
