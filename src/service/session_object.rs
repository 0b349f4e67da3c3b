//! What the Durable Object of a session does.

use super::Service;
use crate::credentials::session_object;
use crate::platform::Platform;

impl Service {
    /// Answers, in the object of a session, the `question` of an isolate that needs it.
    pub async fn answer_in_object<P: Platform>(&self, question: &str, platform: &P) -> String {
        let providers = self.config(platform).map(|config| &*config.providers);
        session_object::answer(providers.unwrap_or_default(), question, platform).await
    }
}
