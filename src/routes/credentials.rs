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
use crate::sts::{RegionalSts, Role, Scope};
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
        let vended = &self.config.vended;
        // More than a role gives is as much as it gives.
        let role = profile.provider.role.as_ref();
        let duration = duration.map(|it| role.map_or(it, |role| it.min(role.duration)));
        let id = self.principal.id().unwrap_or_default();
        let secs = duration.map(|it| it.as_secs().to_string());
        let key = Key::of(&[
            &profile.name,
            &id,
            &prefix,
            secs.as_deref().unwrap_or_default(),
        ]);
        if let Some(outcome) = vended.get(key, self.platform.now()) {
            return Ok(outcome?);
        }
        let narrowing = profile.vends.as_ref().ok_or(Error::Internal("vends"))?;
        let (label, by) = (self.label(), narrowing.name());
        let purpose = format!("profile {}, caller {label}, by {by}", profile.name);
        let wanted = Wanted {
            profile,
            prefix,
            duration,
        };
        let way = match narrowing {
            Narrowing::R2Token { host } => return self.sign_for_r2(&wanted, host, &purpose).await,
            Narrowing::ScopedCredentials(sts) => self.scoped(&wanted, sts, &purpose).await?,
            Narrowing::SessionPolicy => wanted.exchange(label)?,
        };
        let order = Order { key, way, purpose };
        let session = vending::vend(vended, &order, self.platform).await;
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

    /// What narrows the shared session.
    async fn scoped(
        &self,
        wanted: &Wanted<'_>,
        sts: &RegionalSts,
        purpose: &str,
    ) -> Result<Way, Error> {
        let session = self.shared_session(wanted, VENDED_LIFETIME).await?;
        let left = left_until(session.expires_at, self.platform.now());
        let duration = wanted.duration.filter(|it| *it < left);
        let scope = Scope {
            policy: wanted.policy()?,
            // Not when it is all that is left: a moment later that would be too much.
            duration_secs: duration.map(|it| it.as_secs()),
            description: format!("edge-presigner: {purpose}"),
        };
        let credentials = session.credentials.clone();
        Ok(Way::Scoped(Box::new((sts.clone(), credentials, scope))))
    }

    async fn sign_for_r2(
        &self,
        wanted: &Wanted<'_>,
        host: &str,
        purpose: &str,
    ) -> Result<Rc<Session>, Error> {
        let lifetime = wanted.duration.unwrap_or(R2_LIFETIME).min(R2_LIFETIME);
        let parent = self.shared_session(wanted, lifetime).await?;
        let scope = r2::Scope {
            host,
            bucket: &wanted.profile.bucket,
            prefix: &wanted.prefix,
            operations: &wanted.profile.operations,
        };
        let now = self.platform.now();
        let session = r2::temporary_credentials(&parent.credentials, scope, lifetime, now);
        let session = session.ok_or(Error::Internal("R2's token"))?;
        vending::record(purpose, session.expires_at).write(self.platform);
        Ok(Rc::new(session))
    }

    async fn shared_session(
        &self,
        wanted: &Wanted<'_>,
        lifetime: Duration,
    ) -> Result<Rc<Session>, Error> {
        let provider = &wanted.profile.provider;
        let request = provider.request(Lifetime::UpTo(lifetime), Duration::ZERO);
        let session = self.obtain(provider, request, self.deadline()).await?;
        Ok(session.session)
    }
}

/// What credentials are wanted for.
struct Wanted<'a> {
    profile: &'a Profile,
    /// Of the keys that the profile opens to the caller.
    prefix: String,
    /// The longest lifetime, if one is requested.
    duration: Option<Duration>,
}

impl Wanted<'_> {
    /// What obtains a session of the caller's own, with the name `label`.
    fn exchange(&self, label: String) -> Result<Way, Error> {
        let provider = &self.profile.provider;
        let role = provider.role.as_ref().ok_or(Error::Internal("role"))?;
        let duration = self.duration.unwrap_or(role.duration);
        Ok(Way::Exchange(Box::new(Exchange {
            sts: provider.sts.clone(),
            role: Role {
                session_name: label,
                duration: duration.min(role.duration),
                policy: Some(self.policy()?),
                ..role.clone()
            },
            tokens: provider.tokens.clone(),
        })))
    }

    /// The session policy, as JSON.
    fn policy(&self) -> Result<String, Error> {
        let policy = session_policy(self.profile, &self.prefix);
        let policy = policy.map_err(|_| Error::Internal("policy"))?;
        serde_json::to_string(&policy).map_err(|_| Error::Internal("policy"))
    }
}
