use core::fmt;
use std::{io, path::PathBuf};

use broker_core::{Error, ErrorKind};

/// Why a secret could not be had or kept. None of them holds a secret or a part of one.
#[derive(Debug)]
#[non_exhaustive]
pub enum SecretError {
    /// There is no such file.
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// A store is to be created where a file is already.
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The file is something else.
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file ends too early.
    Truncated {
        /// The file.
        path: PathBuf,
    },
    /// The file is not as this library wrote it.
    Tampered {
        /// The file.
        path: PathBuf,
    },
    /// The key does not open the file; or somebody made it another header, which looks the same.
    WrongKey {
        /// The file.
        path: PathBuf,
    },
    /// A newer version of this library wrote the file; it was not touched.
    Newer {
        /// The file.
        path: PathBuf,
        /// The version of its form.
        version: u16,
    },
    /// There is no entry of this name.
    NotFound {
        /// The name.
        name: String,
    },
    /// The name of an entry is not one: 1 to 64 letters, digits, `.`, `_` and `-` of ASCII, the first
    /// one a letter or a digit.
    BadName,
    /// The secret, or all of them together, is larger than the store takes.
    TooLarge,
    /// The key, or a secret, is not where it is said to be.
    NoKey {
        /// Where it is said to be.
        at: String,
        /// What was found there.
        why: String,
    },
    /// The key has fewer than 16 characters.
    WeakKey {
        /// Where it is.
        at: String,
    },
    /// Others than its owner may read or write the file of the key.
    OpenKeyFile {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// Somebody else has been writing the file for too long.
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// The rotation cannot go on like this.
    Rotation {
        /// Why.
        why: &'static str,
    },
    /// The system gives no random numbers.
    Random,
    /// A file could not be read or written.
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried.
        doing: &'static str,
        /// What the system says.
        source: io::Error,
    },
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { path } => write!(f, "there is no secret store {}", path.display()),
            Self::Exists { path } => write!(f, "{} is there already", path.display()),
            Self::Foreign { path } => write!(f, "{} is not a secret store", path.display()),
            Self::Truncated { path } => {
                write!(f, "the secret store {} ends too early", path.display())
            }
            Self::Tampered { path } => write!(
                f,
                "the secret store {} is damaged, or somebody changed it",
                path.display()
            ),
            Self::WrongKey { path } => write!(
                f,
                "the key does not open the secret store {}",
                path.display()
            ),
            Self::Newer { path, version } => write!(
                f,
                "a newer version of this library wrote the secret store {} (form {version})",
                path.display()
            ),
            Self::NotFound { name } => write!(f, "there is no secret named {name}"),
            Self::BadName => f.write_str(
                "the name of a secret is 1 to 64 letters, digits, '.', '_' and '-', \
                 the first one a letter or a digit",
            ),
            Self::TooLarge => f.write_str("a secret is at most 1 MiB, and all of them are 32 MiB"),
            Self::NoKey { at, why } => write!(f, "{at} does not have the secret: {why}"),
            Self::WeakKey { at } => {
                write!(f, "the key in {at} has fewer than 16 characters")
            }
            Self::OpenKeyFile { path, mode } => write!(
                f,
                "the key file {} is open to others (mode {mode:03o}): chmod 600 it",
                path.display()
            ),
            Self::Busy { path } => write!(
                f,
                "somebody else has been writing the secret store {} for too long",
                path.display()
            ),
            Self::Rotation { why } => f.write_str(why),
            Self::Random => f.write_str("the system gives no random numbers"),
            Self::Io {
                path,
                doing,
                source,
            } => write!(f, "{} cannot be {doing}: {source}", path.display()),
        }
    }
}

impl std::error::Error for SecretError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl From<SecretError> for Error {
    fn from(error: SecretError) -> Self {
        let kind = match &error {
            SecretError::NotFound { .. } => ErrorKind::NotFound,
            SecretError::BadName | SecretError::TooLarge => ErrorKind::InvalidRequest,
            SecretError::Busy { .. } => ErrorKind::Timeout,
            SecretError::Newer { .. } => ErrorKind::Unsupported,
            SecretError::Missing { .. }
            | SecretError::Exists { .. }
            | SecretError::Foreign { .. }
            | SecretError::Truncated { .. }
            | SecretError::Tampered { .. }
            | SecretError::WrongKey { .. }
            | SecretError::NoKey { .. }
            | SecretError::WeakKey { .. }
            | SecretError::OpenKeyFile { .. }
            | SecretError::Rotation { .. }
            | SecretError::Random
            | SecretError::Io { .. } => ErrorKind::Io,
        };
        Self::new(kind, error.to_string()).with_source(error)
    }
}
