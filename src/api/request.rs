//! What a caller asks for, the same from a JSON body and from a path.

use super::ObjectKey;
use crate::error::Error;
use crate::json::{Member, NotRead, Object};
use crate::profiles::Operation;

/// Longest JSON body, in bytes: a key of 1,024 bytes, each written as `\u0000`, and room to spare.
pub const MAX_BODY_BYTES: usize = 16 * 1024;

/// One URL that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignRequest {
    /// Name of the profile.
    pub profile: String,
    /// What the URL shall do.
    pub operation: Operation,
    /// The whole key in the bucket.
    pub key: ObjectKey,
    /// Life of the URL in seconds, as asked for.
    pub expires_in_secs: Option<u64>,
    /// What the route calls that.
    pub expires_in_name: &'static str,
}

impl SignRequest {
    /// Reads the body of `POST /v1/sign`.
    ///
    /// # Errors
    /// [`Error::InvalidBody`] and [`Error::InvalidField`] that say which field is wrong.
    pub fn from_json(body: &str) -> Result<Self, Error> {
        if body.len() > MAX_BODY_BYTES {
            return Err(Error::BodyTooLarge {
                max_bytes: MAX_BODY_BYTES,
            });
        }
        let mut object = Object::parse(body).map_err(Error::InvalidBody)?;
        let request = Self {
            profile: required(&mut object, "profile")?,
            operation: required(&mut object, "operation")?,
            key: ObjectKey::new(required(&mut object, "key")?).map_err(invalid_key)?,
            expires_in_secs: optional(&mut object, "expiresIn")?,
            expires_in_name: "expiresIn",
        };
        match object.left_over().next() {
            None => Ok(request),
            Some(name) => Err(Error::UnknownField(name.to_owned())),
        }
    }

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
        let mut expires_in_secs = None;
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if name != "expires" {
                return Err(Error::UnknownField(name.into_owned()));
            }
            let secs = value.parse().map_err(|_| Error::InvalidField {
                field: "expires",
                reason: "must be a whole number of seconds".to_owned(),
            })?;
            if expires_in_secs.replace(secs).is_some() {
                return Err(Error::InvalidField {
                    field: "expires",
                    reason: "is given twice".to_owned(),
                });
            }
        }
        Ok(Self {
            profile: profile.to_owned(),
            operation,
            key: ObjectKey::from_path(encoded_key).map_err(invalid_key)?,
            expires_in_secs,
            expires_in_name: "expires",
        })
    }
}

fn optional<T: Member>(object: &mut Object, field: &'static str) -> Result<Option<T>, Error> {
    match object.take(field) {
        Ok(value) => Ok(Some(value)),
        Err(NotRead::Missing) => Ok(None),
        Err(NotRead::WrongForm) => Err(Error::InvalidField {
            field,
            reason: format!("must be {}", T::FORM),
        }),
    }
}

fn required<T: Member>(object: &mut Object, field: &'static str) -> Result<T, Error> {
    optional(object, field)?.ok_or_else(|| Error::InvalidField {
        field,
        reason: "is missing".to_owned(),
    })
}

fn invalid_key(invalid: super::InvalidKey) -> Error {
    Error::InvalidField {
        field: "key",
        reason: invalid.to_string(),
    }
}
