//! What S3 has of the objects of a batch: one HEAD each, five at a time.

use std::cell::Cell;
use std::time::Duration;

use http::StatusCode;

use super::super::context::{Context, signer};
use super::object::Object;
use super::{LfsPointer, ObjectError};
use crate::api::Error;
use crate::credentials::lifetime::SigningSession;
use crate::join::join_all;
use crate::platform::{Limits, Platform};
use crate::presign::{Headers, Operation};
use crate::profiles::{self, KeyScope, Profile};
use crate::s3::call::call_once;
use crate::s3::{ObjectMetadata, S3Error, failure, request};

/// Bounds of one look.
const LIMITS: Limits = Limits {
    timeout: Duration::from_secs(5),
    body_bytes: 64 * 1024,
};

/// What S3 says about a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// There is an object.
    Object {
        /// Its size.
        size_bytes: Option<u64>,
    },
    /// There is none.
    Nothing,
    /// The role may not know.
    Withheld,
    /// Nobody asked, or S3 did not answer. The client gets its URL, which is all that it needs where the answer would have
    /// been the usual one.
    Unknown,
}

impl<P: Platform> Context<'_, '_, P> {
    /// Looks for `objects`. Nobody asks for a principal that may not read them, because it must not learn what there is.
    ///
    /// As soon as S3 does not answer, no further call begins. That bounds the time; and where Cloudflare's
    /// [limit of subrequests][limit] is less than a batch, it ends the looks and not the request.
    ///
    /// [limit]: https://developers.cloudflare.com/workers/platform/limits/#subrequests
    pub(super) async fn look_for(
        &self,
        profile: &Profile,
        operation: Operation,
        objects: &[(LfsPointer, Result<Object, ObjectError>)],
    ) -> Result<Vec<Found>, Error> {
        if operation != Operation::GetObject && !self.may_read(profile) {
            return Ok(vec![Found::Unknown; objects.len()]);
        }
        let session = self.obtain_for_call(profile).await?;
        let (silent, logged) = (Cell::new(false), Cell::new(false));
        let looks = objects.iter().map(async |(_, object)| match object {
            Ok(object) if !silent.get() => {
                let found = self.head(profile, object, &session).await?;
                Ok(found.unwrap_or_else(|error| {
                    let found = meaning(&error);
                    if found == Found::Unknown {
                        silent.set(true);
                    }
                    // The others would say the same.
                    if found != Found::Nothing && !logged.replace(true) {
                        failure::record(Operation::HeadObject, &error, false).write(self.platform);
                    }
                    found
                }))
            }
            _ => Ok(Found::Unknown),
        });
        let found = join_all(looks).await;
        self.trace.record_wait("s3", self.platform.now());
        found.into_iter().collect()
    }

    fn may_read(&self, profile: &Profile) -> bool {
        let (profiles, name) = (&self.config.profiles, &profile.name);
        let reading = [Operation::GetObject, Operation::HeadObject];
        reading.into_iter().any(|operation| {
            let scope = KeyScope::All;
            profiles::authorize(profiles, name, operation, scope, &self.principal).is_ok()
        })
    }

    async fn head(
        &self,
        profile: &Profile,
        object: &Object,
        session: &SigningSession,
    ) -> Result<Result<Found, S3Error>, Error> {
        let credentials = &session.session.credentials;
        let headers = Headers::default();
        let head = request::head(profile.bucket_url.object(object.key.as_str()), &headers);
        let head = signer(profile, session)
            .authorize(&head, String::new(), session.signed_at)
            .map_err(|_| Error::Internal("signed request"))?;
        let operation = Operation::HeadObject;
        let found = call_once(&head, operation, credentials, LIMITS, self.platform).await;
        Ok(found.map(|found| Found::Object {
            size_bytes: ObjectMetadata::read(&found).ok().map(|it| it.size_bytes),
        }))
    }
}

/// What `error` says about the object. An answer to HEAD has no body, so that the status is all there is.
fn meaning(error: &S3Error) -> Found {
    match failure::status(error) {
        Some(StatusCode::NOT_FOUND) => Found::Nothing,
        Some(StatusCode::FORBIDDEN) => Found::Withheld,
        _ => Found::Unknown,
    }
}
