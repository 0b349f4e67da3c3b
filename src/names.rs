//! Names in their order, so that one of many is found in a time that hardly grows with their number.

use std::collections::BinaryHeap;

/// `names` in their order, each with its place in the list that it comes from; of equal ones the first comes first.
pub fn in_order<'a>(names: impl Iterator<Item = &'a str>) -> Vec<(&'a str, usize)> {
    // Of the ways to sort, a heap is the one with the least code.
    let all: BinaryHeap<_> = names
        .enumerate()
        .map(|(place, name)| (name, place))
        .collect();
    all.into_sorted_vec()
}

/// The places of those of `names`, as [`in_order`] returns them, that are equal to one before them.
pub fn repeated(names: &[(&str, usize)]) -> impl Iterator<Item = usize> {
    names.windows(2).filter_map(|pair| match pair {
        [(one, _), (other, place)] if one == other => Some(*place),
        _ => None,
    })
}
