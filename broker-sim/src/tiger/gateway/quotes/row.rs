use broker_core::{Decimal, model::Price};
use chrono::{DateTime, Utc};
use rust_decimal::prelude::ToPrimitive as _;
use serde_json::{Map, Value};

use crate::tiger::gateway::number::number;

/// One object of an answer; what is not known is left out.
#[derive(Debug, Clone, Default)]
pub(in crate::tiger::gateway) struct Row(Map<String, Value>);

impl Row {
    pub(in crate::tiger::gateway) fn put(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// A text that may be missing.
    pub(in crate::tiger::gateway) fn text(self, name: &str, value: Option<String>) -> Self {
        match value {
            Some(value) => self.put(name, value),
            None => self,
        }
    }

    /// A number that may be missing.
    pub(in crate::tiger::gateway) fn number(self, name: &str, value: Option<Decimal>) -> Self {
        match value {
            Some(value) => self.put(name, number(value)),
            None => self,
        }
    }

    /// A price that may be missing.
    pub(in crate::tiger::gateway) fn price(self, name: &str, value: Option<Price>) -> Self {
        self.number(name, value.map(Price::get))
    }

    /// A number of units that may be missing.
    pub(in crate::tiger::gateway) fn units(self, name: &str, value: Option<Decimal>) -> Self {
        match value {
            Some(value) => self.put(name, units(value)),
            None => self,
        }
    }

    /// An instant in milliseconds.
    pub(in crate::tiger::gateway) fn at(self, name: &str, at: DateTime<Utc>) -> Self {
        self.put(name, at.timestamp_millis())
    }
}

impl From<Row> for Value {
    fn from(row: Row) -> Self {
        Self::Object(row.0)
    }
}

/// A number of units: a whole number where it is one.
fn units(value: Decimal) -> Value {
    let whole = value.is_integer().then(|| value.to_i64()).flatten();
    whole.map_or_else(|| number(value), Value::from)
}
