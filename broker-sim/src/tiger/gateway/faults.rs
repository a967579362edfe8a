//! What goes wrong, as clients of the gateway and of the push service see it.

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

use super::{
    Complaint, Fate,
    push::Bundle,
    state::{Due, State},
};
use crate::{
    exchange::Exchange,
    fault::{Fault, FaultScript, Schedule},
    outbox::Closing,
    timers::Timers,
};

/// Faults that wait for their moment, and those that last.
#[derive(Debug)]
pub(super) struct Faults {
    schedule: Schedule,
    down: bool,
    /// Rings for every connection of the gateway when they are cut.
    pub(super) cut: watch::Sender<()>,
    banned_until: Option<DateTime<Utc>>,
    /// Reports that are still to be told twice.
    pub(super) duplicate: u32,
    /// Reports that are still to be told in reverse.
    pub(super) reorder: u32,
    pub(super) reversed: Vec<Bundle>,
    /// Reports that are still to be told late.
    pub(super) delay: u32,
    pub(super) delay_for: TimeDelta,
    /// When the last report that was delayed is told.
    pub(super) delayed_until: Option<DateTime<Utc>>,
    /// Commands that have arrived.
    pub(super) arrived: u64,
}

/// What becomes of a command.
#[derive(Debug)]
pub(super) enum Struck {
    /// It never arrives.
    Lost(Fate),
    /// It is refused.
    Refused(Complaint),
    /// It is done, and its answer goes this way.
    Done(Fate),
    /// It is done, and the order is warned about.
    Warned(String),
    /// It is done, and the acknowledgement of the order waits for its first fill.
    FillsFirst,
}

impl Faults {
    pub(super) fn new(script: &FaultScript, now: DateTime<Utc>, timers: &mut Timers<Due>) -> Self {
        Self {
            schedule: Schedule::new(script, now, timers, Due::Fault),
            down: false,
            cut: watch::Sender::new(()),
            banned_until: None,
            duplicate: 0,
            reorder: 0,
            reversed: Vec::new(),
            delay: 0,
            delay_for: TimeDelta::zero(),
            delayed_until: None,
            arrived: 0,
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
    /// Counts a command and says what becomes of it; `refusal` is the code of a refusal that has none.
    pub(super) fn next_command(&mut self, refusal: i32, exchange: &mut Exchange) -> Struck {
        let (struck, others) = self.faults.schedule.command();
        for fault in others {
            self.strike(&fault, exchange);
        }
        match struck {
            Some(Fault::DropBeforeWrite | Fault::DropMidFrame) => return Struck::Lost(Fate::Drop),
            Some(Fault::SilenceBeforeAccept) => return Struck::Lost(Fate::Silence),
            // The vendor's door answers before the command gets anywhere.
            Some(Fault::HttpStatus { status }) if status < 500 => {
                return Struck::Lost(Fate::Status(status));
            }
            _ => {}
        }
        self.faults.arrived += 1;
        match struck {
            Some(Fault::DropAfterWrite) => Struck::Done(Fate::Drop),
            Some(Fault::DropBeforeReply) => Struck::Done(Fate::Truncate),
            Some(Fault::SilenceAfterAccept) => Struck::Done(Fate::Silence),
            // A gateway that fails has handed the command on already.
            Some(Fault::HttpStatus { status }) => Struck::Done(Fate::Status(status)),
            Some(Fault::FillBeforeAcknowledgement) => Struck::FillsFirst,
            Some(Fault::Reject { code, text }) => {
                let code = code.parse().unwrap_or(refusal);
                Struck::Refused(Complaint::new(code, text))
            }
            Some(Fault::Warn { text, .. }) => Struck::Warned(text),
            // The others strike no commands.
            Some(_) | None => Struck::Done(Fate::Answer),
        }
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
        if matches!(fault, Fault::TokenExpired) && !self.needs_token {
            return Err("only the licence TBHK has tokens");
        }
        self.strike(fault, exchange);
        Ok(())
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
            Fault::Disconnect { .. } => self.go_down(now, lasts, Closing::Now),
            Fault::NightlyReset { .. } => self.go_down(now, lasts, Closing::AfterFlush),
            Fault::CompetingSession => self.push.kick_out(),
            Fault::RateLimitBan { .. } => {
                let until = now + lasts;
                self.faults.banned_until = self.faults.banned_until.max(Some(until));
            }
            Fault::TokenExpired => self.tokens.expire_all(),
            Fault::Garbage => self.push.send_garbage(),
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
            _ => tracing::debug!(?fault, "not a fault of this broker"),
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

    /// Both ports are away for a while.
    fn go_down(&mut self, now: DateTime<Utc>, down: TimeDelta, closing: Closing) {
        self.faults.down = true;
        self.timers.add(now + down, Due::Reopen);
        self.push.close_all(closing);
        self.faults.cut.send_replace(());
    }

    /// The ports are there again.
    pub(super) fn reopen(&mut self) {
        self.faults.down = false;
    }
}
