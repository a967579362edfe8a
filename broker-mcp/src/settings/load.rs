use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use broker_runtime::config::{Config, ConfigError, Loader, Problem};

use crate::store::Added;

use super::{Aliased, ServerSettings, WITHOUT_A_FILE, aliased, aliases::STORE, check};

/// What the file is called.
pub const FILE_NAME: &str = "broker-mcp.toml";
/// What it may be called, the first before the others: TOML or YAML.
const FILE_NAMES: [&str; 3] = [FILE_NAME, "broker-mcp.yaml", "broker-mcp.yml"];
/// The variable that says where it is.
pub const PATH_VARIABLE: &str = "BROKER_CONFIG";
/// The server's table.
const SECTION: &str = "server";

/// Where settings come from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// A file.
    File(PathBuf),
    /// There is none: the paper broker, and nothing that outlives the program.
    BuiltIn,
}

/// The configuration of the brokers and of the server.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Whole {
    /// Where it is from.
    pub place: Place,
    /// Brokers, accounts, layers, secrets.
    pub brokers: Config,
    /// The server.
    pub server: ServerSettings,
    /// Names of other servers' environments that counted, each with what to say instead.
    pub notes: Vec<String>,
}

impl Whole {
    /// Puts the accounts in that were added while the server ran. What the configuration says of an account
    /// counts more; what does not fit it any more is left out, with a note.
    pub fn add(&mut self, added: &[Added]) {
        for one in added {
            if self.brokers.accounts.contains_key(&one.name) {
                continue;
            }
            let more =
                self.brokers
                    .with_account(&one.name, &one.broker, &one.account, one.environment);
            match more {
                Ok(more) => self.brokers = more,
                Err(error) => self.notes.push(format!(
                    "the account `{}`, which was added while the server ran, is left out: {error}",
                    one.name
                )),
            }
        }
    }

    /// A path of the server's settings as it is meant.
    #[must_use]
    pub fn at(&self, path: &Path) -> PathBuf {
        self.brokers.at(path)
    }
}

/// The file: the one that is named, otherwise the one that `BROKER_CONFIG` names, otherwise
/// `broker-mcp.toml`, `.yaml` or `.yml` here, otherwise in `broker-mcp` below the folder of the user's
/// settings.
///
/// # Errors
/// When the argument or `BROKER_CONFIG` is there and empty, which names no file: somebody meant one, and
/// another one, or none, would connect to other accounts.
pub fn find(
    named: Option<&Path>,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<Place, ConfigError> {
    let by_variable = variable(PATH_VARIABLE).map(PathBuf::from);
    let (path, origin) = match (named, by_variable) {
        (Some(named), _) => (Some(named.to_owned()), "--config"),
        (None, said) => (said, PATH_VARIABLE),
    };
    if let Some(path) = path {
        let is_empty = path.as_os_str().is_empty();
        let problems = is_empty.then(|| {
            let what = "is empty: name a file, or leave it out for the usual places";
            Problem::new(origin, what)
        });
        ConfigError::unless_none(problems.into_iter().collect())?;
        return Ok(Place::File(path));
    }
    // An empty one counts as none (XDG Base Directory Specification).
    let folder = |name: &str| {
        let said = variable(name).filter(|said| !said.is_empty());
        said.map(PathBuf::from)
    };
    let settings =
        folder("XDG_CONFIG_HOME").or_else(|| folder("HOME").map(|home| home.join(".config")));
    let below = settings.map(|folder| folder.join("broker-mcp"));
    let folders = [Some(PathBuf::new()), below].into_iter().flatten();
    let mut places = folders.flat_map(|folder| FILE_NAMES.map(|name| folder.join(name)));
    let there = places.find(|path| path.is_file());
    Ok(there.map_or(Place::BuiltIn, Place::File))
}

/// Reads and checks the configuration: the file, over it the environment, over that `overrides`.
///
/// # Errors
/// All that is wrong with it.
pub fn read(
    place: Place,
    variables: impl IntoIterator<Item = (OsString, OsString)>,
    overrides: impl IntoIterator<Item = (String, String)>,
) -> Result<Whole, ConfigError> {
    let variables: Vec<(OsString, OsString)> = variables.into_iter().collect();
    // Which connection another server's host and port mean is known only when the file is.
    let first = loader(&place).variables(variables.clone()).load();
    // What is wrong with it is said below, with everything that counts.
    let first = first.unwrap_or_default();
    let store = first.secrets.is_none() && first.at(Path::new(STORE)).exists();
    let Aliased { settings, notes } = aliased(&variables, &first.brokers, store);
    let mut loader = loader(&place).variables(settings).variables(variables);
    for (path, value) in overrides {
        loader = loader.set(path, value);
    }
    let brokers = loader.load()?;
    let server: ServerSettings = brokers.section(SECTION)?;
    ConfigError::unless_none(check::problems(&server, &brokers))?;
    Ok(Whole {
        place,
        brokers,
        server,
        notes,
    })
}

fn loader(place: &Place) -> Loader {
    let loader = Config::loader().section(SECTION);
    match place {
        Place::File(path) => loader.file(path),
        Place::BuiltIn => loader.text(WITHOUT_A_FILE),
    }
}
