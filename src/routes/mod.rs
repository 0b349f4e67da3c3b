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
use crate::join::boxed;
use crate::platform::Platform;

impl<P: Platform> Context<'_, '_, P> {
    /// Handles the request for a route that needs authentication.
    ///
    /// # Errors
    /// [`Error`], as the route's documentation says.
    pub async fn handle(&self, route: ProtectedRoute<'_>) -> Result<Response<String>, Error> {
        match route {
            ProtectedRoute::Sign => self.sign().await,
            ProtectedRoute::Object(object) => self.object(object).await,
            ProtectedRoute::SignBatch => boxed(self.sign_batch()).await,
            ProtectedRoute::PostPolicy => boxed(self.post_policy()).await,
            ProtectedRoute::Multipart(step) => boxed(self.multipart(step)).await,
            ProtectedRoute::Credentials(profile) => boxed(self.credentials(profile)).await,
            ProtectedRoute::LfsBatch { profile } => boxed(self.lfs_batch(profile)).await,
            ProtectedRoute::ConfirmUpload => boxed(self.confirm_upload()).await,
            ProtectedRoute::Links => boxed(async { self.create_link() }).await,
            ProtectedRoute::Doctor => boxed(self.doctor()).await,
            ProtectedRoute::Uppy(route) => boxed(self.uppy(route)).await,
        }
    }
}
