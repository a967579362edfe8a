//! What the lists of TWS say about one account, in core's words.

use core::time::Duration;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use broker_core::{
    Covered, Decimal, Error, ErrorKind, Result, Retry,
    event::Ledger,
    model::{
        AccountId, BrokerText, ClientOrderId, ExecutionKind, ExecutionReport, Fill, OrderStatus,
    },
};
use ibapi::{contracts::Contract, orders::OrderStatus as WireStatus};

use super::{
    blotter::Blotter,
    compare::changed,
    decode::{Name, decode, decode_finished, name, scaled},
    entry::{Entry, Told, Waiting},
    listing::{Listed, Lists},
    register::Called,
    status,
    written::Written,
};
use crate::convert;

/// The orders and fills of one account, in core's words.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) orders: Covered<Vec<ExecutionReport>>,
    pub(crate) fills: Covered<Vec<Fill>>,
    /// Asking again may bring orders that are missing here.
    pub(crate) orders_again: bool,
    /// Asking again may bring executions that are missing here.
    pub(crate) fills_again: bool,
    /// Orders that TWS lists, or lists executions of, in words that cannot be read; the ones that are
    /// open among them are true.
    pub(super) unread: HashMap<ClientOrderId, bool>,
    /// Whether every order is listed here that TWS has, be it as one that cannot be read.
    pub(crate) all_orders: bool,
    /// The same of the executions.
    pub(super) all_fills: bool,
}

impl Account {
    /// Whether an order that is not here is not at TWS. An order of a kind that core has no word for
    /// is no reason to doubt that: its name can be read.
    pub(crate) fn proves_absence(&self) -> bool {
        self.all_orders && self.all_fills
    }

    /// The open orders of a ledger that TWS does not list, if it lists all.
    pub(crate) fn missing(&self, ledger: &Ledger) -> Vec<ClientOrderId> {
        if !self.all_orders {
            return Vec::new();
        }
        let listed = self.orders.value().into_iter().flatten();
        let listed: HashSet<&ClientOrderId> = listed
            .map(|report| &report.client_order_id)
            .chain(self.unread.keys())
            .collect();
        let open = ledger.orders_where(|order| order.status.is_open());
        let ids = open.iter().map(|order| order.client_order_id().clone());
        ids.filter(|id| !listed.contains(id)).collect()
    }
}

/// What could not be read.
#[derive(Debug, Default)]
pub(super) struct Unread {
    pub(super) count: usize,
    /// The answer to a question about it failed to come.
    again: bool,
    names: HashMap<ClientOrderId, bool>,
    /// Whether some of it has not even a name.
    nameless: bool,
}

impl Unread {
    pub(super) fn add(
        &mut self,
        what: &'static str,
        named: Option<Name>,
        open: bool,
        error: &Error,
    ) {
        tracing::warn!(%error, what, "a line of a list cannot be read");
        self.count += 1;
        self.again |= matches!(error.retry(), Retry::Safe { .. });
        match named {
            Some(name) => *self.names.entry(name.id).or_default() |= open,
            None => self.nameless = true,
        }
    }
}

impl Blotter {
    /// Takes the lists into the register, and gives back those of one account.
    pub(crate) async fn read(&self, lists: &Lists, account: &AccountId) -> Account {
        let mut reports = Vec::new();
        let mut unread = Unread::default();
        // Where two orders have one reference, it is the name of the one that can still be changed.
        for listed in [&lists.open, &lists.completed]
            .into_iter()
            .flatten()
            .flatten()
        {
            if *listed.written.account != *account.as_str() {
                continue;
            }
            match self.adopt(listed, lists.reading, account).await {
                Ok(report) => reports.push(report),
                Err(error) => {
                    let named = name(&listed.written.order_ref, listed.written.perm_id);
                    unread.add("an order", named, !listed.completed, &error);
                }
            }
        }
        let all_orders = lists.open.is_ok() && lists.completed.is_ok() && !unread.nameless;
        let orders_again = unread.again || lists.open.is_err() || lists.completed.is_err();
        let orders = covered(
            reports,
            unread.count,
            "orders",
            [lists.open.as_ref().err(), lists.completed.as_ref().err()],
        );
        let mut names = unread.names;
        let (fills, fills_again, all_fills) = match &lists.executed {
            Ok(executed) => {
                let (fills, unread) = self.read_fills(executed, lists.reading, account).await;
                for (name, open) in unread.names {
                    *names.entry(name).or_default() |= open;
                }
                (fills, unread.again, !unread.nameless)
            }
            Err(error) => {
                let fills = Covered::Unavailable(error.to_string().into());
                (fills, true, false)
            }
        };
        Account {
            orders,
            fills,
            orders_again,
            fills_again,
            unread: names,
            all_orders,
            all_fills,
        }
    }

