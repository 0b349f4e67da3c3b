//! What profiles sign with: one provider for each of their different sources.

use std::rc::Rc;
use std::time::Duration;

use super::Slots;
use super::profiles::ParsedProfile;
use crate::aws::Endpoint;
use crate::credentials::kv_record::{SealedStore, kv_key};
use crate::credentials::{CredentialSource, SessionProvider};
use crate::profiles::Profile;
use crate::sealed::CacheKey;
use crate::sts::TokenSource;

/// Completes all profiles with a [`SessionProvider`] for each of their different sources.
pub(super) fn with_providers(
    parsed: Vec<ParsedProfile>,
    sts: &Endpoint,
    tokens: &TokenSource,
    cache_keys: &[CacheKey],
    slots: &mut Slots,
) -> (Vec<Profile>, Vec<Rc<SessionProvider>>) {
    let mut sources: Vec<(CredentialSource, Rc<SessionProvider>)> = Vec::new();
    for profile in &parsed {
        if sources.iter().any(|(source, _)| *source == profile.source) {
            continue;
        }
        let sharing = || parsed.iter().filter(|it| it.source == profile.source);
        let max = |of: fn(&ParsedProfile) -> Duration| sharing().map(of).max().unwrap_or_default();
        let store = match &profile.source {
            CredentialSource::Role(role) => SealedStore::new(cache_keys, kv_key(role, sts)),
            CredentialSource::StaticKeys(_) => None,
        };
        let provider = SessionProvider::new(
            profile.source.clone(),
            sts.clone(),
            tokens.clone(),
            store,
            max(|it| it.max_url_lifetime),
            max(|it| it.window),
            slots.next(),
        );
        sources.push((profile.source.clone(), Rc::new(provider)));
    }
    let profiles = parsed.into_iter().filter_map(|profile| {
        let mut known = sources.iter();
        let (_, provider) = known.find(|(source, _)| *source == profile.source)?;
        Some((profile.complete)(Rc::clone(provider)))
    });
    let profiles = profiles.collect();
    let providers = sources.into_iter().map(|(_, provider)| provider);
    (profiles, providers.collect())
}
