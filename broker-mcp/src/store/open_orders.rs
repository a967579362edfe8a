use std::collections::BTreeSet;

use broker_core::Result;
use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, params};

use super::{Store, failed, millis};

/// How long an order may be on its way. One that was written down before and that the broker does not tell
/// of when it is asked for all that work, does not work there.
const ON_ITS_WAY: TimeDelta = TimeDelta::minutes(2);

/// How many orders of a caller may work at once in an account, and which work there at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenOrders {
    /// Most orders; one with its exits is one.
    pub most: u32,
    /// Every order that works in the account, whoever placed it: the names under which it may have been
    /// written down.
    pub working: Vec<Vec<String>>,
    /// The names of all orders of the account that were heard of, finished ones included.
    pub heard_of: BTreeSet<String>,
    /// When the broker was asked, UTC: it may not have told of what was written down shortly before, or since.
    pub asked_at: DateTime<Utc>,
}

/// How many orders of a caller work in an account, those that are on their way included.
pub(super) fn open(
    connection: &Connection,
    principal: &str,
    account: &str,
    orders: &OpenOrders,
) -> Result<usize> {
    let mut placed = connection
        .prepare_cached(
            "SELECT 1 FROM intents WHERE principal = ?1 AND client_order_id = ?2
               AND account = ?3 AND operation = 'place_order'",
        )
        .map_err(failed)?;
    let mut open = BTreeSet::new();
    for names in &orders.working {
        for name in names {
            if placed
                .exists(params![principal, name, account])
                .map_err(failed)?
            {
                open.insert(name.clone());
                break;
            }
        }
    }
    let mut coming = connection
        .prepare_cached(
            "SELECT client_order_id FROM intents WHERE principal = ?1 AND account = ?2
               AND operation = 'place_order' AND state IN ('open', 'done') AND begun_at >= ?3",
        )
        .map_err(failed)?;
    let rows = coming
        .query_map(
            params![principal, account, millis(orders.asked_at - ON_ITS_WAY)],
            |row| row.get::<_, String>(0),
        )
        .map_err(failed)?;
    for row in rows {
        let name = row.map_err(failed)?;
        if !orders.heard_of.contains(&name) {
            open.insert(name);
        }
    }
    Ok(open.len())
}

impl Store {
    /// How many orders of a caller work in an account, of those that the broker tells of and those that
    /// are on their way to it.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn open_orders(
        &self,
        principal: &str,
        account: &str,
        orders: OpenOrders,
    ) -> Result<usize> {
        let (principal, account) = (principal.to_owned(), account.to_owned());
        self.read(move |connection| open(connection, &principal, &account, &orders))
            .await
    }
}