    /// Takes a listed order into the register; a [`Status`](ExecutionKind::Status) report of it.
    async fn adopt(
        &self,
        listed: &Listed,
        reading: u64,
        account: &AccountId,
    ) -> Result<ExecutionReport> {
        let order = &listed.written;
        let named = name(&order.order_ref, order.perm_id)
            .ok_or_else(|| Error::new(ErrorKind::Protocol, "an order without any name"))?;
        let wire = (order.client_id, order.order_id);
        let reference = named.id.clone();
        let called = Called {
            account,
            id: &reference,
            contract: &order.contract,
        };
        let known = {
            let register = self.register();
            match register.find(wire, order.perm_id, Some(called)) {
                Some(key) => Ok(key),
                None => Err(register.free_name(account, named)?),
            }
        };
        let key = match known {
            Ok(key) => key,
            Err(name) => {
                let entry = self.read_entry(listed, account, name).await?;
                let mut register = self.register();
                // The stream may have been quicker meanwhile.
                match register.find(wire, order.perm_id, Some(called)) {
                    Some(key) => key,
                    None if register.by_id(account, &entry.id).is_some() => {
                        let message = format!("an order {} was sent meanwhile", entry.id);
                        let error = Error::new(ErrorKind::Incomplete, message);
                        let after = Duration::from_secs(1);
                        return Err(error.with_retry(Retry::Safe { after }));
                    }
                    None => register.add(entry),
                }
            }
        };
        let mut register = self.register();
        register.learn(key, wire, order.perm_id);
        let filled = register
            .get(key)
            .map(|entry| register.executions.filled(&entry.account, &entry.id));
        let entry = register
            .get_mut(key)
            .ok_or_else(|| Error::new(ErrorKind::Internal, "an order is gone"))?;
        if listed.completed {
            entry.live = true;
        } else {
            entry.shows_up();
        }
        if !listed.completed {
            take_terms(entry, order, reading);
            let (word, why_held) = listed.state();
            entry.hold(word, why_held);
        }
        let told = report(listed, entry, order.perm_id, filled.unwrap_or_default());
        if listed.completed && !entry.ended {
            // Nothing else may ever tell it: the answer that did was lost.
            let canceled = matches!(
                told.kind,
                ExecutionKind::Status {
                    status: OrderStatus::Canceled
                }
            );
            entry.ends(canceled);
            let rejected = ExecutionKind::Status {
                status: OrderStatus::Rejected,
            };
            if told.kind != rejected {
                entry.refused = None;
            }
            register.note_end(key);
        }
        Ok(told)
    }

    async fn read_entry(
        &self,
        listed: &Listed,
        account: &AccountId,
        id: ClientOrderId,
    ) -> Result<Entry> {
        let order = &listed.written;
        let instrument = self.book.instrument(&self.link, &order.contract).await?;
        let magnifier = self.magnifier(&order.contract);
        let read = if listed.completed {
            decode_finished
        } else {
            decode
        };
        let terms = read(id, instrument, magnifier, &order.order())?;
        let mut entry = Entry::new(terms.into(), Arc::clone(&order.contract), magnifier);
        entry.account.clone_from(account);
        entry.wire = (order.order_id > 0).then_some((order.client_id, order.order_id));
        entry.perm_id = order.perm_id;
        entry.links = order.links().map(Box::new);
        entry.unsaid = order.unsaid().to_vec();
        entry.live = true;
        let (word, why_held) = listed.state();
        entry.hold(word, why_held);
        entry.told.clone_from(&listed.status);
        Ok(entry)
    }

