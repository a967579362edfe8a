//! Which accounts the developer has, and what their numbers prove.

use std::collections::BTreeMap;

use broker_core::{
    Error, ErrorKind, Result,
    model::{AccountId, AccountKind, Environment},
};
use serde::Deserialize;

use crate::{
    AccountFilter,
    budget::is_paper,
    convert::{Rows, Text},
    portfolio::account_kind,
    transport::{Call, Gateway, Method, Parameters},
};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct AccountRow {
    account: Text,
    capability: Text,
    account_type: Text,
}

/// The accounts that are used, with how each is financed.
pub(crate) type Accounts = BTreeMap<AccountId, AccountKind>;

/// What an account's number proves, and its type has to agree with.
fn environment_of(account: &AccountId, told: Option<&str>) -> Option<Environment> {
    match (is_paper(account), told) {
        (true, None | Some("PAPER")) => Some(Environment::Paper),
        (false, None | Some("STANDARD" | "GLOBAL")) => Some(Environment::Live),
        // A number and a type that contradict each other prove nothing.
        (_, Some(_)) => None,
    }
}

/// Asks for the developer's accounts, and gives back those that are used.
///
/// # Errors
/// [`NotFound`](ErrorKind::NotFound) when there is none for the environment, or one that was asked for
/// is not there; [`InvalidRequest`](ErrorKind::InvalidRequest) for an account of the other environment;
/// connection errors.
pub(crate) async fn admit(
    gateway: &Gateway,
    filter: &AccountFilter,
    expected: Environment,
) -> Result<Accounts> {
    let call = Call::new(Method::ACCOUNTS, Parameters::default());
    let Rows { rows, unreadable } = gateway.ask(&call).await?.rows::<AccountRow>()?;
    if let Some(error) = unreadable.into_iter().next() {
        return Err(error);
    }
    let mut all = BTreeMap::new();
    for row in rows {
        let account = AccountId::new(row.account.required("account")?)?;
        let environment = environment_of(&account, row.account_type.get());
        all.insert(account, (environment, account_kind(row.capability.get())));
    }
    let chosen: Accounts = match filter {
        AccountFilter::All => all
            .into_iter()
            .filter(|(_, (environment, _))| *environment == Some(expected))
            .map(|(account, (_, kind))| (account, kind))
            .collect(),
        AccountFilter::Only(wanted) => {
            let mut chosen = BTreeMap::new();
            for account in wanted {
                let Some((environment, kind)) = all.remove(account) else {
                    let message = "the developer lacks one of the accounts asked for";
                    return Err(Error::new(ErrorKind::NotFound, message).at_field("accounts"));
                };
                if environment != Some(expected) {
                    let message = format!(
                        "one of the accounts is not proven to be a {expected} account, which the connection is set up for; nothing was sent"
                    );
                    return Err(Error::invalid("environment", message));
                }
                chosen.insert(account.clone(), kind);
            }
            chosen
        }
    };
    if chosen.is_empty() {
        let message = format!("the developer has no {expected} account");
        return Err(Error::new(ErrorKind::NotFound, message).at_field("accounts"));
    }
    Ok(chosen)
}
