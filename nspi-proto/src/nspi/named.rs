//! Open sets of numbers some of which have names.

/// Makes constants of a newtype, and [`name`](super::DisplayType::name) that leads back from a value to the word of the
/// specification.
macro_rules! named {
    ($type:ident: $($(#[$doc:meta])* $name:ident = $value:literal, $canonical:literal;)*) => {
        impl $type {
            $(
                #[doc = concat!("`", $canonical, "`.")]
                #[doc = ""]
                $(#[$doc])*
                pub const $name: Self = Self($value);
            )*

            /// The name in the specification; `None` for a value that it does not name.
            #[must_use]
            pub fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$name => Some($canonical),)*
                    _ => None,
                }
            }
        }
    };
}

pub(super) use named;
