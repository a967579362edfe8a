//! Where settings come from, each with its place.

use std::collections::BTreeMap;

use figment::value::{Dict, Num, Tag, Value};
use toml::de::{DeInteger, DeTable, DeValue};

use super::{ConfigError, error::nearest};

/// Where each setting was set last.
#[derive(Debug, Clone, Default)]
pub(super) struct Origins(BTreeMap<String, Origin>);

#[derive(Debug, Clone)]
struct Origin {
    place: String,
    is_file: bool,
}

/// Where a setting stands is not a part of what it says.
impl PartialEq for Origins {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Origins {
    /// The place of a setting, or of the table that it is in.
    pub(super) fn of(&self, path: &str) -> Option<String> {
        let mut path = path;
        loop {
            if let Some(origin) = self.0.get(path) {
                return Some(origin.place.clone());
            }
            path = path.rsplit_once('.')?.0;
        }
    }

    /// Whether the file says it, and nothing else does after it.
    pub(super) fn is_from_file(&self, path: &str) -> bool {
        self.0.get(path).is_some_and(|origin| origin.is_file)
    }

    /// What is laid over the file; nothing below it is taken for the file's any more.
    fn note_above(&mut self, path: &str, place: String) {
        let below = format!("{path}.");
        self.0.retain(|known, _| !known.starts_with(&below));
        self.note(path, place, false);
    }

    fn note(&mut self, path: &str, place: String, is_file: bool) {
        let origin = Origin { place, is_file };
        self.0.insert(path.to_owned(), origin);
    }
}

fn below(path: &str, key: &str) -> String {
    match path {
        "" => key.to_owned(),
        path => format!("{path}.{key}"),
    }
}

/// The text of a file and what it is called.
pub(super) struct File<'a> {
    pub(super) name: &'a str,
    pub(super) text: &'a str,
}

impl File<'_> {
    fn place(&self, at: usize) -> String {
        let before = self.text.as_bytes().get(..at).unwrap_or_default();
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        format!("{}:{line}", self.name)
    }

    pub(super) fn read(&self, origins: &mut Origins) -> Result<Dict, ConfigError> {
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
            origins.note(&path, self.place(key.span().start), true);
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

/// A value of the environment or of an override: `true`, `false`, whole numbers, lists and tables as
/// TOML has them, quoted text; everything else, such as `10s`, `0123` and `25000.10`, is text as it
/// stands.
fn plain(text: &str) -> Value {
    if let Ok(flag) = text.parse::<bool>() {
        return Value::from(flag);
    }
    if let Ok(number) = text.parse::<i64>()
        && number.to_string() == text
    {
        return Value::Num(Tag::Default, Num::I64(number));
    }
    if text.starts_with(['[', '{', '"', '\''])
        && let Ok(value) = DeValue::parse(text)
        && let Ok(value) =
            (File { name: "", text }).value(value.get_ref(), "", &mut Origins::default())
    {
        return value;
    }
    Value::from(text)
}

/// Settings by path, laid over each other.
pub(super) fn by_path<'a>(
    settings: impl IntoIterator<Item = (String, String, &'a str)>,
    origins: &mut Origins,
) -> Result<Dict, ConfigError> {
    let mut all = Dict::new();
    for (path, place, text) in settings {
        let wrong = || {
            let what = "this is below a setting that is no table, or has an empty part";
            ConfigError::one(&path, Some(place.clone()), what)
        };
        let mut keys: Vec<&str> = path.split('.').collect();
        if keys.iter().any(|key| key.is_empty()) {
            return Err(wrong());
        }
        let last = keys.pop().ok_or_else(wrong)?;
        let mut dict = &mut all;
        for key in keys {
            let next = dict
                .entry(key.to_owned())
                .or_insert_with(|| Value::Dict(Tag::Default, Dict::new()));
            let Value::Dict(_, next) = next else {
                return Err(wrong());
            };
            dict = next;
        }
        dict.insert(last.to_owned(), plain(text));
        origins.note_above(&path, place);
    }
    Ok(all)
}

/// What a word below a table of names was probably meant to be.
pub(super) fn meant<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, known).map(|meant| format!("`{meant}`"))
}
