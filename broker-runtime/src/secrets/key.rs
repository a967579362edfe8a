use core::fmt;
use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use broker_core::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::{
    SecretError,
    disk::{self, trouble},
    sealed,
};

/// The shortest key that is taken.
const SHORTEST: usize = 16;
/// The largest file that is read.
const LONGEST: u64 = 64 << 10;

/// Where the key of a store comes from. `Debug` says where, and never what.
///
/// A generated key is 256 random bits; a passphrase works, too. Either way the key that encrypts is
/// derived from it with Argon2id. One key belongs to one store: a rotation changes it for that store
/// only.
#[derive(Clone)]
pub struct MasterKey(Place);

#[derive(Clone)]
enum Place {
    Environment(String),
    File(PathBuf),
    #[cfg(feature = "keyring")]
    Keyring {
        service: String,
        user: String,
    },
    Given(SecretString),
}

impl MasterKey {
    /// In a variable of the environment, which other programs of the same user may be able to read.
    pub fn environment(name: impl Into<String>) -> Self {
        Self(Place::Environment(name.into()))
    }

    /// In a file that only its owner may read (0600 or less); a line end behind it is left out.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self(Place::File(path.into()))
    }

    /// In the keyring of the operating system, under these two names: Keychain on macOS, Credential
    /// Manager on Windows, the Secret Service elsewhere. Blocks, and may ask the person to unlock it.
    #[cfg(feature = "keyring")]
    pub fn keyring(service: impl Into<String>, user: impl Into<String>) -> Self {
        Self(Place::Keyring {
            service: service.into(),
            user: user.into(),
        })
    }

    /// This one.
    #[must_use]
    pub const fn given(key: SecretString) -> Self {
        Self(Place::Given(key))
    }

    /// A new key: 256 random bits in hexadecimal digits.
    ///
    /// # Errors
    /// [`Random`](SecretError::Random) when the system gives no random numbers.
    pub fn generate() -> Result<SecretString, SecretError> {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let bytes = sealed::random::<32>()?;
        // Pushed into the capacity that is there, so that no copy is left behind.
        let mut text = String::with_capacity(bytes.len() * 2);
        for byte in bytes.iter() {
            for digit in [byte >> 4, byte & 0x0f] {
                text.extend(
                    DIGITS
                        .get(usize::from(digit))
                        .map(|digit| char::from(*digit)),
                );
            }
        }
        Ok(SecretString::from(text))
    }

    /// Writes a new key into a file that is not there yet and that only its owner can read.
    ///
    /// # Errors
    /// [`Exists`](SecretError::Exists) when it is there: a key that is overwritten opens nothing any
    /// more; [`Io`](SecretError::Io) when it cannot be written.
    pub fn generate_file(path: impl AsRef<Path>) -> Result<(), SecretError> {
        disk::create(path.as_ref(), line(&Self::generate()?).as_slice())
    }

    /// Writes a new key into the keyring.
    ///
    /// # Errors
    /// [`Exists`](SecretError::Exists) when there is one; [`NoKey`](SecretError::NoKey) when there is
    /// no keyring.
    #[cfg(feature = "keyring")]
    pub fn generate_keyring(service: &str, user: &str) -> Result<(), SecretError> {
        let key = Self::keyring(service, user);
        let entry = keyring_entry(service, user).map_err(|why| key.missing(why))?;
        match entry.get_password().map(Zeroizing::new) {
            Err(keyring::Error::NoEntry) => key.put_in_place(&Self::generate()?),
            Ok(_) => Err(SecretError::Exists {
                path: key.to_string().into(),
            }),
            Err(error) => Err(key.missing(keyring_words(&error))),
        }
    }

    /// The key as it is there now.
    pub(super) fn read(&self) -> Result<SecretString, SecretError> {
        let key = self.read_any()?;
        if key.expose_secret().chars().count() < SHORTEST {
            let at = self.to_string();
            return Err(SecretError::WeakKey { at });
        }
        Ok(key)
    }

    /// What is there now, of any length.
    pub(crate) fn read_any(&self) -> Result<SecretString, SecretError> {
        Ok(match &self.0 {
            Place::Environment(name) => match std::env::var(name) {
                Ok(text) => SecretString::from(text),
                Err(std::env::VarError::NotPresent) => {
                    return Err(self.missing("it is not set"));
                }
                Err(std::env::VarError::NotUnicode(_)) => {
                    return Err(self.missing("it is not text"));
                }
            },
            Place::File(path) => self.read_file(path)?,
            #[cfg(feature = "keyring")]
            Place::Keyring { service, user } => {
                let read = keyring_entry(service, user)
                    .and_then(|entry| entry.get_password().map_err(|e| keyring_words(&e)));
                SecretString::from(read.map_err(|why| self.missing(why))?)
            }
            Place::Given(key) => key.clone(),
        })
    }

    fn read_file(&self, path: &Path) -> Result<SecretString, SecretError> {
        let file = File::open(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => self.missing("there is no such file"),
            _ => trouble(path, "read")(error),
        })?;
        private(path, &file)?;
        // In one piece, so that no copy is left behind by growing.
        let mut bytes = Zeroizing::new(Vec::with_capacity(70_000));
        file.take(LONGEST + 1)
            .read_to_end(&mut bytes)
            .map_err(trouble(path, "read"))?;
        if bytes.len() as u64 > LONGEST {
            return Err(self.missing("it is larger than 64 KiB"));
        }
        let text = core::str::from_utf8(&bytes).map_err(|_| self.missing("it is not text"))?;
        Ok(SecretString::from(text.trim_end_matches(['\r', '\n'])))
    }

    /// Whether this library can put another key in its place.
    pub(super) const fn is_writable(&self) -> bool {
        !matches!(self.0, Place::Environment(_) | Place::Given(_))
    }

    /// Puts another key in its place, durably.
    pub(super) fn put_in_place(&self, key: &SecretString) -> Result<(), SecretError> {
        match &self.0 {
            Place::File(path) => {
                // Where the name is a link, what it leads to is replaced.
                let path = path.canonicalize().map_err(trouble(path, "written"))?;
                disk::replace(&path, line(key).as_slice())
            }
            #[cfg(feature = "keyring")]
            Place::Keyring { service, user } => keyring_entry(service, user)
                .and_then(|entry| {
                    let put = entry.set_password(key.expose_secret());
                    put.map_err(|error| keyring_words(&error))
                })
                .map_err(|why| self.missing(why)),
            Place::Environment(_) | Place::Given(_) => Err(SecretError::Rotation {
                why: "a key in the environment cannot be replaced from here: begin the rotation with \
                      the next key, start again with it, and finish the rotation",
            }),
        }
    }

    fn missing(&self, why: impl Into<String>) -> SecretError {
        SecretError::NoKey {
            at: self.to_string(),
            why: why.into(),
        }
    }
}

