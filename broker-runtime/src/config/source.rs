//! Where settings come from, each with its place.

use std::{collections::BTreeMap, path::Path};

use figment::value::{Dict, Num, Tag, Value};

use super::{ConfigError, error::nearest, from_toml, from_yaml};

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

    /// What the file says, with the place in it.
    pub(super) fn note_in_file(&mut self, path: &str, place: String) {
        self.note(path, place, true);
    }

    fn note(&mut self, path: &str, place: String, is_file: bool) {
        let origin = Origin { place, is_file };
        self.0.insert(path.to_owned(), origin);
    }
}

/// The text of a file, read in the language that the file's name ends in.
pub(super) fn read_file(
    path: Option<&Path>,
    name: &str,
    text: &str,
    origins: &mut Origins,
) -> Result<Dict, ConfigError> {
    let extension = path.and_then(Path::extension).unwrap_or_default();
    if extension.eq_ignore_ascii_case("yaml") || extension.eq_ignore_ascii_case("yml") {
        from_yaml::read(name, text, origins)
    } else {
        from_toml::read(name, text, origins)
    }
}

pub(super) fn below(path: &str, key: &str) -> String {
    match path {
        "" => key.to_owned(),
        path => format!("{path}.{key}"),
    }
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
        && let Some(value) = from_toml::value(text)
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
