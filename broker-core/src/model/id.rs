use core::{fmt, str::FromStr};
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::ValueError;

const EXPECTED: &str = "1 to 64 printable ASCII characters without spaces at the ends";

macro_rules! text_id {
    ($(#[$meta:meta])* $name:ident, $max:literal) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the text as it is; cloning the identifier later costs no allocation.
            ///
            /// # Errors
            /// [`ValueError`] unless the text is printable ASCII with no space at either end, not empty
            /// and not too long.
            pub fn new(text: impl AsRef<str>) -> Result<Self, ValueError> {
                let text = text.as_ref();
                let fits = (1..=$max).contains(&text.len())
                    && text.trim() == text
                    && text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
                if fits {
                    Ok(Self(text.into()))
                } else {
                    Err(ValueError::new(stringify!($name), text, EXPECTED))
                }
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:?})", stringify!($name), &*self.0)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
        impl FromStr for $name {
            type Err = ValueError;
            fn from_str(text: &str) -> Result<Self, ValueError> {
                Self::new(text)
            }
        }
        impl TryFrom<&str> for $name {
            type Error = ValueError;
            fn try_from(text: &str) -> Result<Self, ValueError> {
                Self::new(text)
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::new(text).map_err(serde::de::Error::custom)
            }
        }
        #[cfg(feature = "schemars")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string", "minLength": 1, "maxLength": $max, "description": EXPECTED
                })
            }
        }
    };
}

text_id! {
    /// The name of one configured broker connection, such as `ibkr` or `paper`.
    BrokerId, 64
}
text_id! {
    /// An account as the broker names it (FIX 1).
    AccountId, 64
}
text_id! {
    /// The caller's name for one intent to trade, unique per account for ever (FIX 11).
    ///
    /// The same identifier never makes a second order: not after a timeout, a reconnect or a
    /// restart. Write it down before submitting, and the order can always be found again.
    ClientOrderId, 64
}
text_id! {
    /// A broker's name for an order (FIX 37), at most 56 characters. One client order may have had
    /// several.
    BrokerOrderId, 56
}
text_id! {
    /// A broker's name for one execution (FIX 17); fills are deduplicated by it.
    ExecutionId, 64
}
text_id! {
    /// The caller's name for an order list (FIX 66).
    ListId, 64
}

impl ClientOrderId {
    /// A new identifier: a ULID, 26 characters, sortable by time of creation, unique without
    /// coordination between processes.
    ///
    /// ```
    /// use broker_core::model::ClientOrderId;
    /// assert_ne!(ClientOrderId::generate(), ClientOrderId::generate());
    /// ```
    #[must_use]
    pub fn generate() -> Self {
        Self(ulid::Ulid::generate().to_string().into())
    }

    /// The identifier of a leg derived from this one, such as `parent.1`.
    ///
    /// # Errors
    /// [`ValueError`] when the result would be longer than 64 characters.
    pub fn derive(&self, suffix: &str) -> Result<Self, ValueError> {
        Self::new(format!("{self}.{suffix}"))
    }
}

/// Marks the identifiers of orders that were placed elsewhere.
const OUTSIDE: &str = "outside:";

impl ClientOrderId {
    /// The identifier under which an order from outside this library is kept: always the same for
    /// the same broker order.
    ///
    /// ```
    /// use broker_core::model::{BrokerOrderId, ClientOrderId};
    /// let manual = ClientOrderId::outside(&BrokerOrderId::new("77001")?);
    /// assert_eq!(manual.as_str(), "outside:77001");
    /// assert!(manual.is_outside());
    /// # Ok::<(), broker_core::model::ValueError>(())
    /// ```
    #[must_use]
    pub fn outside(broker_order_id: &BrokerOrderId) -> Self {
        Self(format!("{OUTSIDE}{broker_order_id}").into())
    }

    /// Whether the order was placed outside this library.
    #[must_use]
    pub fn is_outside(&self) -> bool {
        self.0.starts_with(OUTSIDE)
    }
}

impl ListId {
    /// A new identifier, unique without coordination between processes.
    #[must_use]
    pub fn generate() -> Self {
        Self(ulid::Ulid::generate().to_string().into())
    }
}
