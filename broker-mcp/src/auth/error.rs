use core::fmt;
use std::{io, path::PathBuf};

/// Why a key could not be made, found, changed or stored.
#[derive(Debug)]
#[non_exhaustive]
pub enum KeyError {
    /// There is no key of this id, name or prefix.
    Unknown(String),
    /// The name is another key's.
    Taken(String),
    /// The key was revoked; make a new one.
    Revoked(String),
    /// The file may be read or written by others than its owner.
    Permissions {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The file could not be read, written or locked.
    Io {
        /// The file.
        path: PathBuf,
        /// What was attempted.
        doing: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// The file is not what this version writes.
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where and why.
        why: String,
    },
    /// Somebody else holds the lock of the file.
    Busy(PathBuf),
    /// The system gives no random numbers.
    Random,
    /// The parameters of the hash are out of range.
    Cost,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(name) => write!(f, "there is no key `{name}`"),
            Self::Taken(name) => write!(f, "there is a key `{name}` already"),
            Self::Revoked(name) => write!(f, "the key `{name}` was revoked; make a new one"),
            Self::Permissions { path, mode } => write!(
                f,
                "{} has the mode {mode:o}: only its owner may read and write it (chmod 600)",
                path.display()
            ),
            Self::Io {
                path,
                doing,
                source,
            } => write!(f, "{} cannot be {doing}: {source}", path.display()),
            Self::Damaged { path, why } => write!(f, "{} makes no sense: {why}", path.display()),
            Self::Busy(path) => write!(f, "another program is changing {}", path.display()),
            Self::Random => f.write_str("the system gives no random numbers"),
            Self::Cost => f.write_str("the cost of the key's hash is out of range"),
        }
    }
}

impl std::error::Error for KeyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
