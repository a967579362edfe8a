use std::path::Path;

use super::finding::Finding;
use crate::settings::{Place, Whole};

/// Looks at the files of the configuration: whether those that are secret are read by their owner only,
/// and whether this program may write where it has to.
pub(super) fn look(whole: &Whole) -> Vec<Finding> {
    let mut found = Vec::new();
    match &whole.place {
        Place::File(path) => found.push(Finding::fine(format!("{} is in order", path.display()))),
        Place::BuiltIn => found.push(Finding::fine(
            "there is no file; the built-in paper account",
        )),
    }
    let server = &whole.server;
    let mut secret = vec![whole.at(&server.keys), whole.at(&server.store)];
    if let Some(tls) = &server.tls {
        secret.push(whole.at(&tls.key));
    }
    if let Some(secrets) = &whole.brokers.secrets {
        secret.push(whole.at(&secrets.store));
        if let broker_runtime::config::KeyRef::File(path) = &secrets.key {
            secret.push(whole.at(path));
        }
    }
    for (id, broker) in &whole.brokers.brokers {
        if broker.kind == "tiger" {
            secret.extend(of_tiger(whole, id));
        }
    }
    found.extend(secret.iter().filter_map(|path| of_secret(path)));
    let layers = &whole.brokers.layers;
    let journal = layers.journal.as_ref().map(|journal| &journal.folder);
    let audit = layers.audit.as_ref().map(|audit| &audit.folder);
    for folder in journal.into_iter().chain(audit) {
        found.push(of_folder(&whole.at(folder)));
    }
    found
}

/// The files of a Tiger login.
fn of_tiger(whole: &Whole, id: &str) -> Vec<std::path::PathBuf> {
    #[derive(serde::Deserialize)]
    struct Place {
        #[serde(default)]
        folder: Option<std::path::PathBuf>,
    }
    let read = whole.brokers.settings_of::<Place>(id);
    let Some(folder) = read.ok().and_then(|place| place.folder) else {
        return Vec::new();
    };
    let folder = whole.at(&folder);
    if !folder.is_dir() {
        return vec![folder];
    }
    let names = [
        "tiger_openapi_config.properties",
        "tiger_openapi_token.properties",
    ];
    names.iter().map(|name| folder.join(name)).collect()
}

/// Whether others may read a file that is secret; nothing of one that is not there yet.
fn of_secret(path: &Path) -> Option<Finding> {
    let metadata = std::fs::metadata(path).ok()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            let what = format!(
                "{} has the mode {mode:o}: others can read it",
                path.display()
            );
            return Some(Finding::wrong(
                "file_mode",
                what,
                format!("chmod 600 {}", path.display()),
            ));
        }
    }
    #[cfg(not(unix))]
    let _ = metadata;
    Some(Finding::fine(format!(
        "{} is read by its owner only",
        path.display()
    )))
}

/// Whether something can be written into a folder.
fn of_folder(path: &Path) -> Finding {
    let tried = std::fs::create_dir_all(path).and_then(|()| {
        let probe = path.join(".broker-mcp-doctor");
        std::fs::write(&probe, b"")?;
        std::fs::remove_file(&probe)
    });
    match tried {
        Ok(()) => Finding::fine(format!("{} can be written to", path.display())),
        Err(error) => Finding::wrong(
            "file_mode",
            format!("{} cannot be written to: {error}", path.display()),
            "give the user of this program the folder, or name another one",
        ),
    }
}
