//! `GET /v1/credentials/{profile}`: AWS credentials of the caller's own, for SDKs and tools that know nothing of this worker.

use std::rc::Rc;
use std::time::Duration;

use http::Response;
use schemars::JsonSchema;
use serde::Serialize;

use super::context::Context;
use crate::api::Error;
use crate::api::response::json;
use crate::config::VENDED_LIFETIME;
use crate::credentials::lifetime::Lifetime;
use crate::credentials::{Narrowing, Session};
use crate::iam::session_policy;
use crate::instant::{left_until, rfc3339};
use crate::platform::Platform;
use crate::profiles::{Profile, authorize_credentials};
use crate::sts::{Role, Scope};
use crate::vending::{self, Exchange, Key, Order, Way, r2};

/// Lifetime of credentials that are made without STS.
const R2_LIFETIME: Duration = Duration::from_secs(3600);

/// Longest name of a caller in a session's name, which has at most 64 characters.
const MAX_NAME_CHARS: usize = 47;

/// Credentials, as [containers get them][container] and as [processes print them][process].
///
/// [container]: https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
/// [process]: https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct VendedCredentials<'a> {
    /// The version of what a process prints.
    #[schemars(extend("const" = 1))]
    version: u8,
    /// The access key's id.
    access_key_id: &'a str,
    /// The secret access key.
    secret_access_key: &'a str,
    /// The session token, for containers.
    token: &'a str,
    /// The session token, for processes.
    session_token: &'a str,
    /// When they expire, in RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    expiration: String,
}

impl<P: Platform> Context<'_, '_, P> {
    pub(super) async fn credentials(&self, profile: &str) -> Result<Response<String>, Error> {
        let session = self.vend(profile, None).await?;
        let credentials = &session.credentials;
        let token = credentials.session_token.as_ref();
        let token = token.map_or("", |token| token.expose());
        json(&VendedCredentials {
            version: 1,
            access_key_id: &credentials.access_key_id,
            secret_access_key: credentials.secret_access_key.expose(),
            token,
            session_token: token,
            expiration: rfc3339(session.expires_at),
        })
    }

    /// Credentials of the principal's own for the profile called `name`, which live no longer than `duration`, if that is
    /// given.
    pub(super) async fn vend(
        &self,
        name: &str,
        duration: Option<Duration>,
    ) -> Result<Rc<Session>, Error> {
        self.trace.operation.set(Some("credentials"));
        let profiles = &self.config.profiles;
        let (profile, prefix) = authorize_credentials(profiles, name, &self.principal)?;
        self.record_profile(profile);
        let narrowing = profile.vends.as_ref().ok_or(Error::Internal("vends"))?;
        let by = narrowing.name();
        let label = self.label();
        let purpose = format!("profile {}, caller {label}, by {by}", profile.name);
        let way = match narrowing {
            Narrowing::R2Token { host } => {
                let lifetime = duration.unwrap_or(R2_LIFETIME).min(R2_LIFETIME);
                return self
                    .sign_for_r2(profile, host, &prefix, lifetime, &purpose)
                    .await;
            }
            Narrowing::ScopedCredentials(sts) => {
                let provider = &profile.provider;
                let request = provider.request(Lifetime::UpTo(VENDED_LIFETIME), Duration::ZERO);
                let session = self
                    .obtain(provider, request, self.deadline())
                    .await?
                    .session;
                let left = left_until(session.expires_at, self.platform.now());
                let scope = Scope {
                    policy: policy(profile, &prefix)?,
                    // Not when it is all that is left: a moment later that would be too much.
                    duration_secs: duration.filter(|it| *it < left).map(|it| it.as_secs()),
                    description: format!("edge-presigner: {purpose}"),
                };
                Way::Scoped(Box::new((sts.clone(), session.credentials.clone(), scope)))
            }
            Narrowing::SessionPolicy => {
                let provider = &profile.provider;
                let role = provider.role.as_ref().ok_or(Error::Internal("role"))?;
                Way::Exchange(Box::new(Exchange {
                    sts: provider.sts.clone(),
                    role: Role {
                        session_name: label.clone(),
                        duration: duration.map_or(role.duration, |it| it.min(role.duration)),
                        policy: Some(policy(profile, &prefix)?),
                        ..role.clone()
                    },
                    tokens: provider.tokens.clone(),
                }))
            }
        };
        let id = self.principal.id().unwrap_or_default();
        let secs = duration.map(|it| it.as_secs().to_string());
        let secs = secs.as_deref().unwrap_or_default();
        let key = Key::of(&[&profile.name, &id, &prefix, secs]);
        let order = Order { key, way, purpose };
        let session = vending::vend(&self.config.vended, &order, self.platform).await;
        self.trace.record_wait("credentials", self.platform.now());
        Ok(session?)
    }

    /// Who gets the credentials: the caller, and the pseudonym of whom its token is about, which the log of requests has
    /// too. It is a valid name of a session.
    fn label(&self) -> String {
        let name = self.principal.name();
        let name: String = name.chars().take(MAX_NAME_CHARS).collect();
        let key = self.config.cache_keys.first();
        match key.zip(self.principal.subject()) {
            Some((key, subject)) => format!("{name}@{}", key.pseudonym(&subject)),
            // A session's name has two characters at least.
            None => format!("{name}@-"),
        }
    }

    async fn sign_for_r2(
        &self,
        profile: &Profile,
        host: &str,
        prefix: &str,
        lifetime: Duration,
        purpose: &str,
    ) -> Result<Rc<Session>, Error> {
        let provider = &profile.provider;
        let request = provider.request(Lifetime::UpTo(lifetime), Duration::ZERO);
        let parent = self
            .obtain(provider, request, self.deadline())
            .await?
            .session;
        let scope = r2::Scope {
            host,
            bucket: &profile.bucket,
            prefix,
            operations: &profile.operations,
        };
        let now = self.platform.now();
        let session = r2::temporary_credentials(&parent.credentials, scope, lifetime, now);
        let session = session.ok_or(Error::Internal("R2's token"))?;
        vending::record(purpose, session.expires_at).write(self.platform);
        Ok(Rc::new(session))
    }
}

/// The session policy for `prefix`, as JSON.
fn policy(profile: &Profile, prefix: &str) -> Result<String, Error> {
    let policy = session_policy(profile, prefix).map_err(|_| Error::Internal("policy"))?;
    serde_json::to_string(&policy).map_err(|_| Error::Internal("policy"))
}
