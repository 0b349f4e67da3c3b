//! What may be signed: a profile opens one place in S3 to the callers it names.

use std::time::Duration;

use http::Method;

use crate::api::SignRequest;
use crate::callers::{ANYONE, Who};
use crate::credentials::lifetime::Lifetime;
use crate::error::Error;
use crate::json::{Json, Member, list};
use crate::presign::{AddressingStyle, Endpoint};

/// One entry of `PROFILES`.
#[derive(Clone, Debug)]
pub struct Profile {
    /// What requests call it.
    pub name: String,
    /// Name of the bucket.
    pub bucket: String,
    /// Region of the bucket.
    pub region: String,
    /// Where S3 is for that region.
    pub endpoint: Endpoint,
    /// How the bucket's name goes into the URL.
    pub addressing_style: AddressingStyle,
    /// Every key has to begin with this; empty admits any key. It is compared as it stands, so
    /// `users/1` admits `users/10`: end it with a slash.
    pub key_prefix: String,
    /// What URLs may be used for.
    pub operations: Vec<Operation>,
    /// Longest life of a URL, in whole seconds.
    pub max_lifetime: Duration,
    /// Life of a URL when none is asked for, in whole seconds.
    pub default_lifetime: Duration,
    /// Whether a life that was asked for may be shortened to what the session can bear, rather than
    /// refused.
    pub shorten_lifetime: bool,
    /// The span in which all URLs of the same object and life are the same, in whole seconds; zero where
    /// nobody wants that.
    pub window: Duration,
    /// Names of the callers admitted; [`ANYONE`] admits everybody.
    pub callers: Vec<String>,
    /// What it signs with: the place among the configuration's providers.
    pub provider: usize,
}

/// An [operation of S3][list], by its own name in camel case.
///
/// [list]: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `GET`: the object.
    GetObject,
    /// `HEAD`: the object's metadata.
    HeadObject,
    /// `PUT`: upload the object.
    PutObject,
    /// `DELETE`: remove the object.
    DeleteObject,
}

impl Operation {
    /// The HTTP method that the URL is signed for.
    pub fn method(self) -> Method {
        match self {
            Self::GetObject => Method::GET,
            Self::HeadObject => Method::HEAD,
            Self::PutObject => Method::PUT,
            Self::DeleteObject => Method::DELETE,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::GetObject => "getObject",
            Self::HeadObject => "headObject",
            Self::PutObject => "putObject",
            Self::DeleteObject => "deleteObject",
        }
    }

    /// The operation that `method` performs on an object.
    pub fn of_method(method: &Method) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|operation| operation.method() == *method)
    }

    const ALL: [Self; 4] = [
        Self::GetObject,
        Self::HeadObject,
        Self::PutObject,
        Self::DeleteObject,
    ];
}

impl Member for Operation {
    const FORM: &'static str = "one of getObject, headObject, putObject and deleteObject";

    fn from_json(json: Json) -> Option<Self> {
        let name = String::from_json(json)?;
        Self::ALL
            .into_iter()
            .find(|operation| operation.name() == name)
    }
}

impl Member for Vec<Operation> {
    const FORM: &'static str = "a list of getObject, headObject, putObject and deleteObject";

    fn from_json(json: Json) -> Option<Self> {
        list(json)
    }
}

/// The profile that lets `who` have what is `asked`, with the life its URL shall have.
///
/// # Errors
/// [`Error::KeyRequired`] when an anonymous request would need a key, [`Error::NotAllowed`] when a
/// known caller may not, whatever the reason: neither tells whether the profile exists.
/// [`Error::InvalidField`] for a lifetime that the profile does not give.
pub fn permit<'p>(
    profiles: &'p [Profile],
    asked: &SignRequest,
    who: Who<'_>,
) -> Result<(&'p Profile, Lifetime), Error> {
    let profile = profiles
        .iter()
        .find(|profile| profile.name == asked.profile)
        .filter(|profile| admits(profile, who))
        .filter(|profile| profile.operations.contains(&asked.operation))
        .filter(|profile| asked.key.as_str().starts_with(&profile.key_prefix))
        .ok_or(match who {
            Who::Anonymous => Error::KeyRequired,
            Who::Caller(_) => Error::NotAllowed,
        })?;
    Ok((profile, lifetime(profile, asked)?))
}

fn admits(profile: &Profile, who: Who<'_>) -> bool {
    profile
        .callers
        .iter()
        .any(|admitted| admitted == ANYONE || matches!(who, Who::Caller(name) if admitted == name))
}

fn lifetime(profile: &Profile, asked: &SignRequest) -> Result<Lifetime, Error> {
    let Some(secs) = asked.expires_in_secs else {
        return Ok(Lifetime::UpTo(profile.default_lifetime));
    };
    let max_secs = profile.max_lifetime.as_secs();
    if (1..=max_secs).contains(&secs) {
        let asked = Duration::from_secs(secs);
        Ok(if profile.shorten_lifetime {
            Lifetime::UpTo(asked)
        } else {
            Lifetime::Exactly(asked)
        })
    } else {
        Err(Error::InvalidField {
            field: asked.expires_in_name,
            reason: format!("must be 1 to {max_secs} seconds for this profile"),
        })
    }
}
