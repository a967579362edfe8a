use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use broker_core::{ExposeSecret as _, SecretString};

use super::{ConfigError, Origin, properties, setting::Setting};
use crate::token::file;

/// The file of settings that the vendor's console hands out.
pub const CONFIG_FILE: &str = "tiger_openapi_config.properties";
/// The file of the token, beside it.
pub const TOKEN_FILE: &str = "tiger_openapi_token.properties";

/// The environment variable with the path of the file.
pub(super) const PATH_VARIABLE: &str = "TIGEROPEN_PROPS_PATH";

/// A value and where it was said.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) value: SecretString,
    pub(super) origin: Origin,
}

impl Said {
    pub(super) fn text(&self) -> &str {
        self.value.expose_secret().trim()
    }
}

/// Everything that was said, by precedence: program, environment, file.
#[derive(Debug)]
pub(super) struct Sources {
    pub(super) program: BTreeMap<Setting, SecretString>,
    pub(super) environment: BTreeMap<String, SecretString>,
    file: BTreeMap<Setting, Said>,
    /// The folder of the file.
    folder: Option<PathBuf>,
}

impl Sources {
    /// Reads the file, which is at `path` or, when that is a folder, in it under the vendor's name.
    pub(super) fn new(
        program: BTreeMap<Setting, SecretString>,
        environment: BTreeMap<String, SecretString>,
        path: Option<&Path>,
    ) -> Result<Self, ConfigError> {
        let named = environment
            .get(PATH_VARIABLE)
            .map(|path| PathBuf::from(path.expose_secret()));
        let path = path.map(Path::to_owned).or(named);
        let mut sources = Self {
            program,
            environment,
            file: BTreeMap::new(),
            folder: None,
        };
        if let Some(path) = path {
            let path = if path.is_dir() {
                path.join(CONFIG_FILE)
            } else {
                path
            };
            sources.folder = path.parent().map(Path::to_owned);
            sources.read(path)?;
        }
        Ok(sources)
    }

    fn read(&mut self, path: PathBuf) -> Result<(), ConfigError> {
        let text = fs::read_to_string(&path);
        let path = Arc::new(path);
        let text = text.map_err(|error| {
            let origin = Origin::File(Arc::clone(&path));
            ConfigError::new(CONFIG_FILE, origin, unreadable(&error))
        })?;
        warn_if_open_to_others(&path);
        let text = SecretString::from(text);
        for property in properties::read(text.expose_secret()) {
            let property = property.map_err(|bad| {
                let origin = Origin::Line(Arc::clone(&path), bad.line);
                ConfigError::new(CONFIG_FILE, origin, format!("the line {}", bad.why))
            })?;
            let setting = Setting::ALL
                .into_iter()
                .find(|setting| setting.key() == property.key);
            let Some(setting) = setting else {
                // Its name is not shown: the lines of a key that was not put on one line look like settings.
                tracing::warn!(
                    line = property.line,
                    file = %path.display(),
                    "a setting that this library does not know is left aside"
                );
                continue;
            };
            if property.value.expose_secret().is_empty() {
                continue;
            }
            let origin = Origin::Line(Arc::clone(&path), property.line);
            let value = property.value;
            // The last one counts, as in Java.
            self.file.insert(setting, Said { value, origin });
        }
        Ok(())
    }

    /// What counts for a setting.
    pub(super) fn get(&self, setting: Setting) -> Option<Said> {
        self.in_program(setting)
            .or_else(|| self.in_environment(setting))
            .or_else(|| self.in_file(setting))
    }

    pub(super) fn in_program(&self, setting: Setting) -> Option<Said> {
        let value = self.program.get(&setting)?.clone();
        let origin = Origin::Program;
        Some(Said { value, origin })
    }

    pub(super) fn in_environment(&self, setting: Setting) -> Option<Said> {
        let name = setting.variable()?;
        let value = self.environment.get(name)?;
        // An empty variable is how shells and container files leave one out.
        (!value.expose_secret().trim().is_empty()).then(|| Said {
            value: value.clone(),
            origin: Origin::Variable(name),
        })
    }

    pub(super) fn in_file(&self, setting: Setting) -> Option<Said> {
        self.file.get(&setting).cloned()
    }

    /// Where the token lives: the file named, or the one beside the settings.
    pub(super) fn token_file(&self) -> Option<PathBuf> {
        match self.get(Setting::TokenFile) {
            Some(said) => Some(PathBuf::from(said.text())),
            None => self.folder.as_ref().map(|folder| folder.join(TOKEN_FILE)),
        }
    }

    /// The token: program, environment, token file, settings file.
    pub(super) fn token(&self) -> Result<Option<Said>, ConfigError> {
        let said = self
            .in_program(Setting::Token)
            .or_else(|| self.in_environment(Setting::Token));
        if said.is_some() {
            return Ok(said);
        }
        if let Some(path) = self.token_file() {
            let origin = Origin::File(Arc::new(path.clone()));
            let token = file::read(&path).map_err(|error| {
                ConfigError::new(Setting::Token.key(), origin.clone(), unreadable(&error))
            })?;
            if let Some(value) = token {
                return Ok(Some(Said { value, origin }));
            }
        }
        Ok(self.in_file(Setting::Token))
    }
}

pub(super) fn unreadable(error: &io::Error) -> String {
    format!("the file cannot be read: {error}")
}

/// Says so when others on the machine can read the private key.
fn warn_if_open_to_others(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(path).map(|metadata| metadata.permissions().mode());
        if mode.is_ok_and(|mode| mode & 0o077 != 0) {
            tracing::warn!(
                file = %path.display(),
                "others on this machine can read the private key: make the file readable by its owner only"
            );
        }
    }
    #[cfg(not(unix))]
    let _ = path;
}
