//! What a caller asks for, the same from a JSON body and from a path.

use serde::Deserialize;

use super::ObjectKey;
use crate::error::Error;
use crate::presign::Operation;

/// Longest body of `POST /v1/sign`, in bytes: a key of 1,024 bytes, each written as `\u0000`, and room
/// to spare.
pub const MAX_BODY_BYTES: usize = 16 * 1024;

/// One URL that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignRequest {
    /// Name of the profile.
    pub profile: String,
    /// What the URL shall do.
    pub operation: Operation,
    /// The whole key in the bucket.
    pub key: ObjectKey,
    /// Life of the URL in seconds.
    pub expires_in: Option<u64>,
}

impl SignRequest {
    /// Reads `/o/{profile}/{key…}` with its query, of which `expires` (seconds) is the only
    /// parameter.
    ///
    /// # Errors
    /// [`Error::InvalidField`] for the key or a parameter.
    pub fn from_path(
        operation: Operation,
        profile: &str,
        encoded_key: &str,
        query: &str,
    ) -> Result<Self, Error> {
        let mut expires_in = None;
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if name != "expires" {
                return Err(Error::UnknownField(name.into_owned()));
            }
            let secs = value.parse().map_err(|_| Error::InvalidField {
                field: "expires".into(),
                reason: "must be a whole number of seconds".to_owned(),
            })?;
            if expires_in.replace(secs).is_some() {
                return Err(Error::InvalidField {
                    field: "expires".into(),
                    reason: "is given twice".to_owned(),
                });
            }
        }
        Ok(Self {
            profile: profile.to_owned(),
            operation,
            key: ObjectKey::from_path(encoded_key).map_err(|invalid| Error::InvalidField {
                field: "key".into(),
                reason: invalid.to_string(),
            })?,
            expires_in,
        })
    }
}
