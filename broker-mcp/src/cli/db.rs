use std::path::{Path, PathBuf};

use rusqlite::{Connection, MAIN_DB, OpenFlags, backup::Progress};

use super::{Failure, arguments::DbCommand, check::whole, out};
use crate::{settings::Whole, store::Store};

pub(super) fn run(config: Option<&Path>, command: DbCommand) -> Result<(), Failure> {
    let whole = whole(config, [])?;
    match command {
        DbCommand::Migrate => {
            let path = whole.at(&whole.server.store);
            Store::open(&path)?;
            out::say(format_args!("{} has the newest version", path.display()));
            Ok(())
        }
        DbCommand::Backup { folder } => backup(&whole, &folder),
        DbCommand::Restore { folder } => restore(&whole, &folder),
    }
}

/// The files of SQLite: the server's, and the journals.
fn files(whole: &Whole) -> Vec<PathBuf> {
    let mut files = vec![whole.at(&whole.server.store)];
    if let Some(journal) = &whole.brokers.layers.journal {
        let folder = whole.at(&journal.folder);
        let journals = whole.brokers.brokers.keys();
        files.extend(journals.map(|id| folder.join(format!("{id}.sqlite"))));
    }
    files
}

fn name(path: &Path) -> Result<&std::ffi::OsStr, Failure> {
    path.file_name()
        .ok_or_else(|| Failure::new(format!("{} has no name", path.display())))
}

/// Copies every file as it is at one moment, also while a server writes. A journal that a server has open
/// is its own: those are copied when it does not run.
fn backup(whole: &Whole, folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)?;
    for file in files(whole) {
        if !file.exists() {
            continue;
        }
        let to = folder.join(name(&file)?);
        if to.exists() {
            return Err(Failure::new(format!("{} is there already", to.display())));
        }
        copy(&file, &to)?;
        out::say(format_args!("{} → {}", file.display(), to.display()));
    }
    Ok(())
}

/// Puts copies back; what is there is set aside first. No server may run meanwhile.
fn restore(whole: &Whole, folder: &Path) -> Result<(), Failure> {
    for file in files(whole) {
        let from = folder.join(name(&file)?);
        if !from.exists() {
            continue;
        }
        check(&from)?;
        if file.exists() {
            // Whoever has it open would write on into what is set aside.
            let free = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            free.execute_batch("BEGIN EXCLUSIVE; COMMIT")
                .map_err(|error| {
                    Failure::new(format!(
                        "{} is in use: end the server first ({error})",
                        file.display()
                    ))
                })?;
            drop(free);
            let mut aside = file.clone().into_os_string();
            aside.push(format!(
                ".before-{}",
                chrono::Utc::now().format("%Y%m%dT%H%M%S")
            ));
            std::fs::rename(&file, &aside)?;
            for end in ["-wal", "-shm"] {
                let mut beside = file.clone().into_os_string();
                beside.push(end);
                match std::fs::remove_file(&beside) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                        return Err(error.into());
                    }
                    _ => {}
                }
            }
        }
        copy(&from, &file)?;
        out::say(format_args!("{} → {}", from.display(), file.display()));
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    let source = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let said = |error| Failure::new(format!("{} cannot be copied: {error}", from.display()));
    source
        .backup(MAIN_DB, to, None::<fn(Progress)>)
        .map_err(said)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(to, std::fs::Permissions::from_mode(0o600))?;
    }
    check(to)
}

/// A copy that is damaged is no copy.
fn check(path: &Path) -> Result<(), Failure> {
    let copy = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let said: String = copy.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    if said == "ok" {
        Ok(())
    } else {
        Err(Failure::new(format!(
            "{} is damaged: {said}",
            path.display()
        )))
    }
}
