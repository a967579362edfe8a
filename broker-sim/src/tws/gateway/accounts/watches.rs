//! What clients have open.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use broker_core::model::{AccountId, Instrument};
use chrono::{DateTime, TimeDelta, Utc};

use super::{
    figures::Value,
    profit::{AccountProfit, SingleProfit},
};
use crate::tws::gateway::{
    ConnectionId,
    state::{Due, State},
    turn::Turn,
};

/// A request of one connection.
pub(super) type RequestKey = (ConnectionId, i32);

/// What this room keeps.
#[derive(Debug, Default)]
pub(in crate::tws::gateway) struct Watches {
    /// The account whose data a connection has open: one at a time.
    pub(super) data: BTreeMap<ConnectionId, DataWatch>,
    pub(super) summaries: BTreeMap<RequestKey, SummaryWatch>,
    pub(super) multi: BTreeMap<RequestKey, MultiWatch>,
    pub(super) positions: BTreeSet<ConnectionId>,
    pub(super) positions_multi: BTreeMap<RequestKey, Vec<AccountId>>,
    pub(super) profit: BTreeMap<RequestKey, (AccountId, AccountProfit)>,
    pub(super) single: BTreeMap<RequestKey, (AccountId, Option<Instrument>, SingleProfit)>,
    /// When figures are looked at next.
    next: Option<DateTime<Utc>>,
    /// When account values are sent again without a fill.
    pub(super) values_at: Option<DateTime<Utc>>,
}

/// The account that a connection sees all of.
#[derive(Debug)]
pub(super) struct DataWatch {
    pub(super) account: AccountId,
    pub(super) told: Told,
}

/// A summary of chosen tags.
#[derive(Debug)]
pub(super) struct SummaryWatch {
    pub(super) accounts: Vec<AccountId>,
    pub(super) tags: Vec<String>,
    pub(super) told: HashMap<AccountId, Told>,
}

/// Values of several accounts.
#[derive(Debug)]
pub(super) struct MultiWatch {
    pub(super) accounts: Vec<AccountId>,
    pub(super) model: Option<String>,
    pub(super) ledger_only: bool,
    pub(super) told: HashMap<AccountId, Told>,
}

/// What was told last, so that only changes are told again.
#[derive(Debug, Default)]
pub(super) struct Told(HashMap<(&'static str, String), String>);

impl Told {
    /// The values that are not as they were told last; they count as told now.
    pub(super) fn changed(&mut self, values: Vec<Value>) -> Vec<Value> {
        let changed = values.into_iter().filter(|value| {
            let key = (value.key, value.currency.clone());
            self.0.insert(key, value.value.clone()).as_ref() != Some(&value.value)
        });
        changed.collect()
    }
}

/// How often account values are sent without a fill.
pub(super) const VALUES_EVERY: TimeDelta = TimeDelta::minutes(3);
/// How often profit and loss is looked at.
const PROFIT_EVERY: TimeDelta = TimeDelta::seconds(1);

impl State {
    /// Makes an appointment for the next figures if somebody wants any.
    pub(super) fn schedule_figures(&mut self, now: DateTime<Utc>) {
        let watches = &mut self.watches;
        let values =
            !(watches.data.is_empty() && watches.summaries.is_empty() && watches.multi.is_empty());
        let values_at = values.then(|| *watches.values_at.get_or_insert(now + VALUES_EVERY));
        let profit = !(watches.profit.is_empty() && watches.single.is_empty());
        let profit_at = profit.then(|| now + PROFIT_EVERY);
        let next = match (values_at, profit_at) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        let Some(next) = next else {
            watches.values_at = None;
            return;
        };
        if watches
            .next
            .is_none_or(|known| next < known || known <= now)
        {
            watches.next = Some(next);
            self.timers.add(next, Due::AccountFigures);
        }
    }

    /// Whether an appointment is the newest one.
    pub(super) fn figures_are_due(&mut self, now: DateTime<Utc>) -> bool {
        let due = self.watches.next.is_some_and(|next| next <= now);
        if due {
            self.watches.next = None;
        }
        due
    }

    /// The accounts that a request names; none named is all of them.
    pub(super) fn accounts_named(&self, name: Option<&str>) -> Option<Vec<AccountId>> {
        match name.filter(|name| !name.is_empty() && *name != "All") {
            None => Some(self.accounts.clone()),
            Some(name) => self.account_named(name).map(|account| vec![account]),
        }
    }

    pub(super) fn account_named(&self, name: &str) -> Option<AccountId> {
        let mut accounts = self.accounts.iter();
        accounts.find(|account| account.as_str() == name).cloned()
    }
}

impl Turn<'_> {
    /// Ends what the client has open here.
    pub(in crate::tws::gateway) fn close_watches(&mut self) {
        let from = self.from;
        let watches = &mut self.state.watches;
        watches.data.remove(&from);
        watches.positions.remove(&from);
        watches.summaries.retain(|(who, _), _| *who != from);
        watches.multi.retain(|(who, _), _| *who != from);
        watches.positions_multi.retain(|(who, _), _| *who != from);
        watches.profit.retain(|(who, _), _| *who != from);
        watches.single.retain(|(who, _), _| *who != from);
    }

    /// Refuses a request that names an account which is not there.
    pub(super) fn no_account(&self, id: i32, name: &str) {
        let text =
            format!("Error validating request.-'bW' : cause - Invalid account code '{name}'");
        self.error(id, 321, text);
    }
}
