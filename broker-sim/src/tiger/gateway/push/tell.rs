//! Telling of orders, and what goes wrong on the way.

use chrono::TimeDelta;

use crate::{
    exchange::Exchange,
    tiger::{
        gateway::state::{Due, State},
        push::PushData,
    },
};

/// How long a report waits for others that overtake it.
const REORDERED_WITHIN: TimeDelta = TimeDelta::seconds(5);

/// What one report of the exchange makes the service push, in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::tiger::gateway) struct Bundle(pub(in crate::tiger::gateway) Vec<PushData>);

impl State {
    /// Tells what one report makes the service push: at once, late, in reverse or twice.
    pub(in crate::tiger::gateway) fn tell(&mut self, bundle: Bundle, exchange: &mut Exchange) {
        if !bundle.0.is_empty() {
            let faults = &mut self.faults;
            if faults.delay > 0 {
                faults.delay -= 1;
                // A connection keeps the order of what it delivers late.
                let due = exchange.now() + faults.delay_for;
                let due = faults.delayed_until.map_or(due, |last| last.max(due));
                faults.delayed_until = Some(due);
                self.timers.add(due, Due::Deliver(bundle));
            } else if faults.reorder > 0 {
                faults.reorder -= 1;
                if faults.reversed.is_empty() {
                    let due = exchange.now() + REORDERED_WITHIN;
                    self.timers.add(due, Due::Flush);
                }
                faults.reversed.push(bundle);
                if faults.reorder == 0 {
                    self.flush_reversed();
                }
            } else {
                self.deliver(&bundle);
                if self.faults.duplicate > 0 {
                    self.faults.duplicate -= 1;
                    self.deliver(&bundle);
                }
            }
        }
        self.count_report(exchange);
    }

    pub(in crate::tiger::gateway) fn deliver(&self, bundle: &Bundle) {
        for data in &bundle.0 {
            self.push.send(data.clone());
        }
    }

    /// Delivers what a fault holds back to be told in reverse.
    pub(in crate::tiger::gateway) fn flush_reversed(&mut self) {
        for bundle in std::mem::take(&mut self.faults.reversed).iter().rev() {
            self.deliver(bundle);
        }
    }
}
