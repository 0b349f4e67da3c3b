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
use crate::sts::{Role, TokenSource};

/// Completes all profiles with a [`SessionProvider`] for each of their different sources.
pub(super) fn with_providers(
    parsed: Vec<ParsedProfile>,
    sts: &Endpoint,
    tokens: &TokenSource,
    cache_keys: &[CacheKey],
    slots: &mut Slots,
) -> (Vec<Profile>, Vec<Rc<SessionProvider>>) {
    let mut sources: Vec<Shared<'_>> = Vec::new();
    // Their places in that list, in the order of their roles: there may be as many as profiles.
    let mut by_role: Vec<(Option<&Role>, usize)> = Vec::new();
    let mut places = Vec::new();
    for profile in &parsed {
        let role = role(&profile.source);
        let place = match by_role.binary_search_by_key(&role, |(known, _)| *known) {
            Ok(found) => by_role.get(found).map_or(0, |(_, place)| *place),
            Err(missing) => {
                by_role.insert(missing, (role, sources.len()));
                sources.push(Shared::by(profile));
                sources.len().saturating_sub(1)
            }
        };
        if let Some(source) = sources.get_mut(place) {
            source.max_url_lifetime = source.max_url_lifetime.max(profile.max_url_lifetime);
            source.window = source.window.max(profile.window);
        }
        places.push(place);
    }
    let providers = sources.into_iter().map(|it| {
        let store =
            role(it.origin).and_then(|role| SealedStore::new(cache_keys, kv_key(role, sts)));
        Rc::new(SessionProvider::new(
            it.origin.clone(),
            sts.clone(),
            tokens.clone(),
            store,
            it.max_url_lifetime,
            it.window,
            slots.next(),
        ))
    });
    let providers: Vec<Rc<SessionProvider>> = providers.collect();
    let profiles = parsed
        .into_iter()
        .zip(places)
        .filter_map(|(profile, place)| {
            let provider = providers.get(place)?;
            Some((profile.complete)(Rc::clone(provider)))
        });
    (profiles.collect(), providers)
}

/// A source, and what the profiles that share it need of it.
struct Shared<'a> {
    origin: &'a CredentialSource,
    /// The longest of all.
    max_url_lifetime: Duration,
    /// The longest of all.
    window: Duration,
}

impl<'a> Shared<'a> {
    fn by(profile: &'a ParsedProfile) -> Self {
        Self {
            origin: &profile.source,
            max_url_lifetime: profile.max_url_lifetime,
            window: profile.window,
        }
    }
}

/// The role; `None` for the static keys, of which there is one pair at most.
fn role(source: &CredentialSource) -> Option<&Role> {
    match source {
        CredentialSource::Role(role) => Some(role),
        CredentialSource::StaticKeys(_) => None,
    }
}
