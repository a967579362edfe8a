use std::{
    fs::OpenOptions,
    io::{ErrorKind, Write as _},
    path::PathBuf,
};

use super::{Failure, out};
use crate::settings::{COMMENTED, FILE_NAME};

/// Writes a commented configuration.
pub(super) fn run(path: Option<PathBuf>, force: bool) -> Result<(), Failure> {
    let path = path.unwrap_or_else(|| PathBuf::from(FILE_NAME));
    let mut options = OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let name = path.display();
    let mut file = options.open(&path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            Failure::new(format!("{name} is there already; --force writes over it"))
        }
        _ => Failure::new(format!("{name} cannot be written: {error}")),
    })?;
    file.write_all(COMMENTED.as_bytes())?;
    file.sync_all()?;
    out::say(format_args!("{name}: a paper account with recorded prices"));
    out::say("next:  broker-mcp check");
    out::say("       broker-mcp key new --role read my-client");
    out::say("       broker-mcp serve --http");
    Ok(())
}
