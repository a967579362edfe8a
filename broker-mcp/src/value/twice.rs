//! JSON that says one thing twice.
//!
//! Readers differ in which of the two they believe: what a person was shown by one of them, another would not
//! send.

use core::fmt;
use std::collections::BTreeSet;

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor,
};

use super::Untrusted;

/// Reads JSON that a caller has written into a text.
///
/// # Errors
/// What is wrong with it; that it says one thing twice.
pub(crate) fn read_text<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    if let Some(name) = said_twice(text.as_bytes()) {
        return Err(refusal(&name));
    }
    serde_json::from_str(text).map_err(|error| error.to_string())
}

/// What somebody is told who says one thing twice.
pub(crate) fn refusal(name: &str) -> String {
    let name = Untrusted::line(name, 60);
    format!("`{name}` is said twice; nothing was done")
}

/// The name that comes twice in one object of a text, wherever it stands. A text that is no JSON is left to
/// whoever reads it.
pub(crate) fn said_twice(body: &[u8]) -> Option<String> {
    let mut found = None;
    let mut reader = serde_json::Deserializer::from_slice(body);
    let _whole = Look(&mut found).deserialize(&mut reader);
    found
}

struct Look<'a>(&'a mut Option<String>);

impl<'de> DeserializeSeed<'de> for Look<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Look<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut names = BTreeSet::new();
        while let Some(name) = map.next_key::<String>()? {
            if names.contains(&name) {
                *self.0 = Some(name);
                return Err(A::Error::custom("said twice"));
            }
            map.next_value_seed(Look(self.0))?;
            names.insert(name);
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Look(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}
