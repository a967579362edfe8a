//! Whether Tiger has an order, the readings of its lists, and proof when it has not.

use std::sync::Arc;

use broker_core::{
    Error, ErrorKind, Lookup, Result,
    model::{
        AccountId, BrokerText, ClientOrderId, ExecutionKind, ExecutionReport, Fill, OrderStatus,
    },
};
use chrono::{DateTime, TimeDelta, Utc};

use super::{
    blotter::{Blotter, Marks},
    listing::{Lines, Wanted},
    reading::Read,
    row::Listed,
};

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

/// By how much the broker's clock may differ from ours.
const SKEW: TimeDelta = TimeDelta::minutes(10);
/// Orders that are asked for one by one; more are asked for together.
const ONE_BY_ONE: usize = 5;

impl Blotter {
    /// Since when orders are listed in a whole reading.
    fn horizon(&self) -> DateTime<Utc> {
        let days = TimeDelta::from_std(self.link.deadlines().history);
        let now = self.link.now();
        now.checked_sub_signed(days.unwrap_or(TimeDelta::days(90)))
            .unwrap_or(now)
    }

    /// Reads everything that Tiger lists about an account.
    ///
    /// # Errors
    /// When a list could not be had.
    pub(crate) async fn read_all(&self, account: &AccountId) -> Result<Read> {
        let _one_at_a_time = self.reading.lock().await;
        let begun = self.link.now();
        let placed = self
            .list(account, Wanted::PlacedSince(self.horizon()))
            .await?;
        // Later than the other, so that what both have is taken from here.
        let working = self.list(account, Wanted::Working).await?;
        let read = self.take_in(account, vec![placed, working], true).await;
        if read.unread.is_empty() {
            self.set_read_until(account, begun);
        }
        Ok(read)
    }

    /// Reads what has changed since the last reading, what works, and what worked and does neither
    /// any more; what was read.
    ///
    /// # Errors
    /// When a list could not be had.
    pub(crate) async fn refresh(&self, account: &AccountId) -> Result<Read> {
        let _one_at_a_time = self.reading.lock().await;
        let begun = self.link.now();
        let since = self.read_until(account).unwrap_or_else(|| self.horizon());
        let changed = self
            .list(account, Wanted::ChangedSince(since - SKEW))
            .await?;
        let working = self.list(account, Wanted::Working).await?;
        let mut lists = vec![changed, working];
        let missing = self.missing(account, &lists);
        if missing.len() > ONE_BY_ONE {
            lists.insert(
                0,
                self.list(account, Wanted::PlacedSince(self.horizon()))
                    .await?,
            );
        } else {
            for number in missing {
                match self.one(account, number).await {
                    Ok(Some(row)) => lists.push(single(row)),
                    Ok(None) => {}
                    // It is about this order and not about the lists.
                    Err(error) if is_about_one(&error) => lists.push(unreadable(error)),
                    Err(error) => return Err(error),
                }
            }
        }
        let read = self.take_in(account, lists, false).await;
        if read.unread.is_empty() {
            self.set_read_until(account, begun);
        }
        Ok(read)
    }

    /// The numbers of orders that are thought to work and are in none of these lists.
    fn missing(&self, account: &AccountId, lists: &[Lines<Listed>]) -> Vec<i64> {
        let listed: std::collections::HashSet<i64> = lists
            .iter()
            .flat_map(|list| &list.rows)
            .filter_map(|row| row.row.id.get())
            .collect();
        let register = self.register();
        let open = register.of(account).filter(|entry| !entry.ended);
        open.filter_map(|entry| entry.number)
            .filter(|number| !listed.contains(number))
            .collect()
    }

    /// Tells the ledger what has happened.
    pub(super) fn tell(&self, account: &AccountId, news: Vec<ExecutionReport>) {
        if let Ok(ledger) = self.link.desk().ledger(account) {
            news.into_iter().for_each(|report| ledger.report(report));
        }
    }

    /// Takes one row in. The caller holds the lock on reading.
    pub(super) async fn tell_row(&self, account: &AccountId, row: Listed) {
        // What could not be read is read again with the lists.
        let _read = self.take_in(account, vec![single(row)], false).await;
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
        let _one_at_a_time = self.reading.lock().await;
        let (number, parent) = self.numbers(account, id);
        if let Some(number) = number {
            return match self.one(account, number).await {
                Ok(Some(row)) => {
                    let read = self.take_in(account, vec![single(row)], true).await;
                    Ok(self.found(account, id, read))
                }
                Ok(None) => Ok(Search::Unlisted(
                    "Tiger had the order and does not know its number any more",
                )),
                Err(error) => unanswered(error.to_string()),
            };
        }
        // What was sent before this question and is not listed may still be on its way.
        let settled = self.is_settled(account, id);
        let lists = match self.lists_for(account, id, parent).await {
            Ok(lists) => lists,
            Err(error) => return unanswered(error.to_string()),
        };
        let read = self.take_in(account, lists, false).await;
        let known = self.numbers(account, id).0.is_some();
        if known {
            return Ok(self.found(account, id, read));
        }
        if let Some(unread) = read.unread.first() {
            return unanswered(unread.clone());
        }
        // Without a mark it is in the lists under a name that says nothing, or it is not there.
        let reserved = self.former().number(account, id);
        if let Some(reserved) = reserved {
            match self.one_reserved(account, reserved).await {
                Ok(None) => {}
                Ok(Some(row)) => {
                    let read = self.take_in(account, vec![single(row)], true).await;
                    return Ok(self.found(account, id, read));
                }
                Err(error) => return unanswered(error.to_string()),
            }
        }
        Ok(self.absent_or_not(account, id, settled, reserved.is_some()))
    }

    /// The numbers of an order and of its entry.
    fn numbers(&self, account: &AccountId, id: &ClientOrderId) -> (Option<i64>, Option<i64>) {
        let register = self.register();
        let entry = register
            .by_id(account, id)
            .and_then(|key| register.get(key));
        let parent = entry.and_then(|entry| register.get(entry.parent?)?.number);
        (entry.and_then(|entry| entry.number), parent)
    }

    async fn lists_for(
        &self,
        account: &AccountId,
        id: &ClientOrderId,
        parent: Option<i64>,
    ) -> Result<Vec<Lines<Listed>>> {
        let created = self.link.desk().ledger(account)?.order(id);
        let own = created.filter(|order| order.broker_order_ids.is_empty());
        let mut since = match own {
            Some(order) => order.created_at - SKEW,
            None => self.horizon(),
        };
        if parent.is_some() {
            since = self.horizon();
        }
        let placed = self.list(account, Wanted::PlacedSince(since)).await?;
        let working = self.list(account, Wanted::Working).await?;
        Ok(vec![placed, working])
    }

    /// What a reading says about one order, its fills included.
    fn found(&self, account: &AccountId, id: &ClientOrderId, read: Read) -> Search {
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

    /// What it means that no list has an order.
    fn absent_or_not(
        &self,
        account: &AccountId,
        id: &ClientOrderId,
        settled: bool,
        by_number: bool,
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
            _ if by_number => {}
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

/// Whether an answer to a question about one order says nothing about the connection.
fn is_about_one(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Rejected
            | ErrorKind::NotFound
            | ErrorKind::InvalidRequest
            | ErrorKind::Protocol
            | ErrorKind::Unsupported
    )
}

fn unreadable(error: Error) -> Lines<Listed> {
    Lines {
        rows: Vec::new(),
        unreadable: vec![error],
    }
}

fn single(row: Listed) -> Lines<Listed> {
    Lines {
        rows: vec![row],
        unreadable: Vec::new(),
    }
}
