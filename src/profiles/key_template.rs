//! Keys that the worker makes for uploads, so that no caller decides which object it writes.

use super::file_name;

/// The rule of a profile: `keyTemplate`, such as `users/{sub}/{uuid}-{filename}`, without the `keyPrefix` that it begins
/// with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyTemplate(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// Literal text.
    Text(String),
    /// A random UUID.
    Uuid,
    /// The name of the file, made safe.
    FileName,
}

const UUID: &str = "uuid";
const FILE_NAME: &str = "filename";

impl KeyTemplate {
    /// Parses a template that begins with `prefix`, the `keyPrefix` of the profile. It has a UUID, so that every key is
    /// new.
    ///
    /// # Errors
    /// What is wrong with it, as the rest of a sentence that begins with the field's name.
    pub fn parse(template: &str, prefix: &str) -> Result<Self, &'static str> {
        let mut rest = template
            .strip_prefix(prefix)
            .ok_or("must begin with keyPrefix")?;
        let mut parts = Vec::new();
        while let Some((text, more)) = rest.split_once('{') {
            let (name, more) = more.split_once('}').ok_or("has an unmatched brace")?;
            parts.push(Part::Text(text.to_owned()));
            parts.push(match name {
                UUID => Part::Uuid,
                FILE_NAME => Part::FileName,
                _ => return Err("may have only {uuid} and {filename} in braces after keyPrefix"),
            });
            rest = more;
        }
        parts.push(Part::Text(rest.to_owned()));
        if (parts.iter()).any(|part| matches!(part, Part::Text(text) if text.contains('}'))) {
            return Err("has an unmatched brace");
        }
        if !parts.contains(&Part::Uuid) {
            return Err("must have {uuid}, so that every key is new");
        }
        Ok(Self(parts))
    }

    /// What all keys have in common after the prefix.
    pub fn beginning(&self) -> &str {
        match self.0.first() {
            Some(Part::Text(text)) => text,
            _ => "",
        }
    }

    /// A new key below `prefix` for a file that its owner calls `filename`; `random` makes it unique.
    ///
    /// # Errors
    /// What is wrong with `filename`, as the rest of a sentence.
    pub fn key(
        &self,
        prefix: &str,
        random: [u8; 16],
        filename: &str,
    ) -> Result<String, &'static str> {
        let (uuid, filename) = (uuid(random), file_name::safe(filename)?);
        let parts = self.0.iter().map(|part| match part {
            Part::Text(text) => text.as_str(),
            Part::Uuid => &uuid,
            Part::FileName => &filename,
        });
        Ok(std::iter::once(prefix).chain(parts).collect())
    }
}

/// A [UUID of version 4][rfc9562].
///
/// [rfc9562]: https://www.rfc-editor.org/rfc/rfc9562#section-5.4
fn uuid(random: [u8; 16]) -> String {
    const VERSION: u128 = 0xf << 76;
    const VARIANT: u128 = 0x3 << 62;
    let bits = u128::from_be_bytes(random);
    let bits = bits & !VERSION & !VARIANT | 0x4 << 76 | 0x2 << 62;
    let group = |shift: u32, mask: u128| bits >> shift & mask;
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        group(96, 0xffff_ffff),
        group(80, 0xffff),
        group(64, 0xffff),
        group(48, 0xffff),
        group(0, 0xffff_ffff_ffff),
    )
}
