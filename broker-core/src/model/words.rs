//! One macro for the closed word lists of the model, so that every one of them has the same
//! text form, the same JSON form and the same list of all its values.

/// Declares an enum whose values are words.
///
/// Generates `ALL`, `as_str`, `Display`, `FromStr` (exact, lower case), serde as the word and, with
/// feature `schemars`, a JSON schema that lists the words. A final `.. Other` keeps an unknown word
/// verbatim instead of refusing it, for lists that mirror a vendor's.
macro_rules! word_enum {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $(#[$vmeta:meta])* $variant:ident = $word:literal, )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name { $( $(#[$vmeta])* $variant, )+ }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[ $( Self::$variant, )+ ];

            /// The word used in text and JSON.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $word, )+ }
            }
        }

        impl core::str::FromStr for $name {
            type Err = $crate::model::ValueError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $( $word => Ok(Self::$variant), )+
                    _ => Err($crate::model::ValueError::new(
                        stringify!($name), text, concat!("one of", $( " ", $word ),+))),
                }
            }
        }

        $crate::model::words::word_enum!(@common $name, [ $( $word ),+ ], closed);
    };
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $(#[$vmeta:meta])* $variant:ident = $word:literal, )+
            .. Other
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $( $(#[$vmeta])* $variant, )+
            /// A word the model does not know, kept as the broker wrote it.
            Other(std::sync::Arc<str>),
        }

        impl $name {
            /// The word used in text and JSON; an unknown one is given back verbatim.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self { $( Self::$variant => $word, )+ Self::Other(raw) => raw }
            }
        }

        impl core::str::FromStr for $name {
            type Err = core::convert::Infallible;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(match text { $( $word => Self::$variant, )+ raw => Self::Other(raw.into()) })
            }
        }

        $crate::model::words::word_enum!(@common $name, [ $( $word ),+ ], open);
    };
    (@common $name:ident, [ $( $word:literal ),+ ], $openness:ident) => {
        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.pad(self.as_str())
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
        $crate::model::words::word_enum!(@schema $name, [ $( $word ),+ ], $openness);
    };
    (@schema $name:ident, [ $( $word:literal ),+ ], closed) => {
        #[cfg(feature = "schemars")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> { stringify!($name).into() }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "enum": [ $( $word ),+ ] })
            }
        }
    };
    (@schema $name:ident, [ $( $word:literal ),+ ], open) => {
        #[cfg(feature = "schemars")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> { stringify!($name).into() }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string",
                    "examples": [ $( $word ),+ ],
                    "description": "One of the examples, or the broker's own word."
                })
            }
        }
    };
}
pub(crate) use word_enum;

/// Reads a unit variant of an internally tagged enum and refuses any further field: a market order
/// that is given a price is a mistake. (Derived code skips such fields.)
pub(crate) fn no_fields<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct NoFields {}
    let NoFields {} = serde::Deserialize::deserialize(deserializer)?;
    Ok(())
}
