use std::{
    io::{IsTerminal as _, Read as _},
    path::Path,
    sync::Arc,
};

use broker_core::SecretString;
use broker_runtime::secrets::{SecretError, SecretStore};

use super::{Failure, arguments::SecretCommand, check::whole, out};
use crate::settings::Whole;

/// The longest secret: a key as PEM is a few thousand bytes.
const LONGEST: u64 = 64 * 1024;

pub(super) fn run(config: Option<&Path>, command: SecretCommand) -> Result<(), Failure> {
    let whole = whole(config, [])?;
    match command {
        SecretCommand::Put { name } => put(&whole, &name),
        SecretCommand::List => list(&*store(&whole)?),
        SecretCommand::Remove { name } => {
            store(&whole)?.remove(&name)?;
            out::say(format_args!("{name} is gone"));
            Ok(())
        }
        SecretCommand::Rotate => {
            store(&whole)?.rotate()?;
            out::say("the store has another key, and everything is encrypted anew");
            Ok(())
        }
    }
}

fn store(whole: &Whole) -> Result<Arc<SecretStore>, Failure> {
    let secrets = whole.brokers.secrets()?;
    secrets.store().cloned().ok_or_else(|| {
        Failure::new(
            "no store is configured: give `[secrets]` with `store` and `key` in the configuration",
        )
    })
}

fn put(whole: &Whole, name: &str) -> Result<(), Failure> {
    let store = match whole.brokers.secrets() {
        Err(SecretError::Missing { path }) => {
            let begun = whole.brokers.begin_secrets()?;
            out::tell(format_args!("broker-mcp: a new store, {}", path.display()));
            begun
                .store()
                .cloned()
                .ok_or_else(|| Failure::new("there is no store"))?
        }
        // A key that is not there belongs to a store that is not there either.
        Err(SecretError::NoKey { .. }) if is_new(whole) => {
            let begun = whole.brokers.begin_secrets()?;
            begun
                .store()
                .cloned()
                .ok_or_else(|| Failure::new("there is no store"))?
        }
        Err(error) => return Err(error.into()),
        Ok(_) => store(whole)?,
    };
    if std::io::stdin().is_terminal() {
        out::tell("broker-mcp: write the secret and end it with Ctrl-D; or pipe it in");
    }
    let mut text = String::new();
    std::io::stdin()
        .take(LONGEST + 1)
        .read_to_string(&mut text)?;
    let secret = SecretString::from(text.trim_end_matches(['\r', '\n']));
    zeroize(text);
    if broker_core::ExposeSecret::expose_secret(&secret).is_empty() {
        return Err(Failure::new("there was nothing on standard input"));
    }
    store.put(name, &secret)?;
    out::say(format_args!("{name} is stored: {{ secret = \"{name}\" }}"));
    Ok(())
}

/// What was read is not left in memory.
fn zeroize(text: String) {
    drop(SecretString::from(text));
}

fn is_new(whole: &Whole) -> bool {
    let secrets = whole.brokers.secrets.as_ref();
    secrets.is_some_and(|secrets| !whole.at(&secrets.store).exists())
}

fn list(store: &SecretStore) -> Result<(), Failure> {
    let mut rows = vec![vec!["name".to_owned(), "changed".to_owned()]];
    for entry in store.list()? {
        rows.push(vec![entry.name, entry.updated_at.to_rfc3339()]);
    }
    out::table(&rows);
    Ok(())
}
