//! What TWS says about orders, one message at a time, as raw reports.

use std::sync::Arc;

use broker_core::{
    event::{Notice, Severity},
    model::{AccountId, ClientOrderId, ExecutionKind, ExecutionReport, Instrument, OrderStatus},
};
use chrono::{DateTime, Utc};
use ibapi::orders::{
    CommissionReport, ExecutionData, OrderData, OrderStatus as WireStatus, OrderStatusKind as Word,
};

use super::{
    compare::changed,
    decode::{decode, name, scaled, unsaid},
    entry::{Outcome, Purpose, Told, Waiting},
    executions::{News, costs, executed_at, fill},
    register::{Called, Key, Register, Said},
    status::{self, Context},
};
use crate::convert;

impl Register {
    /// An order with its terms and where it stands.
    pub(crate) fn hear_open_order(&mut self, data: &OrderData) -> Vec<Said> {
        let order = &data.order;
        if order.what_if || self.previews.contains(&data.order_id) {
            return Vec::new();
        }
        let account = AccountId::new(&order.account).ok();
        let named = name(&order.order_ref, order.perm_id);
        let called = account.as_ref().zip(named.as_ref());
        let called = called.map(|(account, name)| Called {
            account,
            id: &name.id,
            contract: &data.contract,
        });
        let wire = (order.client_id, data.order_id);
        let Some(key) = self.find(wire, order.perm_id, called) else {
            return vec![Said::Strange("an open order that is not known")];
        };
        self.learn(key, wire, order.perm_id);
        let mut said = self.hear_terms(key, data);
        said.extend(self.hear_state(key, data));
        said
    }

    /// The terms that TWS tells, where they have changed.
    fn hear_terms(&mut self, key: Key, data: &OrderData) -> Vec<Said> {
        let readings = self.readings;
        let Some(entry) = self.get_mut(key) else {
            return Vec::new();
        };
        if entry.purpose == Purpose::Exercise {
            return Vec::new();
        }
        entry.unsaid = unsaid(&data.order);
        let instrument = entry.terms.instrument.clone();
        let Ok(told) = decode(entry.id.clone(), instrument, entry.magnifier, &data.order) else {
            return Vec::new();
        };
        entry.heard = readings;
        if let Some(change) = &entry.change
            && change.is_told_by(&told)
        {
            let next = Arc::clone(&change.next);
            entry.terms = Arc::clone(&next);
            entry.settle_change(&Outcome::Accepted(entry.broker_order_id()));
            let report = entry.report(ExecutionKind::Replaced { terms: next });
            return vec![Said::Report(entry.account.clone(), report)];
        }
        match changed(&entry.terms, &told) {
            Some(next) => {
                let next = Arc::new(next);
                entry.terms = Arc::clone(&next);
                let report = entry.report(ExecutionKind::Restated { terms: next });
                vec![Said::Report(entry.account.clone(), report)]
            }
            None => Vec::new(),
        }
    }

    /// The state that comes with an order's terms. A status tells more, so it only counts before the
    /// first one, or when it says why an order was refused.
    fn hear_state(&mut self, key: Key, data: &OrderData) -> Vec<Said> {
        let state = &data.order_state;
        let Some(entry) = self.get_mut(key) else {
            return Vec::new();
        };
        let mut said = Vec::new();
        if !state.warning_text.is_empty() && !entry.live {
            said.push(Said::Notice(
                entry.account.clone(),
                Notice {
                    severity: Severity::Warning,
                    message: broker_core::model::BrokerText::text(state.warning_text.as_str()),
                    client_order_id: Some(entry.id.clone()),
                },
            ));
        }
        if !state.reject_reason.is_empty() {
            entry.refused = Some(broker_core::model::BrokerText::text(
                state.reject_reason.as_str(),
            ));
        }
        if entry.told.is_some() {
            return said;
        }
        let told = Told {
            word: state.status.clone(),
            filled: 0.0,
            remaining: data.order.total_quantity,
            average: None,
            why_held: String::new(),
        };
        // What has been filled is not in it, so it must not pass for a status.
        let first = !entry.live;
        said.extend(self.stand(key, &told, first));
        said
    }

