use std::path::{Path, PathBuf};

use rusqlite::{Connection, MAIN_DB, OpenFlags, backup::Progress};

use super::{Failure, arguments::DbCommand, check::whole, out};
use crate::{
    settings::Whole,
    store::{Hold, Store},
};

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

/// A file under its own name in a folder of copies.
fn in_folder(folder: &Path, file: &Path) -> Result<PathBuf, Failure> {
    let name = file.file_name();
    let name = name.ok_or_else(|| Failure::new(format!("{} has no name", file.display())))?;
    Ok(folder.join(name))
}

/// The same path with more at its end.
fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// Copies every file as it is at one moment, also while a server writes. A journal that a server has open
/// is its own: those are copied when it does not run.
fn backup(whole: &Whole, folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)?;
    let all = files(whole).into_iter().filter(|file| file.exists());
    let mut pairs = Vec::new();
    for file in all {
        let to = in_folder(folder, &file)?;
        if to.exists() {
            return Err(Failure::new(format!("{} is there already", to.display())));
        }
        pairs.push((file, to));
    }
    let mut left = Vec::new();
    for (file, to) in pairs {
        match copy(&file, &to) {
            Ok(()) => out::say(format_args!("{} → {}", file.display(), to.display())),
            Err(failure) => left.push(failure.to_string()),
        }
    }
    if left.is_empty() {
        return Ok(());
    }
    let message = format!(
        "{}; a server that runs has its journals for itself: end it to copy them, too",
        left.join("; ")
    );
    Err(Failure::new(message))
}

/// Puts copies back; what is there is set aside first. All of them or, while anybody uses one of the files
/// or one of the copies is none, not one.
fn restore(whole: &Whole, folder: &Path) -> Result<(), Failure> {
    let mut pairs = Vec::new();
    for file in files(whole) {
        let from = in_folder(folder, &file)?;
        if from.exists() {
            check(&from)?;
            pairs.push((from, file));
        } else if file.exists() {
            let (from, file) = (from.display(), file.display());
            out::say(format_args!("{file} stays: there is no {from}"));
        }
    }
    if pairs.is_empty() {
        let message = format!("there is no copy of these files in {}", folder.display());
        return Err(Failure::new(message));
    }
    let mut holds = Vec::new();
    for (_, file) in &pairs {
        if let Some(parent) = file.parent() {
            std::fs::create_dir_all(parent)?;
        }
        let in_use = || Failure::new(format!("{} is in use: end the server", file.display()));
        holds.push(Hold::alone(file)?.ok_or_else(in_use)?);
    }
    // Whole beside the old ones first: a full disk is found before anything is set aside.
    let mut ready = Vec::new();
    for (from, file) in &pairs {
        let new = with_end(file, ".new");
        if new.exists() {
            std::fs::remove_file(&new)?;
        }
        copy(from, &new)?;
        ready.push(new);
    }
    let now = chrono::Utc::now().format(".before-%Y%m%dT%H%M%S%6f");
    for ((from, file), new) in pairs.iter().zip(&ready) {
        if file.exists() {
            set_aside(file, &now.to_string())?;
        }
        std::fs::rename(new, file)?;
        out::say(format_args!("{} → {}", from.display(), file.display()));
    }
    Ok(())
}

/// Gives a database another name, with all that was committed to it.
fn set_aside(file: &Path, end: &str) -> Result<(), Failure> {
    // A server that was killed has left commits in the log, which are found under the name only.
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    drop(connection);
    let aside = with_end(file, end);
    std::fs::rename(file, &aside)?;
    for log in ["-wal", "-shm"] {
        match std::fs::rename(with_end(file, log), with_end(&aside, log)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

/// Copies a database into one file. There is all of it afterwards, or nothing.
fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    let part = with_end(to, ".part");
    let copied = copy_into(from, &part);
    if copied.is_ok() {
        std::fs::rename(&part, to)?;
    }
    for end in ["", "-wal", "-shm", "-journal"] {
        match std::fs::remove_file(with_end(&part, end)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    copied
}

fn copy_into(from: &Path, part: &Path) -> Result<(), Failure> {
    let said = |error| Failure::new(format!("{} cannot be copied: {error}", from.display()));
    let source = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    source
        .backup(MAIN_DB, part, None::<fn(Progress)>)
        .map_err(said)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(part, std::fs::Permissions::from_mode(0o600))?;
    }
    // A copy is one file, without a log beside it.
    let copy = Connection::open_with_flags(part, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    copy.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))
        .map_err(said)?;
    drop(copy);
    check(part)
}

/// A copy that is damaged or empty is no copy.
fn check(path: &Path) -> Result<(), Failure> {
    let no_copy = |why: &str| Failure::new(format!("{} is no copy: {why}", path.display()));
    let said = |error: rusqlite::Error| no_copy(&error.to_string());
    let copy = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let tables = "SELECT count(*) FROM sqlite_schema";
    let tables: i64 = copy.query_row(tables, [], |row| row.get(0)).map_err(said)?;
    if tables == 0 {
        return Err(no_copy("it is empty"));
    }
    let whole = "PRAGMA integrity_check";
    let whole: String = copy.query_row(whole, [], |row| row.get(0)).map_err(said)?;
    if whole == "ok" {
        Ok(())
    } else {
        Err(no_copy(&format!("it is damaged: {whole}")))
    }
}
