use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write as _},
    path::{Path, PathBuf},
};

use broker_core::ExposeSecret as _;
use serde_json::Value;

use super::{Failure, out};
use crate::settings::{COMMENTED, FILE_NAME, import};

/// Writes a commented configuration, or one from the accounts of a server before.
pub(super) fn run(path: Option<PathBuf>, from: Option<&Path>, force: bool) -> Result<(), Failure> {
    let path = path.unwrap_or_else(|| PathBuf::from(FILE_NAME));
    match from {
        None => begin(&path, force),
        Some(from) => take_over(&path, from, force),
    }
}

fn begin(path: &Path, force: bool) -> Result<(), Failure> {
    write(path, COMMENTED, force)?;
    let name = path.display();
    out::say(format_args!("{name}: a paper account with recorded prices"));
    out::say("next:  broker-mcp check");
    out::say("       broker-mcp key new --role read my-client");
    out::say("       broker-mcp serve --http");
    Ok(())
}

fn take_over(path: &Path, from: &Path, force: bool) -> Result<(), Failure> {
    let folder = |path: &Path| path.parent().map(Path::to_owned).unwrap_or_default();
    let value = read(from)?;
    // What is meant from there is meant from everywhere.
    let there = folder(&std::path::absolute(from)?);
    let imported = import(&value, &there).map_err(|problems| {
        let name = from.display();
        Failure::new(format!("{name}: {}", problems.join("\n  ")))
    })?;
    if !force && path.exists() {
        return Err(already(path));
    }
    let here = folder(path);
    for (file, key) in &imported.keys {
        write(&here.join(file), key.expose_secret(), force)?;
    }
    write(path, &imported.text, force)?;
    out::say(format_args!(
        "{}: the accounts of {}",
        path.display(),
        from.display()
    ));
    for note in &imported.notes {
        out::say(format_args!("note:  {note}"));
    }
    out::say("next:  broker-mcp check");
    out::say("       broker-mcp account verify");
    Ok(())
}

/// What a file says, by the ending of its name. What is wrong with it is told by its place only: there may
/// be a key in it.
fn read(path: &Path) -> Result<Value, Failure> {
    let name = path.display();
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("{name} cannot be read: {error}")))?;
    let end = path.extension().and_then(|end| end.to_str());
    let (form, value) = match end.unwrap_or_default() {
        "json" => {
            let value = serde_json::from_str(&text);
            ("JSON", value.map_err(|error| Some(error.line())))
        }
        "toml" => {
            let line = |at: usize| text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
            let value = toml::from_str(&text);
            let value = value.map_err(|error| error.span().map(|span| line(span.start)));
            ("TOML", value)
        }
        "yaml" | "yml" => {
            let value = serde_norway::from_str(&text);
            let place = |error: serde_norway::Error| error.location().map(|at| at.line());
            ("YAML", value.map_err(place))
        }
        _ => {
            let what = "its name should end in .yaml, .json or .toml";
            return Err(Failure::new(format!("{name}: {what}")));
        }
    };
    value.map_err(|line: Option<usize>| {
        let line = line.map_or_else(String::new, |line| format!(" (line {line})"));
        Failure::new(format!("{name}: this is not {form}{line}"))
    })
}

fn already(path: &Path) -> Failure {
    let name = path.display();
    Failure::new(format!("{name} is there already; --force writes over it"))
}

/// Writes a file that only its owner may read.
fn write(path: &Path, text: &str, force: bool) -> Result<(), Failure> {
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
    let mut file = options.open(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => already(path),
        _ => Failure::new(format!("{} cannot be written: {error}", path.display())),
    })?;
    // One that was there may have been for others, too.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(())
}
