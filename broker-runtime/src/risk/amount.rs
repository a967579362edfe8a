//! The form of an amount in a configuration: text or a whole number, as everywhere in the model.

use broker_core::{Decimal, model::Price};
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::Error as _};

pub(super) fn serialize<S: Serializer>(value: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    Price::new(*value)
        .map_err(S::Error::custom)?
        .serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    Price::deserialize(deserializer).map(Price::get)
}

pub(super) mod option {
    use super::{Decimal, Deserialize, Deserializer, Price, Serialize, Serializer};
    use serde::ser::Error as _;

    pub(in super::super) fn serialize<S: Serializer>(
        value: &Option<Decimal>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let value = value.map(Price::new).transpose();
        value.map_err(S::Error::custom)?.serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Decimal>, D::Error> {
        let value = Option::<Price>::deserialize(deserializer)?;
        Ok(value.map(Price::get))
    }
}
