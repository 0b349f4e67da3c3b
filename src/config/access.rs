//! What a profile says of who may have what: `keyPrefix`, `operations`, `callers` and `corsOrigins`.

use super::fields::Fields;
use crate::callers::{ANYONE, Caller, LINK, Proof};
use crate::cors::{Origins, is_origin};
use crate::presign::Operation;
use crate::profiles::KeyRule;

/// What the rest of the configuration knows of callers.
pub(super) struct Known<'a> {
    pub(super) callers: &'a [Caller],
    /// Whether there is a key for links.
    pub(super) links: bool,
}

/// All of that together.
pub(super) struct Access {
    pub(super) key_rule: KeyRule,
    pub(super) operations: Vec<Operation>,
    pub(super) callers: Vec<String>,
    pub(super) cors_origins: Origins,
}

pub(super) fn read(fields: &mut Fields<'_>, known: &Known<'_>) -> Option<Access> {
    let key_rule = key_rule(fields);
    let operations = fields.required("operations");
    let callers: Vec<String> = fields.required("callers").unwrap_or_default();
    let claims = key_rule.as_ref().is_some_and(KeyRule::names_claims);
    check_callers(&callers, known, claims, fields);
    let cors_origins: Vec<String> = fields.optional("corsOrigins").unwrap_or_default();
    if !cors_origins.iter().all(|origin| is_origin(origin)) {
        fields.fault(
            "corsOrigins",
            "must be origins such as https://app.example.com, in small letters and without a path, or *",
        );
    }
    Some(Access {
        key_rule: key_rule?,
        operations: operations?,
        callers,
        cors_origins: Origins(cors_origins),
    })
}

fn key_rule(fields: &mut Fields<'_>) -> Option<KeyRule> {
    let prefix: String = fields.required("keyPrefix")?;
    KeyRule::parse(&prefix)
        .map_err(|reason| fields.fault("keyPrefix", reason))
        .ok()
}

/// `claims` says whether the rule of keys names any.
fn check_callers(named: &[String], known: &Known<'_>, claims: bool, fields: &mut Fields<'_>) {
    for (n, caller) in (1_u32..).zip(named) {
        let mut all = known.callers.iter();
        let defined = all.find(|known| known.name == *caller);
        let without_claims = match defined {
            Some(defined) => matches!(defined.proof, Proof::Keys(_)),
            None => caller == ANYONE,
        };
        if claims && without_claims {
            let reason = format!("names at place {n} a caller without the claims of keyPrefix");
            fields.fault("callers", &reason);
        }
        if caller == LINK && !known.links {
            fields.fault("callers", "names link, but LINK_KEY is not set");
        }
        if caller != ANYONE && caller != LINK && defined.is_none() {
            // By its place: it may be a key that was put where the name belongs.
            let reason = format!("names at place {n} a caller that CALLERS does not define");
            fields.fault("callers", &reason);
        }
    }
}
