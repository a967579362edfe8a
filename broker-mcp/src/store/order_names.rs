use broker_core::Result;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::{NewIntent, Store, failed};

/// The first of the names that another command has in the account.
fn taken(
    connection: &Connection,
    account: &str,
    (principal, client_order_id): (&str, &str),
    names: &[String],
) -> Result<Option<String>> {
    let mut owner = connection
        .prepare_cached(
            "SELECT principal, client_order_id FROM order_names WHERE account = ?1 AND name = ?2",
        )
        .map_err(failed)?;
    for name in names {
        let has: Option<(String, String)> = owner
            .query_row([account, name], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()
            .map_err(failed)?;
        if has.is_some_and(|(by, command)| (&*by, &*command) != (principal, client_order_id)) {
            return Ok(Some(name.clone()));
        }
    }
    Ok(None)
}

/// The first of a command's names that another command has; nothing is written then.
pub(super) fn others(
    transaction: &Transaction<'_>,
    new: &NewIntent,
    names: &[String],
) -> Result<Option<String>> {
    let command = (&*new.principal, &*new.client_order_id);
    taken(transaction, &new.account, command, names)
}

/// Binds names to a command, for ever: whatever becomes of it, a broker may come to know them.
pub(super) fn bind(transaction: &Transaction<'_>, new: &NewIntent, names: &[String]) -> Result<()> {
    let mut insert = transaction
        .prepare_cached(
            "INSERT OR IGNORE INTO order_names (account, name, principal, client_order_id)
             VALUES (?1, ?2, ?3, ?4)",
        )
        .map_err(failed)?;
    for name in names {
        insert
            .execute(params![
                new.account,
                name,
                new.principal,
                new.client_order_id
            ])
            .map_err(failed)?;
    }
    Ok(())
}

impl Store {
    /// The first of these names of orders that another command has in an account (`broker/account`),
    /// of whatever caller. A command is named by who sends it and what they call it.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn taken(
        &self,
        account: &str,
        (principal, client_order_id): (&str, &str),
        names: Vec<String>,
    ) -> Result<Option<String>> {
        let account = account.to_owned();
        let (principal, id) = (principal.to_owned(), client_order_id.to_owned());
        self.read(move |connection| taken(connection, &account, (&principal, &id), &names))
            .await
    }
}
