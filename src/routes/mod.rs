//! The routes: each module has a route's request type, response type and handler. [`table`] maps path and method to a
//! route, and [`Context`] is what a handler has at hand.

pub mod batch;
mod body_limit;
mod context;
pub mod credentials;
pub mod doctor;
pub mod health;
pub mod issuer;
pub mod lfs;
pub mod links;
pub mod multipart;
mod new_key;
pub mod openapi;
pub mod post_policy;
pub mod readyz;
mod s3_call;
pub mod sign;
pub mod sts;
pub mod table;
pub mod token;
pub mod uploads;
pub mod uppy;

use http::Response;

pub use body_limit::{MAX_ANONYMOUS_BODY_BYTES, body_limit, check_content_type};
pub use context::Context;
pub use table::{
    ObjectPath, ProtectedRoute, PublicRoute, Route, Step, error_format, split_capability,
};

use crate::api::Error;
use crate::join::{Boxed, boxed};
use crate::platform::Platform;

impl<P: Platform> Context<'_, '_, P> {
    /// Handles the request for a route that needs authentication. Each route has a future of its own: with all of them in one, the
    /// runtime would compile all before the first request.
    ///
    /// # Errors
    /// [`Error`], as the route's documentation says.
    pub fn handle<'f>(
        &'f self,
        route: ProtectedRoute<'f>,
    ) -> Boxed<'f, Result<Response<String>, Error>> {
        match route {
            ProtectedRoute::Sign => boxed(self.sign()),
            ProtectedRoute::SignBatch => boxed(self.sign_batch()),
            ProtectedRoute::PostPolicy => boxed(self.post_policy()),
            ProtectedRoute::Multipart(step) => boxed(self.multipart(step)),
            ProtectedRoute::Object(object) => boxed(self.object(object)),
            ProtectedRoute::Credentials(profile) => boxed(self.credentials(profile)),
            ProtectedRoute::LfsBatch { profile } => boxed(self.lfs_batch(profile)),
            ProtectedRoute::ConfirmUpload => boxed(self.confirm_upload()),
            ProtectedRoute::Links => boxed(async { self.create_link() }),
            ProtectedRoute::Doctor => boxed(self.doctor()),
            ProtectedRoute::Uppy(route) => boxed(self.uppy(route)),
        }
    }
}