    /// Where an order stands.
    pub(crate) fn hear_status(&mut self, status: &WireStatus) -> Vec<Said> {
        if self.previews.contains(&status.order_id) {
            return Vec::new();
        }
        let wire = (status.client_id, status.order_id);
        let Some(key) = self.find(wire, status.perm_id, None) else {
            return vec![Said::Strange("the status of an order that is not known")];
        };
        self.learn(key, wire, status.perm_id);
        let told = Told {
            word: status.status.clone(),
            filled: status.filled,
            remaining: status.remaining,
            average: status.average_fill_price,
            why_held: status.why_held.clone(),
        };
        let Some(entry) = self.get_mut(key) else {
            return Vec::new();
        };
        if entry.told.as_ref() == Some(&told) {
            return Vec::new();
        }
        let before = entry.told.replace(told.clone());
        let mut said = self.stand(key, &told, true);
        // Back from a cancel that came to nothing: only a stated status says so.
        if before.is_some_and(|before| before.word == Word::PendingCancel)
            && matches!(told.word, Word::Submitted | Word::PreSubmitted)
            && let Some(entry) = self.get(key)
        {
            let status = if told.filled > 0.0 {
                OrderStatus::PartiallyFilled
            } else {
                OrderStatus::New
            };
            let report = entry.report(ExecutionKind::Status { status });
            said.push(Said::Report(entry.account.clone(), report));
        }
        said
    }

    fn stand(&mut self, key: Key, told: &Told, report: bool) -> Vec<Said> {
        let proven = self
            .get(key)
            .map(|entry| self.executions.filled(&entry.account, &entry.id))
            .unwrap_or_default();
        let filled = convert::optional(told.filled).unwrap_or_default();
        let Some(entry) = self.get_mut(key) else {
            return Vec::new();
        };
        // What was not to be transmitted is inactive from the beginning.
        entry.hold(&told.word, &told.why_held);
        let held = entry.held && entry.asked_to_hold();
        if held
            || !matches!(
                told.word,
                Word::Inactive | Word::Cancelled | Word::ApiCancelled
            )
        {
            entry.shows_up();
        }
        if matches!(
            told.word,
            Word::ApiPending | Word::PendingSubmit | Word::PreSubmitted | Word::Submitted
        ) {
            entry.works();
        }
        let context = Context {
            why_held: &told.why_held,
            refused: entry.refused.as_ref(),
            cancel_asked: entry.cancel_asked,
            all_filled: proven >= filled,
        };
        let kind = status::kind(&told.word, context);
        let mut said = Vec::new();
        if entry.purpose == Purpose::Order && report {
            let mut report = entry.report(kind.clone());
            if matches!(kind, ExecutionKind::Canceled | ExecutionKind::Rejected) {
                report.cumulative_quantity = Some(filled);
                report.average_price = told
                    .average
                    .and_then(convert::price)
                    .and_then(|price| scaled(price, entry.magnifier))
                    .filter(|_| !filled.is_zero());
                report.reason.clone_from(&entry.refused);
            }
            if matches!(
                kind,
                ExecutionKind::Status {
                    status: OrderStatus::Filled
                }
            ) {
                report.cumulative_quantity = Some(filled);
            }
            said.push(Said::Report(entry.account.clone(), report));
        }
        if proven < filled {
            said.push(Said::Strange("fewer executions than the status counts"));
        }
        match told.word {
            Word::Inactive if entry.refused.is_none() && told.why_held.is_empty() && !held => {
                said.push(Said::Strange("an inactive order without a reason"));
            }
            _ => {}
        }
        if status::ends(&told.word) || matches!(kind, ExecutionKind::Rejected) {
            let was_ended = entry.ended;
            // Canceled without ever having been seen to work: it did reach TWS.
            let outcome = Outcome::Accepted(entry.broker_order_id());
            entry.resolve(&outcome, |what| *what == Waiting::Submit);
            entry.ends(matches!(told.word, Word::Cancelled | Word::ApiCancelled));
            if !matches!(kind, ExecutionKind::Rejected) {
                entry.refused = None;
            }
            if !was_ended {
                self.note_end(key);
            }
        }
        said
    }

    /// An execution.
    pub(crate) fn hear_execution(
        &mut self,
        data: &ExecutionData,
        received: DateTime<Utc>,
    ) -> Vec<Said> {
        let execution = &data.execution;
        let account = AccountId::new(&execution.account_number).ok();
        let named = name(&execution.order_reference, execution.perm_id);
        let called = account.as_ref().zip(named.as_ref());
        let called = called.map(|(account, name)| Called {
            account,
            id: &name.id,
            contract: &data.contract,
        });
        let wire = (execution.client_id, execution.order_id);
        let Some(key) = self.find(wire, execution.perm_id, called) else {
            return vec![Said::Strange("an execution of an order that is not known")];
        };
        self.learn(key, wire, execution.perm_id);
        self.count(key, data, received)
    }

