//! How an object of known size is cut into parts: all of one size, but for the last.
//!
//! With a plan each part's length is signed and an upload completes with all parts or not at all, so
//! the object has the size that was announced.

use super::MAX_PARTS;

const MIB: u64 = 1024 * 1024;

/// All parts but the last have [at least this][limits].
///
/// [limits]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
pub const MIN_PART_BYTES: u64 = 5 * MIB;

/// No part has more than [this][limits].
///
/// [limits]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
pub const MAX_PART_BYTES: u64 = 5 * 1024 * MIB;

/// What parts have as long as there are few enough of them, as with the AWS CLI.
const USUAL_PART_BYTES: u64 = 8 * MIB;

/// The largest object that can be put together of parts.
pub const MAX_OBJECT_BYTES: u64 = MAX_PART_BYTES * MAX_PARTS as u64;

/// An object of `size_bytes` in parts of `part_size_bytes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    size_bytes: u64,
    part_size_bytes: u64,
    parts: u16,
}

impl Plan {
    /// Cuts `size_bytes`, at most [`MAX_OBJECT_BYTES`], into parts of a size that suits.
    pub fn of(size_bytes: u64) -> Option<Self> {
        let least = size_bytes.div_ceil(u64::from(MAX_PARTS));
        let whole_mib = least.checked_next_multiple_of(MIB)?;
        Self::new(size_bytes, whole_mib.max(USUAL_PART_BYTES))
    }

    /// Cuts `size_bytes` into parts of `part_size_bytes`; `None` when that makes parts or a number of
    /// them that S3 does not take.
    pub fn new(size_bytes: u64, part_size_bytes: u64) -> Option<Self> {
        // An empty object has one empty part.
        let parts = size_bytes.max(1).checked_div(part_size_bytes)?;
        let rest = size_bytes.max(1).checked_rem(part_size_bytes)?;
        let parts = parts.checked_add(u64::from(rest > 0))?;
        let parts = u16::try_from(parts).ok().filter(|it| *it <= MAX_PARTS)?;
        (MIN_PART_BYTES..=MAX_PART_BYTES)
            .contains(&part_size_bytes)
            .then_some(Self {
                size_bytes,
                part_size_bytes,
                parts,
            })
    }

    /// Size of the whole object.
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Size of all parts but the last.
    pub fn part_size_bytes(&self) -> u64 {
        self.part_size_bytes
    }

    /// How many parts there are, at least one.
    pub fn parts(&self) -> u16 {
        self.parts
    }

    /// Length of the part of this number, from 1 on; `None` when there is no such part.
    pub fn length_bytes(&self, number: u16) -> Option<u64> {
        let before = number.checked_sub(1)?;
        let begin = u64::from(before).checked_mul(self.part_size_bytes)?;
        let left = self.size_bytes.checked_sub(begin)?;
        (number <= self.parts).then(|| left.min(self.part_size_bytes))
    }
}
