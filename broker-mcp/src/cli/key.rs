use core::time::Duration;
use std::path::Path;

use broker_core::ExposeSecret as _;
use broker_runtime::config::Span;
use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Failure,
    arguments::{KeyCommand, NewKey},
    check::whole,
    out,
};
use crate::{
    Principal,
    auth::{Cost, Issued, KeyFile, KeyRecord, KeyStore as _},
    principal::{Access, Confirm},
    settings::Whole,
};

pub(super) fn run(config: Option<&Path>, command: KeyCommand) -> Result<(), Failure> {
    let whole = whole(config, [])?;
    let file = KeyFile::open(whole.at(&whole.server.keys))?;
    match command {
        KeyCommand::New(new) => {
            let principal = principal(&whole, new)?;
            show(&changed(&file, |ring| {
                ring.issue(principal.clone(), Utc::now(), Cost::default())
            })?);
        }
        KeyCommand::List => list(&file),
        KeyCommand::Rotate { name, overlap } => {
            let overlap: Span = overlap.parse().map_err(Failure::new)?;
            let overlap: Duration = overlap.get();
            show(&changed(&file, |ring| {
                ring.rotate(&name, overlap, Utc::now(), Cost::default())
            })?);
        }
        KeyCommand::Revoke { name } => {
            changed(&file, |ring| ring.revoke(&name, Utc::now()))?;
            out::say(format_args!("{name} is no key any more"));
        }
    }
    Ok(())
}

/// Changes the file, and gives back what came of it.
fn changed<T>(
    file: &KeyFile,
    mut change: impl FnMut(&mut crate::auth::Ring) -> Result<T, crate::auth::KeyError>,
) -> Result<T, Failure> {
    let mut made = None;
    file.change(&mut |ring| {
        made = Some(change(ring)?);
        Ok(())
    })?;
    made.ok_or_else(|| Failure::new("nothing was changed"))
}

fn principal(whole: &Whole, new: NewKey) -> Result<Principal, Failure> {
    let server = &whole.server;
    if new.confirm == Some(Confirm::Never) {
        out::tell(
            "broker-mcp: commands of this key are sent without asking anybody, within its limits",
        );
    }
    let mut principal = Principal::new(new.name.as_str(), new.role);
    if !new.account.is_empty() {
        for name in &new.account {
            if !whole.brokers.accounts.contains_key(name) {
                return Err(Failure::new(format!("there is no account `{name}`")));
            }
        }
        principal.accounts = Access::Only(new.account.into_iter().collect());
    }
    principal.toolsets = if new.toolset.is_empty() {
        server.toolsets.clone()
    } else {
        new.toolset.into_iter().collect()
    };
    principal.confirm = new.confirm.unwrap_or(server.confirm);
    principal.requests_per_minute = new.per_minute.or(server.requests.per_minute);
    if let Some(expires) = new.expires {
        let span: Span = expires.parse().map_err(Failure::new)?;
        let span = TimeDelta::from_std(span.get()).map_err(Failure::new)?;
        principal.expires_at = Some(Utc::now() + span);
    }
    principal.limits = limits(&new.limit)?;
    Ok(principal)
}

/// Limits as `name=value`, read as the configuration would read them.
fn limits(said: &[String]) -> Result<crate::policy::KeyLimits, Failure> {
    let mut object = serde_json::Map::new();
    for one in said {
        let (name, value) = one
            .split_once('=')
            .ok_or_else(|| Failure::new(format!("`{one}`: write a limit as NAME=VALUE")))?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
        object.insert(name.to_owned(), value);
    }
    let limits = serde_path_to_error::deserialize(serde_json::Value::Object(object));
    limits.map_err(|error| Failure::new(format!("{}: {}", error.path(), error.inner())))
}

fn show(issued: &Issued) {
    out::tell(format_args!(
        "broker-mcp: this is {}; it is shown once:",
        issued.id
    ));
    out::say(issued.key.expose_secret());
}

fn list(file: &KeyFile) {
    let head = [
        "name", "prefix", "roles", "accounts", "confirm", "expires", "state",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let now = Utc::now();
    rows.extend(file.ring().keys().iter().map(|key| row(key, now)));
    out::table(&rows);
}

fn row(key: &KeyRecord, now: DateTime<Utc>) -> Vec<String> {
    let principal = &key.principal;
    let roles: Vec<&str> = principal.roles.iter().map(|role| role.as_str()).collect();
    let prefixes: Vec<&str> = key.secrets.iter().map(|one| one.prefix.as_str()).collect();
    let accounts = match &principal.accounts {
        Access::All => "all".to_owned(),
        Access::Only(names) => names.iter().cloned().collect::<Vec<_>>().join(","),
    };
    let confirm = match principal.confirm {
        Confirm::Ask => "ask",
        Confirm::OutOfBand => "out_of_band",
        Confirm::Never => "never",
    };
    let expires = principal
        .expires_at
        .map_or_else(|| "never".to_owned(), |at| at.date_naive().to_string());
    let state = match (key.revoked_at, principal.expires_at) {
        (Some(_), _) => "revoked",
        (None, Some(end)) if end <= now => "expired",
        _ => "good",
    };
    vec![
        principal.name.clone(),
        prefixes.join(","),
        roles.join(","),
        accounts,
        confirm.to_owned(),
        expires,
        state.to_owned(),
    ]
}
