//! Files that only their owner reads: orders, positions and reasons are nobody else's business.

use std::fs::OpenOptions;
#[cfg(feature = "sqlite")]
use std::{io, path::Path};

/// What these options create is 0600 from its first moment, whatever the process's mask says; a file that
/// is there already stays as its owner has made it. Where there are no modes, nothing changes.
pub(crate) fn owner_only(options: &mut OpenOptions) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    #[cfg(not(unix))]
    let _ = options;
}

/// Makes an empty file that only its owner reads, unless there is one.
#[cfg(feature = "sqlite")]
pub(crate) fn create(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    owner_only(&mut options);
    match options.open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}
