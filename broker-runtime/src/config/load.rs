use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    sync::Arc,
};

use figment::{
    Figment,
    providers::Serialized,
    value::{Dict, Value},
};

use super::{
    Config, ConfigError, Settings,
    source::{Origins, by_path, read_file},
};

/// What the variables begin with.
const PREFIX: &str = "BROKER__";

/// A configuration from parts: overrides before the environment before the file.
#[derive(Clone, Default)]
#[must_use = "nothing is read before `load`"]
pub struct Loader {
    file: Option<PathBuf>,
    text: Option<String>,
    variables: Vec<(OsString, OsString)>,
    overrides: BTreeMap<String, String>,
    sections: BTreeSet<&'static str>,
}

impl core::fmt::Debug for Loader {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Loader")
            .field("file", &self.file)
            .field("overrides", &self.overrides.keys())
            .field("sections", &self.sections)
            .finish_non_exhaustive()
    }
}

impl Loader {
    /// A file; relative paths in it are meant from its folder. It is YAML when its name ends in `.yaml`
    /// or `.yml`, and TOML otherwise.
    ///
    /// Both say the same, with the same mistakes refused by file and line: a key that does not exist,
    /// a key that is there twice, an amount that is not exact. Of YAML 1.2 that is tables, lists, text,
    /// whole numbers, fractions, `true` and `false`; anchors, aliases, merge keys (`<<`), tags, `null`,
    /// several documents and numbers that readers of YAML do not agree on, such as `010` and `1_000`,
    /// are errors. `yes`, `no`, `on` and `off` are text, so `enabled: yes` is an error and the symbol
    /// `ON` is a symbol. A key with nothing behind it is an empty table.
    pub fn file(mut self, path: impl AsRef<Path>) -> Self {
        self.file = Some(path.as_ref().to_owned());
        self
    }

    /// The text of the file, instead of reading it; TOML, unless [`file`](Self::file) is called YAML.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// The variables of this process that begin with `BROKER__`.
    pub fn environment(self) -> Self {
        self.variables(std::env::vars_os())
    }

    /// These variables, of which those that begin with `BROKER__` count.
    pub fn variables(mut self, variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let ours = |name: &OsStr| name.as_encoded_bytes().starts_with(PREFIX.as_bytes());
        let variables = variables.into_iter().filter(|(name, _)| ours(name));
        self.variables.extend(variables);
        self
    }

    /// One setting by its path, such as `layers.timeout.reads`, whatever the others say.
    pub fn set(mut self, path: impl Into<String>, value: impl Into<String>) -> Self {
        self.overrides.insert(path.into(), value.into());
        self
    }

    /// A table of the program's own at the top, such as `[server]`; [`Config::section`] reads it. A
    /// table that nobody has declared is an error.
    pub fn section(mut self, name: &'static str) -> Self {
        self.sections.insert(name);
        self
    }

    /// Reads, merges and checks.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn load(self) -> Result<Config, ConfigError> {
        let mut origins = Origins::default();
        let file = self.read_file(&mut origins)?;
        let variables = self.read_variables(&mut origins)?;
        let overrides = self
            .overrides
            .iter()
            .map(|(path, value)| (path.clone(), format!("override {path}"), value.as_str()));
        let overrides = by_path(overrides, &mut origins)?;
        let wrong = |error| ConfigError::of_whole(error, &self.sections, &origins);
        let mut merged = Figment::from(Serialized::defaults(file))
            .merge(Serialized::defaults(variables))
            .merge(Serialized::defaults(overrides))
            .extract::<Dict>()
            .map_err(wrong)?;
        let sections = self.take_sections(&mut merged, &origins)?;
        let mut config = Value::from(merged).deserialize::<Config>().map_err(wrong)?;
        config.sections = sections;
        config.folder = self
            .file
            .as_deref()
            .and_then(Path::parent)
            .map(Path::to_owned)
            .unwrap_or_default();
        config.origins = Arc::new(origins);
        let problems = config.problems();
        if problems.is_empty() {
            Ok(config)
        } else {
            Err(ConfigError::all(problems))
        }
    }

    /// What was declared, out of what everybody has.
    fn take_sections(
        &self,
        merged: &mut Dict,
        origins: &Origins,
    ) -> Result<BTreeMap<String, Settings>, ConfigError> {
        let mut sections = BTreeMap::new();
        for name in &self.sections {
            let settings = match merged.remove(*name) {
                None => Settings::default(),
                Some(Value::Dict(_, settings)) => Settings::of(settings),
                Some(_) => {
                    let what = "it should be a table";
                    return Err(ConfigError::one(name, origins.of(name), what));
                }
            };
            sections.insert((*name).to_owned(), settings);
        }
        Ok(sections)
    }

    fn read_file(&self, origins: &mut Origins) -> Result<Dict, ConfigError> {
        let name = self
            .file
            .as_ref()
            .map_or_else(|| "text".to_owned(), |path| path.display().to_string());
        let text = match (&self.text, &self.file) {
            (Some(text), _) => text.clone(),
            (None, Some(path)) => std::fs::read_to_string(path).map_err(|error| {
                let what = format!("the file cannot be read: {error}");
                ConfigError::one("", Some(name.clone()), what)
            })?,
            (None, None) => String::new(),
        };
        read_file(self.file.as_deref(), &name, &text, origins)
    }

    fn read_variables(&self, origins: &mut Origins) -> Result<Dict, ConfigError> {
        let mut settings = Vec::new();
        for (name, value) in &self.variables {
            let place = name.to_string_lossy().into_owned();
            let (Some(name), Some(value)) = (name.to_str(), value.to_str()) else {
                return Err(ConfigError::one("", Some(place), "it is not text"));
            };
            let keys = name.strip_prefix(PREFIX).unwrap_or_default();
            let path = keys.to_ascii_lowercase().replace("__", ".");
            settings.push((path, place, value));
        }
        // Whatever order the system has them in.
        settings.sort();
        by_path(settings, origins)
    }
}
