use core::fmt;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::ValueError;

/// Order fields that only one broker knows.
///
/// An adapter declares a plain struct of its extra fields and implements this trait for it; the
/// caller sets it by type, so there is no string map to misspell.
pub trait OrderExtension: Serialize + DeserializeOwned {
    /// The adapter's name in JSON, such as `ibkr`.
    const NAMESPACE: &'static str;
}

/// Typed extension fields by adapter.
///
/// ```
/// use broker_core::model::{Extensions, OrderExtension};
/// #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
/// struct AcmeFields { route: String }
/// impl OrderExtension for AcmeFields { const NAMESPACE: &'static str = "acme"; }
///
/// let mut extensions = Extensions::default();
/// extensions.set(&AcmeFields { route: "DARK".into() })?;
/// assert_eq!(extensions.get::<AcmeFields>()?.unwrap().route, "DARK");
/// # Ok::<(), broker_core::model::ValueError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Extensions(BTreeMap<String, serde_json::Value>);

impl Extensions {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Sets one adapter's fields, replacing earlier ones.
    ///
    /// # Errors
    /// [`ValueError`] when the fields cannot be written as JSON.
    pub fn set<T: OrderExtension>(&mut self, fields: &T) -> Result<(), ValueError> {
        let value = serde_json::to_value(fields)
            .map_err(|error| ValueError::new("extension", error, "fields that are valid JSON"))?;
        self.0.insert(T::NAMESPACE.to_owned(), value);
        Ok(())
    }

    /// One adapter's fields, if set.
    ///
    /// # Errors
    /// [`ValueError`] when the stored fields are not those of `T`.
    pub fn get<T: OrderExtension>(&self) -> Result<Option<T>, ValueError> {
        let Some(value) = self.0.get(T::NAMESPACE) else {
            return Ok(None);
        };
        T::deserialize(value)
            .map(Some)
            .map_err(|error| ValueError::new("extension", error, "the adapter's own fields"))
    }

    /// The namespaces that are set.
    pub fn namespaces(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl fmt::Debug for Extensions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Values may hold anything a broker wants, so only the names are shown.
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Extensions {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Extensions".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "object",
            "description": "Fields of one adapter, under the adapter's name.",
            "additionalProperties": { "type": "object" }
        })
    }
}
