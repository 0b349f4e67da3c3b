//! `POST /lfs/{profile}/objects/batch`: the [Batch API][batch] of git-lfs, with S3 as the store of its objects.
//!
//! The signed headers of an upload are its length and its SHA-256, which is the name of the object: S3 refuses every other
//! body, so there is nothing left to verify. An action `verify` would also fail for most clients. git-lfs sends no
//! credential with it where an object is `authenticated`; where it is not, git-lfs looks for a credential to send to S3.
//!
//! [batch]: https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md

mod look;
mod object;
mod request;
mod response;

use http::Response;

pub use request::{LfsBatchRequest, LfsOperation, LfsPointer};
pub use response::{BatchObject, LfsAction, LfsActions, LfsBatch, ObjectError};

use self::look::Found;
use self::object::Object;
use super::context::{Context, signer};
use super::new_key::check_own_key;
use crate::api::response::git_lfs;
use crate::api::{Error, RequestError, body};
use crate::credentials::lifetime::SigningSession;
use crate::platform::Platform;
use crate::presign::{Operation, Query, S3Request};
use crate::profiles::{KeyScope, Profile};

/// Most objects in one request: as many as git-lfs sends at once by default.
pub const MAX_LFS_OBJECTS: usize = 100;

/// Longest body, in bytes: more than 600 an object, of which each has less than 200.
pub const MAX_LFS_BYTES: usize = 64 * 1024;

impl<P: Platform> Context<'_, '_, P> {
    /// Looks at the objects first, and then signs without waiting for anything but a session.
    pub(super) async fn lfs_batch(&self, profile: &str) -> Result<Response<String>, Error> {
        let batch: LfsBatchRequest = body::read(&self.body)?;
        if batch.objects.len() > MAX_LFS_OBJECTS {
            let max = MAX_LFS_OBJECTS;
            return Err(RequestError::TooManyObjects { max }.into());
        }
        let operation = batch.operation.of_s3();
        let permission = self.authorize(profile, operation, KeyScope::All)?;
        check_own_key(&permission, operation)?;
        let unsupported = batch.unsupported();
        let objects = batch.objects.into_iter().map(|pointer| {
            let object = match &unsupported {
                Some(error) => Err(error.clone()),
                None => self.lfs_object(&permission, operation, &pointer)?,
            };
            Ok((pointer, object))
        });
        let objects: Vec<(LfsPointer, Result<Object, ObjectError>)> =
            objects.collect::<Result<_, Error>>()?;
        let profile = permission.profile;
        let found = self.look_for(profile, operation, &objects).await?;
        let lifetime = permission.lifetime(None, "expiresIn")?;
        let session = self.obtain_for_url(profile, lifetime).await?;
        let objects = objects.into_iter().zip(found);
        let objects = objects.map(|((pointer, object), found)| {
            let action = match object {
                Ok(object) => answer(profile, operation, &pointer, object, found, &session)?,
                Err(error) => Answer::Error(error),
            };
            Ok(BatchObject::new(pointer, action))
        });
        git_lfs(&LfsBatch::new(objects.collect::<Result<_, Error>>()?))
    }
}

/// What a client learns of one object.
enum Answer {
    /// What it does next.
    Actions(LfsActions),
    /// There is nothing to do: S3 has the object.
    Present,
    /// It cannot have the object, or may not send it.
    Error(ObjectError),
}

/// The answer for `object`, of which S3 says `found`.
fn answer(
    profile: &Profile,
    operation: Operation,
    pointer: &LfsPointer,
    object: Object,
    found: Found,
    session: &SigningSession,
) -> Result<Answer, Error> {
    let is_upload = operation == Operation::PutObject;
    match found {
        Found::Object { size_bytes } if is_upload && size_bytes == Some(pointer.size) => {
            return Ok(Answer::Present);
        }
        Found::Nothing if !is_upload => return Ok(Answer::Error(ObjectError::missing())),
        Found::Withheld if !is_upload => return Ok(Answer::Error(ObjectError::withheld())),
        _ => {}
    }
    let request = S3Request {
        method: operation.method(),
        object: profile.bucket_url.object(object.key.as_str()),
        query: Query::default(),
        headers: &object.headers,
    };
    let href = signer(profile, session)
        .presign(&request, session.lifetime, session.signed_at)
        .map_err(|_| Error::Internal("signature"))?;
    let action = LfsAction {
        href,
        header: object.headers,
        expires_in: session.expires_in().as_secs(),
    };
    Ok(Answer::Actions(if is_upload {
        LfsActions::Upload(action)
    } else {
        LfsActions::Download(action)
    }))
}
