//! Reads TOML, with the line of each setting.

use figment::value::{Dict, Tag, Value};
use toml::de::{DeInteger, DeTable, DeValue};

use super::{
    ConfigError,
    source::{Origins, below},
};

/// The settings in a file's text, which is called by this name in what is said of it.
pub(super) fn read(name: &str, text: &str, origins: &mut Origins) -> Result<Dict, ConfigError> {
    File { name, text }.read(origins)
}

/// One value as it stands behind a `=`, if it is one.
pub(super) fn value(text: &str) -> Option<Value> {
    let value = DeValue::parse(text).ok()?;
    let file = File { name: "", text };
    file.value(value.get_ref(), "", &mut Origins::default())
        .ok()
}

struct File<'a> {
    name: &'a str,
    text: &'a str,
}

impl File<'_> {
    fn place(&self, at: usize) -> String {
        let before = self.text.as_bytes().get(..at).unwrap_or_default();
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        format!("{}:{line}", self.name)
    }

    fn read(&self, origins: &mut Origins) -> Result<Dict, ConfigError> {
        let table = DeTable::parse(self.text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            // Only the first line: the others show the text, where a secret may stand.
            let message = error.message().lines().next().unwrap_or_default();
            ConfigError::one(
                "",
                Some(self.place(at)),
                format!("this is not TOML: {message}"),
            )
        })?;
        self.table(table.get_ref(), "", origins)
    }

    fn table(
        &self,
        table: &DeTable<'_>,
        path: &str,
        origins: &mut Origins,
    ) -> Result<Dict, ConfigError> {
        let mut dict = Dict::new();
        for (key, value) in table {
            let path = below(path, key.get_ref());
            origins.note_in_file(&path, self.place(key.span().start));
            let value = self.value(value.get_ref(), &path, origins)?;
            dict.insert(key.get_ref().to_string(), value);
        }
        Ok(dict)
    }

    fn value(
        &self,
        value: &DeValue<'_>,
        path: &str,
        origins: &mut Origins,
    ) -> Result<Value, ConfigError> {
        let wrong = |what: &str| ConfigError::one(path, origins.of(path), what);
        Ok(match value {
            DeValue::String(text) => Value::from(text.as_ref()),
            DeValue::Boolean(flag) => Value::from(*flag),
            DeValue::Integer(number) => {
                Value::from(integer(number).ok_or_else(|| wrong("the number is too large"))?)
            }
            DeValue::Float(number) => {
                let number = number.as_str().replace('_', "").parse::<f64>();
                Value::from(number.map_err(|_| wrong("the number cannot be read"))?)
            }
            DeValue::Datetime(instant) => Value::from(instant.to_string()),
            DeValue::Array(values) => {
                let mut list = Vec::new();
                for (index, value) in values.iter().enumerate() {
                    let path = below(path, &index.to_string());
                    list.push(self.value(value.get_ref(), &path, origins)?);
                }
                Value::Array(Tag::Default, list)
            }
            DeValue::Table(table) => Value::Dict(Tag::Default, self.table(table, path, origins)?),
        })
    }
}

fn integer(number: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok()
}
