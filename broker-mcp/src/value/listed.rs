use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, de};

use super::twice;

/// A list, or an object, that callers may also write as JSON in a text, or as one value without
/// brackets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Listed<T>(pub Vec<T>);

impl<'de, T: de::DeserializeOwned> Deserialize<'de> for Listed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let value = match value {
            serde_json::Value::String(text) if text.trim_start().starts_with(['[', '{']) => {
                twice::read_text(&text).map_err(de::Error::custom)?
            }
            value => value,
        };
        match value {
            serde_json::Value::Array(values) => {
                let read = values.into_iter().map(serde_json::from_value);
                read.collect::<Result<_, _>>().map(Self)
            }
            one => serde_json::from_value(one).map(|one| Self(vec![one])),
        }
        .map_err(de::Error::custom)
    }
}

impl<T: JsonSchema> JsonSchema for Listed<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("Listed_{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        <Vec<T>>::json_schema(generator)
    }
}
