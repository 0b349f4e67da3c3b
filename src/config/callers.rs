//! `CALLERS`: `{"<name>": {"bearerSha256": ["<hex>", …]}}`.

use super::Faults;
use super::fields::{Fields, NAME_FORM, is_name, object};
use crate::callers::{ANYONE, Caller, KeyHash};

pub(super) fn read(text: Option<&str>, faults: &mut Faults) -> Vec<Caller> {
    let Some(text) = text else {
        return Vec::new();
    };
    let mut callers = Vec::new();
    for (name, value) in object("CALLERS", text, faults) {
        let path = format!("CALLERS.{name}");
        if name == ANYONE {
            faults.add(&path, "is what everybody is called: it has no key");
        } else if !is_name(&name) {
            faults.add(&path, NAME_FORM);
        }
        let mut fields = Fields::of(path, value, faults);
        let hashes: Vec<String> = fields.required("bearerSha256").unwrap_or_default();
        let key_hashes: Vec<KeyHash> = hashes
            .iter()
            .filter_map(|hex| KeyHash::from_hex(hex))
            .collect();
        if key_hashes.len() < hashes.len() {
            fields.fault(
                "bearerSha256",
                "must hold the SHA-256 of each key, 64 hexadecimal digits, not the key itself",
            );
        }
        let known = |hash: &KeyHash| {
            callers
                .iter()
                .any(|caller: &Caller| caller.key_hashes.contains(hash))
        };
        if key_hashes.iter().any(known) {
            fields.fault("bearerSha256", "holds a key that is another caller's");
        }
        fields.finish();
        callers.push(Caller { name, key_hashes });
    }
    callers
}
