//! What the exchange says, as it arrives on a connection.

use std::sync::Arc;

use broker_core::{event::Ledger, model::AccountId};

use super::link::{Link, State, Status};
use crate::{
    exchange::{Exchange, Output},
    fault::{Scheduled, Trigger},
};

impl Link {
    /// Takes something that the exchange says to everyone.
    pub(super) fn hear(&self, output: &Output, exchange: &mut Exchange) {
        let mut state = self.lock();
        if !matches!(state.status, Status::Up) {
            return;
        }
        match output {
            Output::Report { account, .. } => {
                if !self.has(account) {
                    return;
                }
                self.receive_report(&mut state, output, exchange);
            }
            Output::Position { position } => {
                if let Some(ledger) = self.ledger(&position.account) {
                    ledger.holding((**position).clone());
                }
            }
            Output::Summary { summary } => {
                if let Some(ledger) = self.ledger(&summary.account) {
                    ledger.summary((**summary).clone());
                }
            }
            Output::Market { listing } => {
                for line in state
                    .lines
                    .iter_mut()
                    .filter(|line| line.listing == *listing)
                {
                    line.show(exchange);
                }
            }
            Output::Print { listing, trade } => {
                for line in state
                    .lines
                    .iter_mut()
                    .filter(|line| line.listing == *listing)
                {
                    line.print(trade);
                }
            }
        }
    }

    fn receive_report(&self, state: &mut State, output: &Output, exchange: &mut Exchange) {
        state.reports += 1;
        let number = state.reports;
        if state.delay > 0 {
            state.delay -= 1;
            // A connection keeps the order of what it delivers late.
            let due = self.now() + state.delay_for;
            let last = state.delayed.back().map(|(due, _)| *due);
            let due = last.map_or(due, |last| last.max(due));
            state.delayed.push_back((due, output.clone()));
        } else if let Some((left, held)) = &mut state.reorder {
            held.push(output.clone());
            *left -= 1;
            if *left == 0 {
                let held = state
                    .reorder
                    .take()
                    .map(|(_, held)| held)
                    .unwrap_or_default();
                for output in held.iter().rev() {
                    self.deliver(output);
                }
            }
        } else {
            self.deliver(output);
            if state.duplicate > 0 {
                state.duplicate -= 1;
                self.deliver(output);
            }
        }
        let due = |scheduled: &Scheduled| scheduled.when == Trigger::Report(number);
        let scheduled: Vec<Scheduled> = state.script.iter().filter(|s| due(s)).cloned().collect();
        state.script.retain(|scheduled| !due(scheduled));
        for Scheduled { fault, .. } in scheduled {
            self.strike(state, &fault, Some(exchange));
        }
    }

    pub(super) fn deliver(&self, output: &Output) {
        if let Output::Report { account, report } = output
            && let Some(ledger) = self.ledger(account)
        {
            ledger.report((**report).clone());
        }
    }

    fn has(&self, account: &AccountId) -> bool {
        self.ledgers
            .iter()
            .any(|ledger| ledger.account() == account)
    }

    fn ledger(&self, account: &AccountId) -> Option<&Arc<Ledger>> {
        self.ledgers
            .iter()
            .find(|ledger| ledger.account() == account)
    }

    /// Delivers what a fault has held back for reordering.
    pub(super) fn flush(&self) {
        let mut state = self.lock();
        let held = state
            .reorder
            .take()
            .map(|(_, held)| held)
            .unwrap_or_default();
        for output in held.iter().rev() {
            self.deliver(output);
        }
    }
}
