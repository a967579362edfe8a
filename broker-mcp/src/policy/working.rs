use std::collections::BTreeSet;

use broker_core::{
    Broker, BrokerExt,
    model::{AccountId, ClientOrderId, Order, OrderFilter},
};
use chrono::{DateTime, Utc};

use super::{Check, judge::check};
use crate::store::OpenOrders;

/// How the exits of an order are named after it.
pub(crate) const TAKE_PROFIT: &str = "tp";
/// As [`TAKE_PROFIT`].
pub(crate) const STOP_LOSS: &str = "sl";

/// Which orders work in an account.
#[derive(Debug)]
pub(crate) struct Working;

impl Working {
    /// Asks the broker which orders work. What it cannot say entirely is not known.
    pub(crate) async fn ask(
        broker: &dyn Broker,
        account: &AccountId,
        most: u32,
        now: DateTime<Utc>,
    ) -> Result<OpenOrders, String> {
        let why = |error: broker_core::Error| error.message().to_owned();
        let mut open = OrderFilter::default();
        open.open_only = true;
        let orders = BrokerExt::orders(broker, account, &open).await;
        let orders = orders.and_then(broker_core::Covered::complete);
        let orders = orders.map_err(why)?;
        let ledger = broker.desk().ledger(account).map_err(why)?;
        let heard_of = ledger.orders().into_iter();
        Ok(OpenOrders {
            most,
            working: orders.iter().map(|order| names(order)).collect(),
            heard_of: heard_of
                .map(|order| order.client_order_id().to_string())
                .collect::<BTreeSet<_>>(),
            asked_at: now,
        })
    }

    /// The limit held against one order more, when so many work.
    pub(crate) fn check(most: u32, open: usize) -> Check {
        let fits = usize::try_from(most).is_ok_and(|most| open < most);
        let detail = format!("the limit is {most}, and {open} of this key work in the account");
        check("max_open_orders", fits, detail)
    }

    /// The limit, when nobody can say how many work.
    pub(crate) fn unknown(why: &str) -> Check {
        let detail = format!("which orders work is not known: {why}");
        check("max_open_orders", false, detail)
    }
}

/// The names under which an order may have been written down: its own, or that of the order whose exit it
/// is.
fn names(order: &Order) -> Vec<String> {
    let own = order.client_order_id();
    let list = order.list.as_ref().map(|link| link.list.to_string());
    let entry = entry(own).map(str::to_owned);
    let mut names = vec![own.to_string()];
    names.extend(list);
    names.extend(entry);
    names
}

/// The name of the order that an exit is named after.
fn entry(exit: &ClientOrderId) -> Option<&str> {
    let (entry, suffix) = exit.as_str().rsplit_once('.')?;
    [TAKE_PROFIT, STOP_LOSS].contains(&suffix).then_some(entry)
}
