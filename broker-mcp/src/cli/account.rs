use std::path::Path;

use broker_core::{Clock as _, SystemClock};
use broker_runtime::config::AccountConfig;

use super::{Failure, arguments::AccountCommand, check::whole, out};
use crate::{
    connect::{Handles, kinds_for_a_look},
    settings::{Place, Whole},
    store::Store,
};

pub(super) async fn run(config: Option<&Path>, command: AccountCommand) -> Result<(), Failure> {
    let whole = whole(config, [])?;
    match command {
        AccountCommand::List => {
            list(&whole);
            Ok(())
        }
        AccountCommand::Verify { name } => verify(&whole, name.as_deref()).await,
        AccountCommand::Remove { name } => {
            if !whole.brokers.accounts.contains_key(&name) {
                return Err(Failure::new(format!("there is no account `{name}`")));
            }
            let now = SystemClock.now();
            store(&whole)?.withdraw(&name, "operator", now).await?;
            out::say(format_args!(
                "{name} is taken out; `account restore {name}` puts it back"
            ));
            Ok(())
        }
        AccountCommand::Restore { name } => {
            if !store(&whole)?.take_back(&name).await? {
                let message = format!("no account `{name}` was taken out");
                return Err(Failure::new(message));
            }
            out::say(format_args!("{name} is back"));
            Ok(())
        }
    }
}

/// The server's file.
fn store(whole: &Whole) -> Result<Store, Failure> {
    if whole.place == Place::BuiltIn {
        let message = "without a configuration a server remembers nothing";
        return Err(Failure::new(message));
    }
    Ok(Store::open(whole.at(&whole.server.store))?)
}

fn list(whole: &Whole) {
    let head = [
        "name",
        "broker",
        "account",
        "environment",
        "permission",
        "live",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for (name, account) in &whole.brokers.accounts {
        let permission = if account.enabled {
            account.permission.as_str()
        } else {
            "disabled"
        };
        rows.push(vec![
            name.clone(),
            account.broker.clone(),
            masked(account.account.as_str()),
            account.environment.to_string(),
            permission.to_owned(),
            if account.allow_live { "allowed" } else { "no" }.to_owned(),
        ]);
    }
    out::table(&rows);
}

/// Account numbers are nobody's business on a screen that is shared.
pub(super) fn masked(account: &str) -> String {
    let letters = account.chars().count();
    if letters <= 4 {
        return account.to_owned();
    }
    let shown: String = account.chars().skip(letters - 3).collect();
    let first: String = account.chars().take(2).collect();
    format!("{first}…{shown}")
}

/// Connects to the brokers of the accounts that are asked for.
async fn verify(whole: &Whole, name: Option<&str>) -> Result<(), Failure> {
    if let Some(name) = name.filter(|name| !whole.brokers.accounts.contains_key(*name)) {
        return Err(Failure::new(format!("there is no account `{name}`")));
    }
    let asked: Vec<(&String, &AccountConfig)> = whole
        .brokers
        .accounts
        .iter()
        .filter(|(one, account)| account.enabled && name.is_none_or(|name| name == *one))
        .collect();
    let mut wrong = 0_u32;
    for (id, _) in whole
        .brokers
        .brokers
        .iter()
        .filter(|(_, broker)| broker.enabled)
    {
        let own: Vec<_> = asked
            .iter()
            .filter(|(_, account)| account.broker == *id)
            .collect();
        if own.is_empty() {
            continue;
        }
        let connected = whole
            .brokers
            .only(id)
            .connect(&kinds_for_a_look(&Handles::new()))
            .await;
        match connected {
            Ok(connected) => {
                for standing in connected.brokers.values() {
                    for (name, account) in &own {
                        let number = masked(account.account.as_str());
                        let proven = standing.broker.environment();
                        out::say(format_args!(
                            "{name}: {number} at {id} is proven to be {proven}"
                        ));
                    }
                    if let Err(error) = standing.broker.close().await {
                        out::complain(&error);
                    }
                }
            }
            Err(error) => {
                wrong += 1;
                out::say(format_args!("{id}: {}", error.message()));
            }
        }
    }
    match wrong {
        0 => Ok(()),
        _ => Err(Failure::found(
            "`broker-mcp doctor` says what to do about it",
        )),
    }
}
