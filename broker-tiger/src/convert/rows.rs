use broker_core::{Error, ErrorKind};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::value::RawValue;

/// A list whose rows are read one by one, so that one that cannot be read does not hide the others.
/// Absent and null read as an empty list.
#[derive(Debug)]
pub(crate) struct Rows<T> {
    /// The rows that could be read, in order.
    pub(crate) rows: Vec<T>,
    /// Why others could not be: the list is not complete while there is one.
    pub(crate) unreadable: Vec<Error>,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            unreadable: Vec::new(),
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Rows<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <Option<Vec<Box<RawValue>>>>::deserialize(deserializer)?;
        let mut read = Self::default();
        for row in raw.unwrap_or_default() {
            match serde_json::from_str(row.get()) {
                Ok(row) => read.rows.push(row),
                Err(error) => {
                    let message = format!("a row of the answer cannot be read: {error}");
                    read.unreadable
                        .push(Error::new(ErrorKind::Protocol, message));
                }
            }
        }
        Ok(read)
    }
}

/// Answers of the form `{"items": [...]}`.
#[derive(Debug, Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
struct Items<T> {
    #[serde(default)]
    items: Rows<T>,
}

impl<T: DeserializeOwned> Rows<T> {
    /// Reads the data of an answer that is a list, or an object with one in `items`.
    ///
    /// # Errors
    /// [`ErrorKind::Protocol`] when it is neither.
    pub(crate) fn of(data: &str) -> Result<Self, Error> {
        let wrong = |error: serde_json::Error| {
            Error::new(
                ErrorKind::Protocol,
                format!("the answer is no list: {error}"),
            )
        };
        if data.trim_start().starts_with('{') {
            let items: Items<T> = serde_json::from_str(data).map_err(wrong)?;
            return Ok(items.items);
        }
        serde_json::from_str(data).map_err(wrong)
    }
}