    fn count(&mut self, key: Key, data: &ExecutionData, received: DateTime<Utc>) -> Vec<Said> {
        let execution = &data.execution;
        let Some(entry) = self.get_mut(key) else {
            return Vec::new();
        };
        // The legs of a combination are executed beside the combination itself.
        let leg = matches!(entry.terms.instrument, Instrument::Combo(_)) && !data.contract.is_bag();
        if entry.purpose == Purpose::Exercise || leg {
            return Vec::new();
        }
        entry.shows_up();
        let (id, account, terms) = (
            entry.id.clone(),
            entry.account.clone(),
            Arc::clone(&entry.terms),
        );
        let (magnifier, told) = (entry.magnifier, entry.told.clone());
        let mut fill = match fill(execution, &terms, magnifier, received) {
            Ok(fill) => fill,
            Err(error) => {
                let text = format!("an execution that cannot be read: {error}");
                return vec![
                    unreadable(account, id, &text),
                    Said::Strange("an unreadable execution"),
                ];
            }
        };
        let Ok(execution_id) = broker_core::model::ExecutionId::new(&execution.execution_id) else {
            return vec![unreadable(account, id, "an execution without a usable id")];
        };
        if let Some(fill) = &mut fill
            && let Some(early) = self.executions.take_early(&execution.execution_id)
        {
            (fill.commission, fill.realized_pnl) = costs(&early);
        }
        let at = fill.as_ref().map(|fill| fill.executed_at);
        let kind = match self.executions.take(&execution_id, &account, &id, fill) {
            News::Happened(kind) => kind,
            News::Known => return Vec::new(),
            News::Doubtful => {
                return vec![Said::Strange("a correction of a trade that was not listed")];
            }
        };
        let filled = self.executions.filled(&account, &id);
        let Some(entry) = self.get_mut(key) else {
            return Vec::new();
        };
        let mut report = entry.report(kind);
        report.event_time = at;
        let mut said = vec![Said::Report(account.clone(), report)];
        if let Err(error) = executed_at(execution) {
            let text = format!("an execution without a readable time, taken as received: {error}");
            said.push(notice(account.clone(), id, Severity::Warning, &text));
        }
        let all = terms
            .quantity()
            .is_some_and(|quantity| filled >= quantity.get());
        // The last word was that all is filled, and now it is proven. Core sees it by itself unless
        // the order is for an amount of money.
        let last = told.is_some_and(|told| {
            told.word == Word::Filled
                && convert::optional(told.filled).is_some_and(|stated| filled >= stated)
        });
        if last && !all {
            let report = entry.report(ExecutionKind::Status {
                status: OrderStatus::Filled,
            });
            said.push(Said::Report(account, report));
        }
        if (all || last) && !entry.ended {
            entry.ends(false);
            entry.refused = None;
            self.note_end(key);
        }
        said
    }

    /// What an execution cost.
    pub(crate) fn hear_commission(&mut self, report: &CommissionReport) -> Vec<Said> {
        let order = self.executions.order_of(&report.execution_id);
        let execution_id = broker_core::model::ExecutionId::new(&report.execution_id).ok();
        let (Some((account, id)), Some(execution_id)) = (order, execution_id) else {
            self.executions.keep_early(report.clone());
            return Vec::new();
        };
        let (commission, realized_pnl) = costs(report);
        let kind = ExecutionKind::Commission {
            execution_id,
            commission,
            realized_pnl,
        };
        vec![Said::Report(
            account,
            Box::new(ExecutionReport::new(id, kind)),
        )]
    }
}

fn unreadable(account: AccountId, id: ClientOrderId, text: &str) -> Said {
    notice(account, id, Severity::Error, text)
}

fn notice(account: AccountId, id: ClientOrderId, severity: Severity, text: &str) -> Said {
    let notice = Notice {
        severity,
        message: broker_core::model::BrokerText::text(text),
        client_order_id: Some(id),
    };
    Said::Notice(account, notice)
}

impl super::entry::Entry {
    /// A report about the order, with its names and its terms.
    pub(crate) fn report(&self, kind: ExecutionKind) -> Box<ExecutionReport> {
        let mut report = ExecutionReport::new(self.id.clone(), kind);
        report.broker_order_id = self.broker_order_id();
        // Terms that come with a stated status replace the known ones.
        report.terms = Some(Arc::clone(&self.terms));
        Box::new(report)
    }

    pub(super) fn report_with(
        &self,
        kind: ExecutionKind,
        reason: broker_core::model::BrokerText,
    ) -> Box<ExecutionReport> {
        let mut report = self.report(kind);
        report.reason = Some(reason);
        report
    }
}
