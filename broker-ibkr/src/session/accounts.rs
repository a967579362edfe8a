//! Which accounts the login has, and what their numbers prove.

use broker_core::{
    Error, ErrorKind, Result,
    model::{AccountId, Environment},
};

use crate::AccountFilter;

/// What an account number proves: paper accounts begin with `D`, as in `DU` and `DF`.
fn environment_of(account: &str) -> Environment {
    if account.starts_with("DU") || account.starts_with("DF") {
        Environment::Paper
    } else {
        Environment::Live
    }
}

/// The accounts that are used, once the login has proven to be what was asked for.
///
/// # Errors
/// When the login has no accounts, lacks one that was asked for, or is for the other environment.
pub(crate) fn admit(
    names: &[String],
    filter: &AccountFilter,
    expected: Environment,
) -> Result<Vec<AccountId>> {
    let named: Vec<&str> = names
        .iter()
        .map(|name| name.trim())
        .filter(|name| !name.is_empty())
        .collect();
    if named.is_empty() {
        let message = "TWS names no account for this login: it may not be finished logging in";
        return Err(Error::new(ErrorKind::Authentication, message));
    }
    for name in &named {
        let proven = environment_of(name);
        if proven != expected {
            let message = format!(
                "the login is for a {proven} account and the connection is set up for {expected}; nothing was sent"
            );
            return Err(Error::invalid("environment", message));
        }
    }
    let all = named
        .iter()
        .map(AccountId::new)
        .collect::<Result<Vec<_>, _>>()?;
    match filter {
        AccountFilter::All => Ok(all),
        AccountFilter::Only(wanted) => {
            let missing = wanted
                .iter()
                .filter(|account| !all.contains(account))
                .count();
            if missing > 0 {
                let message = format!(
                    "the login lacks {missing} of the {} accounts asked for",
                    wanted.len()
                );
                return Err(Error::new(ErrorKind::NotFound, message).at_field("accounts"));
            }
            Ok(all
                .into_iter()
                .filter(|account| wanted.contains(account))
                .collect())
        }
    }
}
