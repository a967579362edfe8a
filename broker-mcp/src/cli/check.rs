use std::path::Path;

use serde_json::json;

use super::{Failure, out};
use crate::{
    settings::{self, Place, Whole},
    store::Store,
};

/// Reads the configuration that the arguments and the environment name, with the accounts that were added
/// while a server ran. A server's file that cannot be read is no reason not to help, such as to release what
/// the kill switch holds or to put the file back from a copy.
pub(super) fn whole(
    config: Option<&Path>,
    overrides: impl IntoIterator<Item = (String, String)>,
) -> Result<Whole, Failure> {
    let mut whole = read(config, overrides)?;
    if let Err(error) = with_added(&mut whole) {
        let note = "accounts that were added while the server ran are not known";
        whole.notes.push(format!("{note}: {}", error.message()));
    }
    Ok(told(whole))
}

/// The same to serve it: without them it would be another server.
pub(super) fn whole_to_serve(
    config: Option<&Path>,
    overrides: impl IntoIterator<Item = (String, String)>,
) -> Result<Whole, Failure> {
    let mut whole = read(config, overrides)?;
    with_added(&mut whole)?;
    Ok(told(whole))
}

fn read(
    config: Option<&Path>,
    overrides: impl IntoIterator<Item = (String, String)>,
) -> Result<Whole, Failure> {
    let place = settings::find(config, |name| std::env::var_os(name))?;
    Ok(settings::read(place, std::env::vars_os(), overrides)?)
}

fn with_added(whole: &mut Whole) -> broker_core::Result<()> {
    if let Place::File(_) = whole.place {
        let path = whole.at(&whole.server.store);
        whole.add(&Store::added_in(&path)?);
    }
    Ok(())
}

fn told(whole: Whole) -> Whole {
    for note in &whole.notes {
        out::tell(format_args!("broker-mcp: {note}"));
    }
    whole
}

/// Says what is wrong with the configuration, or what it comes to.
pub(super) fn run(config: Option<&Path>, show: bool) -> Result<(), Failure> {
    let whole = whole(config, [])?;
    if show {
        let all = json!({ "brokers": whole.brokers, "server": whole.server });
        out::say(serde_json::to_string_pretty(&all)?);
        return Ok(());
    }
    let place = match &whole.place {
        Place::File(path) => path.display().to_string(),
        Place::BuiltIn => "no file: the built-in paper account".to_owned(),
    };
    out::say(format_args!("{place}: it is in order"));
    let kinds = ["paper", "ibkr", "tiger"];
    for (id, broker) in &whole.brokers.brokers {
        if !kinds.contains(&broker.kind.as_str()) {
            return Err(Failure::found(format!(
                "brokers.{id}.kind: there is no kind `{}`; there are {}",
                broker.kind,
                kinds.join(", ")
            )));
        }
    }
    let server = &whole.server;
    out::say(format_args!("listens on {}", server.address()));
    for (name, account) in &whole.brokers.accounts {
        let may = if !account.enabled {
            "disabled"
        } else if server.read_only {
            "only read"
        } else {
            account.permission.as_str()
        };
        let (broker, environment) = (&account.broker, account.environment);
        out::say(format_args!(
            "account {name} at {broker}: {environment}, {may}"
        ));
    }
    Ok(())
}
