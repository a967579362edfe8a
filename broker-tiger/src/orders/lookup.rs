//! Whether Tiger has an order, and proof when it has not.

use std::sync::Arc;

use broker_core::{
    Error, Lookup, Result,
    model::{
        AccountId, BrokerText, ClientOrderId, ExecutionKind, ExecutionReport, Fill, OrderStatus,
    },
};
use tokio::time::Instant;

use super::{
    blotter::{Blotter, Marks},
    listing::{Lines, Wanted},
    read::{Care, Read},
    refresh::LAG,
    row::Listed,
};

const EXCHANGE: &str =
    "the name is that of an exchange of currencies: `Treasury::find_exchange` looks for it";

/// What Tiger has under a caller's name.
#[derive(Debug)]
pub(crate) enum Search {
    /// What its lists say.
    Found(Vec<ExecutionReport>),
    /// None of its lists has it, and it never had it.
    Absent,
    /// It had it, or may not be bound to list it still.
    Unlisted(&'static str),
    /// No list has it, which proves nothing as long as nothing else is known.
    Undecided(&'static str),
    /// It did not answer, or it is too early to tell.
    Unanswered(BrokerText),
}

impl Blotter {
    /// Tells the ledger what has happened.
    pub(super) fn tell(&self, account: &AccountId, news: Vec<ExecutionReport>) {
        if let Ok(ledger) = self.link.desk().ledger(account) {
            news.into_iter().for_each(|report| ledger.report(report));
        }
    }

    /// Takes one row in. The caller holds the lock on reading.
    pub(super) async fn tell_row(&self, account: &AccountId, row: Listed) {
        let until = self.soon();
        // What could not be read is read again with the lists.
        let _read = self
            .take_in(account, vec![single(row)], Care::Changes, until)
            .await;
    }

    /// How every order stands that is known of an account.
    pub(super) fn standings(&self, account: &AccountId) -> Vec<ExecutionReport> {
        let register = self.register();
        let mut standings: Vec<ExecutionReport> = register
            .of(account)
            .filter_map(|entry| entry.standing.clone())
            .collect();
        standings.sort_by(|a, b| a.broker_order_id.cmp(&b.broker_order_id));
        standings
    }

    /// Every execution that is known of an account, oldest first.
    pub(crate) fn fills(&self, account: &AccountId) -> Vec<Fill> {
        let register = self.register();
        let mut fills: Vec<Fill> = register
            .of(account)
            .flat_map(|entry| entry.fills.values())
            .map(|fill| (**fill).clone())
            .collect();
        fills.sort_by(|a, b| {
            (a.executed_at, &a.execution_id).cmp(&(b.executed_at, &b.execution_id))
        });
        fills
    }

    /// Searches everything Tiger keeps for the caller's name.
    pub(super) async fn look_up(&self, account: &AccountId, id: &ClientOrderId) -> Result<Lookup> {
        Ok(match self.search(account, id).await? {
            Search::Found(reports) => Lookup::Found(reports),
            Search::Absent => Lookup::Absent,
            Search::Unlisted(why) | Search::Undecided(why) => {
                Lookup::Inconclusive(BrokerText::text(why))
            }
            Search::Unanswered(why) => Lookup::Inconclusive(why),
        })
    }

    /// The same, telling an order that is gone from one that could not be asked about.
    pub(crate) async fn search(&self, account: &AccountId, id: &ClientOrderId) -> Result<Search> {
        self.link.gateway()?;
        let unanswered = |why: String| Ok(Search::Unanswered(BrokerText::text(why)));
        if self.register().is_in_flight(account, id) {
            return unanswered("the order is being sent at this moment".to_owned());
        }
        let _one_at_a_time = match self.turn().await {
            Ok(turn) => turn,
            Err(error) => return unanswered(error.to_string()),
        };
        let until = self.soon();
        let number = self.number_of(account, id);
        if let Some(number) = number {
            return match self.one(account, number).await {
                Ok(Some(row)) => {
                    let lists = vec![single(row)];
                    let read = self.take_in(account, lists, Care::All, until).await;
                    Ok(self.found(account, id, &read))
                }
                Ok(None) => Ok(Search::Unlisted(
                    "Tiger had the order and does not know its number any more",
                )),
                Err(error) => unanswered(error.to_string()),
            };
        }
        if self.former().is_exchange(account, id) {
            return Ok(Search::Undecided(EXCHANGE));
        }
        // What was sent before this question and is not listed may still be on its way.
        let settled = self.is_settled(account, id);
        let lists = match self.lists_for(account, id, until).await {
            Ok(lists) => lists,
            Err(error) => return unanswered(error.to_string()),
        };
        let nothing = |list: &Lines<Listed>| list.rows.is_empty() && list.unreadable.is_empty();
        let empty = lists.iter().all(nothing);
        // A former process may have made it without writing it down.
        let mut rows = lists.iter().flat_map(|list| &list.rows);
        let exchanged = rows.any(|row| row.row.external_id.get() == Some(id.as_str()));
        let read = self.take_in(account, lists, Care::Changes, until).await;
        if self.number_of(account, id).is_some() {
            return Ok(self.found(account, id, &read));
        }
        if exchanged {
            return Ok(Search::Undecided(EXCHANGE));
        }
        // Without a mark it is in the lists under a name that says nothing, or it is not there. What
        // Tiger says about its number counts more than a row that cannot be read.
        let (reserved, attached) = self.proving_number(account, id);
        if let Some(reserved) = reserved {
            match self.one_reserved(account, reserved).await {
                Ok(None) => {}
                // The entry was sent with its exits: they are there, whatever the lists say.
                Ok(Some(_)) if attached => {
                    return Ok(Search::Undecided(
                        "Tiger has the entry of this order and lists no such exit: look for it in Tiger's app",
                    ));
                }
                Ok(Some(row)) => {
                    let lists = vec![single(row)];
                    let read = self.take_in(account, lists, Care::All, until).await;
                    return Ok(self.found(account, id, &read));
                }
                Err(error) => return unanswered(error.to_string()),
            }
        } else if let Some(unread) = read.unread.first() {
            return unanswered(unread.clone());
        }
        Ok(self.absent_or_not(account, id, settled, reserved.is_some() || empty))
    }

    /// The number that was reserved for an order, or for the entry whose exit it is: they are sent
    /// together. And whether it is the entry's.
    fn proving_number(&self, account: &AccountId, id: &ClientOrderId) -> (Option<i64>, bool) {
        let former = self.former();
        match (former.number(account, id), former.entry(account, id)) {
            (None, Some(entry)) => (former.number(account, &entry), true),
            (number, _) => (number, false),
        }
    }

    /// Tiger's number of an order, once it is known.
    fn number_of(&self, account: &AccountId, id: &ClientOrderId) -> Option<i64> {
        let register = self.register();
        register.get(register.by_id(account, id)?)?.number
    }

    /// The lists that have an order if it is anywhere. They begin with what had been read when it was
    /// sent, by Tiger's own clock, or with everything.
    async fn lists_for(
        &self,
        account: &AccountId,
        id: &ClientOrderId,
        until: Instant,
    ) -> Result<Vec<Lines<Listed>>> {
        let sent_after = {
            let register = self.register();
            let entry = register
                .by_id(account, id)
                .and_then(|key| register.get(key));
            entry
                .filter(|entry| entry.parent.is_none())
                .and_then(|entry| entry.sent_after)
        };
        let since = sent_after.map_or_else(|| self.horizon(), |after| after - LAG);
        let placed = self
            .list(account, Wanted::PlacedSince(since), until)
            .await?;
        let working = self.list(account, Wanted::Working, until).await?;
        Ok(vec![placed, working])
    }

    /// What a reading says about one order, its fills included.
    fn found(&self, account: &AccountId, id: &ClientOrderId, read: &Read) -> Search {
        let standing = read
            .standings
            .iter()
            .find(|report| report.client_order_id == *id)
            .cloned();
        let Some(standing) = standing else {
            let why = read.unread.join("; ");
            return Search::Unanswered(BrokerText::text(why));
        };
        let register = self.register();
        let entry = register
            .by_id(account, id)
            .and_then(|key| register.get(key));
        let fills = entry.into_iter().flat_map(|entry| entry.fills.values());
        let mut reports: Vec<ExecutionReport> = fills
            .map(|fill| {
                let mut report = ExecutionReport::trade((**fill).clone());
                report.terms.clone_from(&standing.terms);
                report
            })
            .collect();
        reports.push(standing);
        Search::Found(reports)
    }

    /// What it means that no list has an order. `nameless` says that it cannot be there without its mark
    /// either: Tiger knows nothing of its number, or lists no order at all.
    fn absent_or_not(
        &self,
        account: &AccountId,
        id: &ClientOrderId,
        settled: bool,
        nameless: bool,
    ) -> Search {
        let order = self.link.desk().ledger(account).ok();
        let order = order.and_then(|ledger| ledger.order(id));
        let sent = [OrderStatus::Unconfirmed, OrderStatus::PendingNew];
        if let Some(order) = &order {
            if !order.broker_order_ids.is_empty()
                || (order.status.is_open() && !sent.contains(&order.status))
            {
                return Search::Unlisted("Tiger had the order and lists it nowhere any more");
            }
            if order.created_at < self.horizon() {
                return Search::Unlisted("the order was sent before the time that is listed");
            }
        }
        match self.marks() {
            _ if nameless => {}
            Marks::Kept => {}
            Marks::Lost => {
                return Search::Unlisted(
                    "Tiger does not keep the marks by which an order is found again, and the journal has \
                     no number of this one: look for it in Tiger's app",
                );
            }
            Marks::Unknown => {
                return Search::Undecided(
                    "it is not known yet whether Tiger keeps the marks by which an order is found again, \
                     and the journal has no number of this one: look for it in Tiger's app",
                );
            }
        }
        if !settled {
            let why = "the order was sent a moment ago and may still be on its way";
            return Search::Unanswered(BrokerText::text(why));
        }
        let mut register = self.register();
        if let Some(key) = register.by_id(account, id) {
            if register.get(key).is_some_and(|entry| entry.taken) {
                return Search::Undecided(
                    "Tiger said that the order's number is in use and lists no order under it: look for it \
                     in Tiger's app",
                );
            }
            register.remove(key);
        }
        Search::Absent
    }

    /// Looks up the orders that were open and are in none of Tiger's lists; whether Tiger told about
    /// all of them.
    pub(crate) async fn settle_missing(
        self: &Arc<Self>,
        account: &AccountId,
        missing: Vec<ClientOrderId>,
    ) -> bool {
        let Ok(ledger) = self.link.desk().ledger(account) else {
            return true;
        };
        let mut all = true;
        for id in missing {
            if ledger
                .order(&id)
                .is_some_and(|order| order.status.is_final())
            {
                continue;
            }
            let report = |kind, why| {
                let report = ExecutionReport::new(id.clone(), kind);
                ledger.report(report.with_reason(BrokerText::text(why)));
            };
            let searched: Result<Search, Error> = self.search(account, &id).await;
            match searched {
                Ok(Search::Found(reports)) => {
                    reports.into_iter().for_each(|report| ledger.report(report));
                }
                Ok(Search::Absent) => {
                    let why = "none of Tiger's lists has it: it never arrived";
                    report(ExecutionKind::ProvenAbsent, why);
                }
                Ok(Search::Unlisted(why)) => report(ExecutionKind::Unlisted, why),
                // Asking again at once would bring no more.
                Ok(Search::Undecided(why)) => {
                    tracing::warn!(order = %id, why, "an order stays unconfirmed");
                }
                Ok(Search::Unanswered(why)) => {
                    tracing::info!(order = %id, %why, "an order could not be looked up yet");
                    all = false;
                }
                Err(error) => {
                    tracing::warn!(order = %id, %error, "an order could not be looked up");
                    all = false;
                }
            }
        }
        all
    }
}

pub(super) fn single(row: Listed) -> Lines<Listed> {
    Lines {
        rows: vec![row],
        unreadable: Vec::new(),
    }
}
