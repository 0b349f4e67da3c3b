//! What routes share.

mod accept;
