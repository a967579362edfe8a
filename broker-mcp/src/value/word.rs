//! Closed lists of words that are read in any vendor's spelling and written in one.

/// The letters and digits of a word: `STP LMT`, `stp_lmt` and `Stp-Lmt` are the same word.
pub(crate) fn letters(text: &str) -> impl Iterator<Item = char> {
    text.chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
}

/// Whether two texts are the same word.
pub(crate) fn same(a: &str, b: &str) -> bool {
    letters(a).eq(letters(b))
}

/// Declares an enum whose values are words: the first spelling is written, all of them are read, in upper
/// or lower case, with spaces, dashes or underscores.
macro_rules! words {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $(#[$vmeta:meta])* $variant:ident = $word:literal $( | $also:literal )*, )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name { $( $(#[$vmeta])* $variant, )+ }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[ $( Self::$variant, )+ ];

            const SPELLINGS: &'static [(&'static str, Self)] = &[
                $( ($word, Self::$variant), $( ($also, Self::$variant), )* )+
            ];

            /// The word as it is answered.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $word, )+ }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.pad(self.as_str())
            }
        }
        impl core::str::FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                let known = Self::SPELLINGS.iter();
                let mut known = known.filter(|(word, _)| $crate::value::word::same(word, text));
                known.next().map(|(_, value)| *value).ok_or_else(|| {
                    let words: Vec<&str> = Self::ALL.iter().map(|word| word.as_str()).collect();
                    format!("`{}` is none of {}", $crate::value::Untrusted::line(text, 40), words.join(", "))
                })
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
        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "enum": [ $( $word ),+ ] })
            }
        }
    };
}
pub(crate) use words;
