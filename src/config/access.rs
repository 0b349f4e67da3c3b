//! Who may use a profile, for which keys, and with which headers: `keyPrefix`, `keyTemplate`, `operations`, `headers`,
//! `uppy`, `callers` and `corsOrigins`.

use super::errors::Fields;
use super::profile_fields::ProfileFields;
use super::profile_operation::of_s3;
use crate::callers::{ANYONE, Authenticator, Caller, LINK};
use crate::cors::{Origins, origin_error};
use crate::names::in_order;
use crate::presign::Operation;
use crate::profiles::{AllowedCallers, HeaderRule, KeyRule, KeyTemplate, UppyRule};

/// The callers that a profile can name.
pub(super) struct Known<'a> {
    /// `CALLERS`, in the order of their names.
    callers: Vec<&'a Caller>,
    /// Whether there is a key for links.
    links: bool,
}

impl<'a> Known<'a> {
    pub(super) fn new(callers: &'a [Caller], links: bool) -> Self {
        let names = in_order(callers.iter().map(|caller| &*caller.name)).into_iter();
        let callers = names.filter_map(|(_, place)| callers.get(place)).collect();
        Self { callers, links }
    }

    fn caller(&self, name: &str) -> Option<&'a Caller> {
        let found = self.callers.binary_search_by(|it| (*it.name).cmp(name));
        self.callers.get(found.ok()?).copied()
    }
}

/// Who may use a profile, for which keys, and with which headers.
pub(super) struct Access {
    pub(super) key_rule: KeyRule,
    pub(super) key_template: Option<KeyTemplate>,
    /// Those of S3.
    pub(super) operations: Vec<Operation>,
    pub(super) headers: HeaderRule,
    pub(super) uppy: Option<UppyRule>,
    pub(super) callers: AllowedCallers,
    pub(super) cors_origins: Origins,
}

/// Reads all of these fields.
// Not inlined: see `profiles::check`.
#[inline(never)]
pub(super) fn read(
    profile: &ProfileFields,
    fields: &mut Fields<'_>,
    known: &Known<'_>,
) -> Option<Access> {
    let prefix = fields.required("keyPrefix", profile.key_prefix.as_deref());
    let key_rule = prefix.and_then(|prefix| {
        let rule = KeyRule::parse(prefix);
        rule.map_err(|reason| fields.error("keyPrefix", reason))
            .ok()
    });
    let key_template = profile.key_template.as_deref().and_then(|template| {
        let template = KeyTemplate::parse(template, prefix.unwrap_or_default());
        template
            .map_err(|reason| fields.error("keyTemplate", reason))
            .ok()
    });
    let operations = fields.required("operations", profile.operations.as_deref());
    let callers = fields.required("callers", profile.callers.as_deref());
    let callers = callers.unwrap_or_default();
    let has_claims = key_rule.as_ref().is_some_and(KeyRule::names_claims);
    check_callers(callers, known, has_claims, fields);
    if key_rule.is_some() && !has_claims {
        check_strangers(callers, known, fields);
    }
    let origins = profile.cors_origins.clone().unwrap_or_default();
    if let Some(reason) = origins.iter().find_map(|origin| origin_error(origin)) {
        fields.error("corsOrigins", reason);
    }
    let operations = of_s3(operations?);
    let headers = match &profile.headers {
        Some(names) => headers(names, &operations, fields),
        None => HeaderRule::default(),
    };
    let uppy = match (profile.uppy, &profile.uppy_metadata) {
        (None | Some(false), None) => None,
        _ => uppy(profile, &operations, fields),
    };
    Some(Access {
        key_rule: key_rule?,
        key_template,
        operations,
        headers,
        uppy,
        callers: AllowedCallers::new(callers),
        cors_origins: Origins(origins),
    })
}

/// `headers`, which some of `operations` must accept.
// Not inlined, as others below, because most profiles have none.
#[inline(never)]
fn headers(names: &[String], operations: &[Operation], fields: &mut Fields<'_>) -> HeaderRule {
    let mut rule = HeaderRule::default();
    for (index, name) in names.iter().enumerate() {
        if let Err(reason) = rule.open(name, operations) {
            fields.error_at("headers", index, reason);
        }
    }
    rule
}

/// `uppy` and `uppyMetadata`.
#[inline(never)]
fn uppy(
    profile: &ProfileFields,
    operations: &[Operation],
    fields: &mut Fields<'_>,
) -> Option<UppyRule> {
    let names = profile.uppy_metadata.clone();
    if profile.uppy != Some(true) {
        if names.is_some() {
            fields.error("uppyMetadata", "has no effect without uppy");
        }
        return None;
    }
    if profile.key_template.is_none() {
        let reason = "needs keyTemplate, so that no name of a file is the key of another object";
        fields.error("uppy", reason);
    }
    let has = |operation| operations.contains(&operation);
    let summed = [Operation::ListParts, Operation::AbortMultipartUpload];
    if profile.upload.is_some()
        && has(Operation::CreateMultipartUpload)
        && !summed.into_iter().all(has)
    {
        let reason = "needs listParts and abortMultipartUpload in operations, because Uppy does not say how large a file \
                      is: the sizes of the parts are added up before an upload within limits is completed";
        fields.error("uppy", reason);
    }
    let rule = UppyRule::keeping(names.unwrap_or_default());
    rule.map_err(|(index, reason)| fields.error_at("uppyMetadata", index, reason))
        .ok()
}

/// `has_claims` says whether the profile's keys contain claims.
fn check_callers(callers: &[String], known: &Known<'_>, has_claims: bool, fields: &mut Fields<'_>) {
    for (index, name) in callers.iter().enumerate() {
        let defined = known.caller(name);
        // By its index, because a key may have been put where the name belongs.
        let mut error = |reason: &'static str| fields.error_at("callers", index, reason);
        let has_no_claims = match defined {
            Some(caller) => matches!(caller.authenticator, Authenticator::BearerKeys(_)),
            None => name == ANYONE,
        };
        if has_claims && has_no_claims {
            error("is a caller without the claims of keyPrefix");
        }
        if (name == ANYONE || name == LINK) && defined.is_some() {
            error("is a reserved name, but CALLERS defines it");
        }
        if name == LINK && !known.links {
            error("is link, but LINK_KEY is not set");
        }
        if name != ANYONE && name != LINK && defined.is_none() {
            error("is a caller that CALLERS does not define");
        }
    }
}

/// Refuses callers whose rule accepts tokens of strangers, for a profile that opens the same keys to all of its callers.
fn check_strangers(callers: &[String], known: &Known<'_>, fields: &mut Fields<'_>) {
    for caller in callers.iter().filter_map(|name| known.caller(name)) {
        if matches!(&caller.authenticator, Authenticator::Jwt(rule) if rule.accepts_strangers()) {
            fields.error_elsewhere(
                format!("CALLERS.{}.jwt.claims", caller.name),
                "is missing: anybody can get a token of this issuer with this audience, so a claim must say whose \
                 token it is",
            );
        }
    }
}
