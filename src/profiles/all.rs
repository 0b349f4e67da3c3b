//! All profiles. What a request costs must not grow with their number.

use std::ops::Deref;

use super::Profile;
use crate::names::in_order;

/// `PROFILES`: a list in the order of the configuration.
#[derive(Debug, Default)]
pub struct Profiles {
    all: Vec<Profile>,
    /// Their places in the list, in the order of their names.
    by_name: Vec<usize>,
    /// The places of those that are open to everybody.
    open: Vec<usize>,
}

impl Profiles {
    /// Takes `all`, of which no two have the same name.
    pub fn new(all: Vec<Profile>) -> Self {
        let by_name = in_order(all.iter().map(|profile| profile.name.as_str()));
        let by_name = by_name.into_iter().map(|(_, place)| place).collect();
        let open = all.iter().enumerate();
        let open = open.filter(|(_, profile)| profile.callers.include_everybody());
        let open = open.map(|(place, _)| place).collect();
        Self { all, by_name, open }
    }

    /// The profile called `name`.
    pub fn named(&self, name: &str) -> Option<&Profile> {
        let name_at = |place: &usize| self.all.get(*place).map(|it| it.name.as_str());
        let found = (self.by_name).binary_search_by(|place| name_at(place).cmp(&Some(name)));
        self.all.get(*self.by_name.get(found.ok()?)?)
    }

    /// Those that are open to everybody, with a credential or without.
    pub fn open(&self) -> impl Iterator<Item = &Profile> {
        let places = self.open.iter();
        places.filter_map(|place| self.all.get(*place))
    }
}

impl Deref for Profiles {
    type Target = [Profile];

    fn deref(&self) -> &[Profile] {
        &self.all
    }
}
