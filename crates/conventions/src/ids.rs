//! Ids as types: passing a worker's id where a client's is expected does not compile.

/// Declares id types, each a UUID: `conventions::ids! { /// An order. OrderId, }`.
///
/// Each parses from text in any letter case (`FromStr`), is shown in lower case with hyphens
/// (`Display`), and makes new values with `generate`.
#[macro_export]
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[derive($crate::serde::Serialize, $crate::serde::Deserialize)]
        #[serde(crate = "conventions::serde", transparent)]
        pub struct $name(pub $crate::uuid::Uuid);

        impl $name {
            /// A new id. Ids grow with time (UUID version 7), so that rows made together are stored
            /// together.
            pub fn generate() -> Self {
                Self($crate::uuid::Uuid::now_v7())
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}
