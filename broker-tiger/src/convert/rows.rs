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

impl<T: DeserializeOwned> Rows<T> {
    fn read(raw: Vec<Box<RawValue>>) -> Self {
        let mut read = Self::default();
        for row in raw {
            match serde_json::from_str(row.get()) {
                Ok(row) => read.rows.push(row),
                Err(error) => {
                    let message = format!("a row of the answer cannot be read: {error}");
                    read.unreadable
                        .push(Error::new(ErrorKind::Protocol, message));
                }
            }
        }
        read
    }

    /// Reads the data of an answer that is a list, or an object with one in `items`; without one it is
    /// an empty list.
    ///
    /// # Errors
    /// [`ErrorKind::Protocol`] when it is something else.
    pub(crate) fn of(data: &str) -> Result<Self, Error> {
        Ok(raw(data)?.map(Self::read).unwrap_or_default())
    }

    /// The same for a list whose emptiness is believed: without one it is an error.
    ///
    /// # Errors
    /// [`ErrorKind::Protocol`] when there is no list.
    pub(crate) fn whole(data: &str) -> Result<Self, Error> {
        let raw = raw(data)?.ok_or_else(|| {
            let message = "Tiger said success without the list that was asked for";
            Error::new(ErrorKind::Protocol, message)
        })?;
        Ok(Self::read(raw))
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Rows<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <Option<Vec<Box<RawValue>>>>::deserialize(deserializer)?;
        Ok(Self::read(raw.unwrap_or_default()))
    }
}

/// Answers of the form `{"items": [...]}`.
#[derive(Debug, Deserialize)]
struct Items {
    #[serde(default)]
    items: Option<Vec<Box<RawValue>>>,
}

fn raw(data: &str) -> Result<Option<Vec<Box<RawValue>>>, Error> {
    let items = if data.trim_start().starts_with('{') {
        serde_json::from_str::<Items>(data).map(|items| items.items)
    } else {
        serde_json::from_str(data)
    };
    items.map_err(|error| {
        let message = format!("the answer is no list: {error}");
        Error::new(ErrorKind::Protocol, message)
    })
}
