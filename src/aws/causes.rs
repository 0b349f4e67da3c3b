//! The form of a table from what a service says to one cause and one fix.

/// Makes the enum `Cause` of one service from rows of its table: what it is, its name in public, the error codes that mean
/// it, texts in a message that mean it where the code is one of several meanings, what else means it in words for the
/// documentation, and the explanation with its fix. Of messages, the first row that matches counts.
macro_rules! causes {
    ($(
        $(#[$doc:meta])*
        $cause:ident $name:literal [$($code:literal)*] [$($text:literal)*] $also:literal $advice:literal
    )*) => {
        /// The cause of a refusal.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Cause {
            $($(#[$doc])* $cause,)*
        }

        impl Cause {
            /// All causes, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$cause),*];

            /// Texts in small letters, and the cause of a message that has one of them.
            pub const MESSAGES: &[(&str, Self)] = &[$($(($text, Self::$cause),)*)*];

            /// The error codes that mean it, whatever the message.
            pub fn codes(self) -> &'static [&'static str] {
                match self {
                    $(Self::$cause => &[$($code),*],)*
                }
            }

            /// What else means it, for the documentation; empty where there is nothing else.
            pub fn other_signs(self) -> &'static str {
                match self {
                    $(Self::$cause => $also,)*
                }
            }

            /// The cause of `code`, where that has only one.
            fn of_code(code: &str) -> Option<Self> {
                match code {
                    $($($code => Some(Self::$cause),)*)*
                    _ => None,
                }
            }

            fn row(self) -> (&'static str, &'static str) {
                match self {
                    $(Self::$cause => ($name, $advice),)*
                }
            }
        }
    };
}

pub(crate) use causes;
