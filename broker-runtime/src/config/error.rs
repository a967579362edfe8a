use core::fmt;
use std::collections::BTreeSet;

use broker_core::{Error, ErrorKind};
use figment::error::{Actual, Kind};

use super::source::Origins;

/// One thing that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The setting, such as `layers.timeout.reads`; empty when it is the file as a whole.
    pub path: String,
    /// Where it is set, such as `broker.toml:12` or the name of a variable.
    pub origin: Option<String>,
    /// What is wrong, without the value.
    pub what: String,
    /// What was probably meant.
    pub suggestion: Option<String>,
}

impl Problem {
    /// What is wrong with all that an origin says, such as a variable or an argument.
    #[must_use]
    pub fn new(origin: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            path: String::new(),
            origin: Some(origin.into()),
            what: what.into(),
            suggestion: None,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(origin) = &self.origin {
            write!(f, "{origin}: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.what)?;
        match &self.suggestion {
            Some(meant) => write!(f, "; did you mean {meant}?"),
            None => Ok(()),
        }
    }
}

/// Why a configuration cannot be used: all that is wrong with it. No value of a setting is repeated
/// where it could be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(Vec<Problem>);

impl ConfigError {
    /// What is wrong; at least one thing.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.0
    }

    /// Nothing, unless something is wrong.
    ///
    /// # Errors
    /// All of it.
    pub fn unless_none(problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Self(problems))
        }
    }

    /// What could not be read as a whole configuration that has these tables of a program's own, too.
    pub(super) fn of_whole(
        error: figment::Error,
        sections: &BTreeSet<&'static str>,
        origins: &Origins,
    ) -> Self {
        let mut all = Self::of(error, "", origins);
        for problem in &mut all.0 {
            let is_unknown = problem.what.starts_with(NO_SUCH);
            if is_unknown && !problem.path.contains('.') {
                let own = problem.suggestion.as_deref();
                let own = own.map(|meant| meant.trim_matches('`'));
                let meant = nearest(&problem.path, sections.iter().copied().chain(own));
                problem.suggestion = meant.map(|meant| format!("`{meant}`"));
            }
        }
        all
    }

    pub(super) const fn all(problems: Vec<Problem>) -> Self {
        Self(problems)
    }

    pub(super) fn one(path: &str, origin: Option<String>, what: impl Into<String>) -> Self {
        Self(vec![Problem {
            path: path.to_owned(),
            origin,
            what: what.into(),
            suggestion: None,
        }])
    }

    /// What could not be read as the settings that it should be, at or below `prefix`.
    pub(super) fn of(error: figment::Error, prefix: &str, origins: &Origins) -> Self {
        let problems = error.into_iter().map(|error| {
            let mut keys: Vec<&str> = prefix.split('.').filter(|key| !key.is_empty()).collect();
            keys.extend(error.path.iter().map(String::as_str));
            let private = !prefix.is_empty();
            let (what, suggestion) = words(&error.kind, private);
            if let Kind::UnknownField(field, _) = &error.kind
                && keys.last() != Some(&field.as_str())
            {
                keys.push(field);
            }
            let path = keys.join(".");
            Problem {
                origin: origins.of(&path),
                path,
                what,
                suggestion,
            }
        });
        Self(problems.collect())
    }
}

const NO_SUCH: &str = "there is no such setting here";

fn words(kind: &Kind, private: bool) -> (String, Option<String>) {
    match kind {
        Kind::UnknownField(field, known) => (
            format!("{NO_SUCH}; there are {}", listed(known)),
            nearest(field, known.iter().copied()).map(|meant| format!("`{meant}`")),
        ),
        Kind::UnknownVariant(word, known) if !private => (
            format!("`{word}` is not one of {}", listed(known)),
            nearest(word, known.iter().copied()).map(|meant| format!("`{meant}`")),
        ),
        Kind::UnknownVariant(_, known) => (format!("it is not one of {}", listed(known)), None),
        Kind::MissingField(field) => (format!("`{field}` is missing"), None),
        Kind::DuplicateField(field) => (format!("`{field}` is there twice"), None),
        Kind::InvalidType(found, wanted) | Kind::InvalidValue(found, wanted) => (
            format!("it is {}, and should be {wanted}", kind_of(found)),
            None,
        ),
        Kind::InvalidLength(length, wanted) => (
            format!("it has {length} parts, and should have {wanted}"),
            None,
        ),
        Kind::Message(message) => (message.clone(), None),
        Kind::ISizeOutOfRange(_) | Kind::USizeOutOfRange(_) => {
            ("the number is out of range".to_owned(), None)
        }
        Kind::Unsupported(found) | Kind::UnsupportedKey(found, _) => {
            (format!("{} cannot stand here", kind_of(found)), None)
        }
    }
}

/// What was found, without saying it: it may be a secret in the wrong place.
const fn kind_of(found: &Actual) -> &'static str {
    match found {
        Actual::Bool(_) => "true or false",
        Actual::Unsigned(_) | Actual::Signed(_) => "a whole number",
        Actual::Float(_) => "a number with a fraction",
        Actual::Char(_) | Actual::Str(_) => "text",
        Actual::Bytes(_) => "bytes",
        Actual::Unit => "nothing",
        Actual::Seq => "a list",
        Actual::Map => "a table",
        _ => "something else",
    }
}

fn listed(words: &[&str]) -> String {
    words
        .iter()
        .map(|word| format!("`{word}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The word that somebody who wrote this one probably meant.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = |known: &str| strsim::jaro_winkler(word, known);
    let all = known.into_iter().map(|known| (likeness(known), known));
    let best = all.max_by(|(one, _), (other, _)| one.total_cmp(other))?;
    (best.0 > 0.8).then_some(best.1)
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        Self::new(ErrorKind::InvalidRequest, error.to_string()).with_source(error)
    }
}
