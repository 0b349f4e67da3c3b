//! What must not be repeated of the texts in an error: pieces of secrets, or what may be one.

/// What the log has for a message that is withheld.
pub(super) const WITHHELD: &str = "[withheld]";

/// So much of a secret must not be repeated, in bytes.
const PIECE_BYTES: usize = 8;

/// Longer messages are withheld, in bytes.
const MAX_MESSAGE_BYTES: usize = 1000;

/// A longer unbroken run in a message may be a piece of a token, in bytes.
const MAX_RUN_BYTES: usize = 32;

/// Longer codes are not AWS's, in bytes.
const MAX_CODE_BYTES: usize = 64;

/// Longer regions are none, in bytes.
const MAX_REGION_BYTES: usize = 24;

/// Longer request ids are none, in bytes.
const MAX_REQUEST_ID_BYTES: usize = 36;

/// Whether both have the same [`PIECE_BYTES`] anywhere. Texts of AWS are short, so this is quick enough.
pub(super) fn share_a_piece(text: &str, secret: &str) -> bool {
    let mut pieces = text.as_bytes().array_windows::<PIECE_BYTES>();
    let secret = secret.as_bytes();
    pieces.any(|piece| secret.array_windows().any(|it| it == piece))
}

/// Whether `message` can hold no long piece of a token that nobody here knows.
pub(super) fn is_harmless_message(message: &str) -> bool {
    message.len() <= MAX_MESSAGE_BYTES
        && message
            .split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'))
            .all(|run| run.len() <= MAX_RUN_BYTES)
}

/// AWS's codes are words, with one number in them at most, as in `XAmzContentSHA256Mismatch`. With more, in
/// small letters or longer, it may be a piece of the token.
pub(super) fn is_code(text: &str) -> bool {
    let numbers = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|number| !number.is_empty());
    (1..=MAX_CODE_BYTES).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_uppercase())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.')
        && numbers.count() <= 1
}

/// A UUID at AWS, another short identifier elsewhere.
pub(super) fn is_request_id(text: &str) -> bool {
    (1..=MAX_REQUEST_ID_BYTES).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// Whether `text` looks like a region, and like nothing else.
pub(super) fn is_region(text: &str) -> bool {
    let is_part = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=MAX_REGION_BYTES).contains(&text.len()) && text.bytes().all(is_part)
}