    fn magnifier(&self, contract: &Contract) -> Decimal {
        let number = match contract.combo_legs.first() {
            Some(leg) => leg.contract_id,
            None => contract.contract_id,
        };
        self.book
            .numbered(number)
            .map_or(Decimal::ONE, |listing| listing.magnifier())
    }
}

/// Takes the terms that a list tells of an open order.
fn take_terms(entry: &mut Entry, written: &Written, reading: u64) {
    let instrument = entry.terms.instrument.clone();
    let told = decode(
        entry.id.clone(),
        instrument,
        entry.magnifier,
        &written.order(),
    );
    let awaited = entry.awaits(|what| matches!(what, Waiting::Replace(_)));
    // TWS reads in order, so it had read the change; nobody heard what it said about it.
    if let Some(change) = entry
        .change
        .take_if(|change| change.after < reading && !awaited)
        && told.as_ref().is_ok_and(|told| change.is_told_by(told))
    {
        entry.terms = change.next;
    }
    // A list was written when it was asked for, and what the stream has told since is newer.
    if entry.heard < reading {
        entry.unsaid = written.unsaid().to_vec();
        if let Ok(told) = told
            && let Some(next) = changed(&entry.terms, &told)
        {
            entry.terms = Arc::new(next);
        }
    }
}

pub(super) fn told(status: &WireStatus) -> Told {
    Told {
        word: status.status.clone(),
        filled: status.filled,
        remaining: status.remaining,
        average: status.average_fill_price,
        why_held: status.why_held.clone(),
    }
}

fn report(listed: &Listed, entry: &Entry, perm_id: i64, proven: Decimal) -> ExecutionReport {
    let written = &listed.written;
    let (word, why_held) = listed.state();
    let filled = listed.filled().max(if listed.completed {
        proven
    } else {
        Decimal::ZERO
    });
    let all = entry
        .terms
        .quantity()
        .is_some_and(|quantity| filled >= quantity.get());
    let refused =
        entry.refused.is_some() && filled.is_zero() || !written.reject_reason().is_empty();
    let status = status::listed(
        word,
        listed.completed,
        refused,
        all,
        !filled.is_zero(),
        why_held,
    );
    let mut report = ExecutionReport::new(entry.id.clone(), ExecutionKind::Status { status });
    report.broker_order_id = super::decode::broker_order_id(perm_id);
    report.terms = Some(Arc::clone(&entry.terms));
    report.cumulative_quantity = Some(filled);
    report.average_price = listed
        .status
        .as_ref()
        .and_then(|status| status.average)
        .and_then(convert::price)
        .and_then(|price| scaled(price, entry.magnifier))
        .filter(|_| !filled.is_zero());
    let why = [written.reject_reason(), written.completed_status()];
    report.reason = entry
        .refused
        .clone()
        .or_else(|| {
            let why = why.into_iter().find(|why| !why.is_empty())?;
            Some(BrokerText::text(why))
        })
        .filter(|_| listed.completed);
    report.event_time = convert::instant(written.completed_time(), None).ok();
    report
}

pub(super) fn covered<T>(
    value: Vec<T>,
    unread: usize,
    what: &str,
    failed: [Option<&Error>; 2],
) -> Covered<Vec<T>> {
    let mut missing: Vec<String> = failed
        .into_iter()
        .flatten()
        .map(ToString::to_string)
        .collect();
    if unread > 0 {
        missing.push(format!("{unread} {what} could not be read"));
    }
    let all_failed = failed.iter().all(Option::is_some);
    if missing.is_empty() {
        Covered::Complete(value)
    } else if all_failed {
        Covered::Unavailable(missing.join("; ").into())
    } else {
        Covered::Partial {
            value,
            missing: missing.join("; ").into(),
        }
    }
}