/// A key as a line of text.
fn line(key: &SecretString) -> Zeroizing<Vec<u8>> {
    let key = key.expose_secret().as_bytes();
    let mut line = Zeroizing::new(Vec::with_capacity(key.len() + 1));
    line.extend_from_slice(key);
    line.push(b'\n');
    line
}

/// Asks the file that is open, not its name, which may lead elsewhere by then.
fn private(path: &Path, file: &File) -> Result<(), SecretError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let metadata = file.metadata().map_err(trouble(path, "read"))?;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            let path = path.to_owned();
            return Err(SecretError::OpenKeyFile { path, mode });
        }
    }
    #[cfg(not(unix))]
    let _ = (path, file);
    Ok(())
}

#[cfg(feature = "keyring")]
fn keyring_entry(service: &str, user: &str) -> Result<keyring::Entry, String> {
    keyring::Entry::new(service, user).map_err(|error| keyring_words(&error))
}

/// Without what the error holds, which may be the key.
#[cfg(feature = "keyring")]
fn keyring_words(error: &keyring::Error) -> String {
    let words = match error {
        keyring::Error::NoEntry => "the keyring has no such entry",
        keyring::Error::NoDefaultStore => "there is no keyring on this machine",
        keyring::Error::NoStorageAccess(_) => "the keyring cannot be opened",
        _ => "the keyring does not give it",
    };
    words.to_owned()
}

impl fmt::Display for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::Environment(name) => write!(f, "the environment variable {name}"),
            Place::File(path) => write!(f, "the file {}", path.display()),
            #[cfg(feature = "keyring")]
            Place::Keyring { service, user } => write!(f, "the keyring, {service}/{user}"),
            Place::Given(_) => f.write_str("the program"),
        }
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({self})")
    }
}
