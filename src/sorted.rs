//! Sets and maps as sorted lists: they are short. Trees would take 15 KB of the bundle, and the standard library's sort is long code
//! for each type.

/// The set of `items`.
pub(crate) fn set<T: Ord>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut sorted = Vec::new();
    for item in items {
        insert(&mut sorted, item);
    }
    sorted
}

/// Adds `item` to the set `sorted`.
pub(crate) fn insert<T: Ord>(sorted: &mut Vec<T>, item: T) {
    if let Err(index) = sorted.binary_search(&item) {
        sorted.insert(index, item);
    }
}

/// Updates the value of `key` in the map `sorted`, which begins as the default.
pub(crate) fn update<K: Ord, V: Default>(
    sorted: &mut Vec<(K, V)>,
    key: K,
    change: impl FnOnce(&mut V),
) {
    let place = sorted.binary_search_by(|(known, _)| known.cmp(&key));
    let index = place.unwrap_or_else(|index| {
        sorted.insert(index, (key, V::default()));
        index
    });
    if let Some((_, value)) = sorted.get_mut(index) {
        change(value);
    }
}
