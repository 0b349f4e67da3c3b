//! How an object of known size is divided into parts: all of one size, except the last.
//!
//! With a plan the length of each part is signed, and the upload completes with all parts or not at all, so the
//! object has the size that was announced.

use super::MAX_PARTS;

const MIB: u64 = 1024 * 1024;

/// Smallest size of a part, [except the last][limits].
///
/// [limits]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
pub const MIN_PART_BYTES: u64 = 5 * MIB;

/// Largest [size of a part][limits].
///
/// [limits]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
pub const MAX_PART_BYTES: u64 = 5 * 1024 * MIB;

/// Size of parts by default, as in the AWS CLI, while their number is within the limit.
const DEFAULT_PART_BYTES: u64 = 8 * MIB;

/// Largest object that can be assembled from parts.
pub const MAX_OBJECT_BYTES: u64 = MAX_PART_BYTES * MAX_PARTS as u64;

/// An object of `size_bytes` in parts of `part_size_bytes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    size_bytes: u64,
    part_size_bytes: u64,
    parts: u16,
}

impl Plan {
    /// Divides `size_bytes`, at most [`MAX_OBJECT_BYTES`], into parts of a suitable size.
    pub fn with_default_parts(size_bytes: u64) -> Option<Self> {
        let least = size_bytes.div_ceil(u64::from(MAX_PARTS));
        let whole_mib = least.checked_next_multiple_of(MIB)?;
        Self::new(size_bytes, whole_mib.max(DEFAULT_PART_BYTES))
    }

    /// Divides `size_bytes` into parts of `part_size_bytes`; `None` when S3 does not accept parts of this size or
    /// so many of them.
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

    /// Size of all parts except the last.
    pub fn part_size_bytes(&self) -> u64 {
        self.part_size_bytes
    }

    /// Number of parts, at least one.
    pub fn parts(&self) -> u16 {
        self.parts
    }

    /// Length of part `number`, from 1 on; `None` when there is no such part.
    pub fn length_bytes(&self, number: u16) -> Option<u64> {
        let before = number.checked_sub(1)?;
        let begin = u64::from(before).checked_mul(self.part_size_bytes)?;
        let left = self.size_bytes.checked_sub(begin)?;
        (number <= self.parts).then(|| left.min(self.part_size_bytes))
    }
}
