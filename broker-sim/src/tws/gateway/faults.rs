//! What goes wrong, as TWS's clients see it.

use chrono::{DateTime, TimeDelta, Utc};

use super::state::{Due, State};
use crate::{
    exchange::Exchange,
    fault::{Fault, FaultScript, Schedule},
    timers::Timers,
    tws::outbox::Closing,
};

/// Faults that wait for their moment, and those that last.
#[derive(Debug)]
pub(super) struct Faults {
    schedule: Schedule,
    down: bool,
    banned_until: Option<DateTime<Utc>>,
    /// Reports that are still to be told twice.
    pub(super) duplicate: u32,
    /// Reports that are still to be told in reverse.
    pub(super) reorder: u32,
    /// Reports that are still to be told late.
    pub(super) delay: u32,
    pub(super) delay_for: TimeDelta,
}

/// How long the gateway stays away when a fault has cut the connections.
const CUT: TimeDelta = TimeDelta::seconds(1);

impl Faults {
    pub(super) fn new(script: &FaultScript, now: DateTime<Utc>, timers: &mut Timers<Due>) -> Self {
        Self {
            schedule: Schedule::new(script, now, timers, Due::Fault),
            down: false,
            banned_until: None,
            duplicate: 0,
            reorder: 0,
            delay: 0,
            delay_for: TimeDelta::zero(),
        }
    }

    pub(super) const fn is_down(&self) -> bool {
        self.down
    }

    pub(super) fn is_banned(&self, now: DateTime<Utc>) -> bool {
        self.banned_until.is_some_and(|until| now < until)
    }
}

impl State {
    /// Counts a command and says what strikes it.
    pub(super) fn next_command(&mut self, exchange: &mut Exchange) -> Option<Fault> {
        let (struck, others) = self.faults.schedule.command();
        for fault in others {
            self.strike(&fault, exchange);
        }
        struck
    }

    /// Counts a report about an order; scheduled faults strike after it.
    pub(super) fn count_report(&mut self, exchange: &mut Exchange) {
        for fault in self.faults.schedule.report() {
            self.strike(&fault, exchange);
        }
    }

    /// Makes something go wrong, now or with the next command.
    pub(super) fn inject(
        &mut self,
        fault: &Fault,
        exchange: &mut Exchange,
    ) -> Result<(), &'static str> {
        match fault {
            Fault::CompetingSession => {
                Err("another login is TWS's own affair: its clients see only that the link is lost")
            }
            Fault::TokenExpired => Err("clients of TWS have no tokens"),
            Fault::HttpStatus { .. } => Err("TWS does not speak HTTP"),
            _ => {
                self.strike(fault, exchange);
                Ok(())
            }
        }
    }

    /// Lets a fault strike, or puts it beside the next command if that is what it strikes.
    pub(super) fn strike(&mut self, fault: &Fault, exchange: &mut Exchange) {
        let (now, lasts) = (exchange.now(), fault.lasts());
        match fault {
            fault if fault.strikes_command() => self.faults.schedule.arm(fault.clone()),
            Fault::DuplicateReports { count } => self.faults.duplicate += count,
            Fault::ReorderReports { count } => self.faults.reorder = *count,
            Fault::DelayReports { count, .. } => {
                self.faults.delay += count;
                self.faults.delay_for = lasts;
            }
            Fault::Disconnect { .. } => self.cut(now, lasts),
            Fault::NightlyReset { .. } => {
                self.notice(
                    1100,
                    "Connectivity between IBKR and Trader Workstation has been lost.",
                    now,
                );
                self.go_down(now, lasts, Closing::AfterFlush);
            }
            Fault::RateLimitBan { .. } => {
                let until = now + lasts;
                self.faults.banned_until = self.faults.banned_until.max(Some(until));
            }
            Fault::Garbage => {
                for client in self.clients.values() {
                    // An impossible length, as a stream that lost its place has.
                    client.outbox.send_raw(&[0xFF; 64]);
                    client.outbox.close(Closing::AfterFlush);
                }
            }
            Fault::BustLastFill => {
                for account in self.accounts.clone() {
                    exchange.bust_newest(&account);
                }
            }
            Fault::CorrectLastFill => {
                for account in self.accounts.clone() {
                    exchange.correct_newest(&account);
                }
            }
            Fault::Halt { .. } => self.halt_newest(exchange, lasts),
            _ => tracing::debug!(?fault, "not a fault of TWS"),
        }
    }

    /// Halts the instrument of the newest order.
    fn halt_newest(&self, exchange: &mut Exchange, pause: TimeDelta) {
        let newest = self.accounts.iter().filter_map(|account| {
            let orders = exchange.orders(account);
            let order = orders.last()?;
            Some((order.key, order.terms.instrument.clone()))
        });
        let newest = newest.max_by_key(|(key, _)| *key);
        if let Some(listing) = newest.and_then(|(_, instrument)| exchange.listing_of(&instrument)) {
            exchange.halt(listing, pause);
        }
    }

    /// Cuts every connection as part of a command.
    pub(super) fn cut_now(&mut self, now: DateTime<Utc>) {
        self.cut(now, CUT);
    }

    fn cut(&mut self, now: DateTime<Utc>, down: TimeDelta) {
        self.go_down(now, down, Closing::Now);
    }

    fn go_down(&mut self, now: DateTime<Utc>, down: TimeDelta, closing: Closing) {
        self.faults.down = true;
        self.timers.add(now + down, Due::Reopen);
        for client in self.clients.values() {
            client.outbox.close(closing);
        }
    }

    /// The gateway can be reached again.
    pub(super) fn reopen(&mut self, _exchange: &mut Exchange) {
        self.faults.down = false;
    }

    /// Tells every client something that is about nothing in particular.
    pub(super) fn notice(&self, code: i32, text: &str, now: DateTime<Utc>) {
        for client in self.clients.values().filter(|client| client.id.is_some()) {
            client.error(-1, code, text, now.timestamp_millis());
        }
    }
}
