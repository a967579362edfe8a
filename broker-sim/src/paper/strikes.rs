//! What a fault does to a connection.

use broker_core::{
    SessionState,
    event::{GapCause, Notice, Severity},
    model::BrokerText,
};

use super::link::{CUT, Link, State, Status, banned};
use crate::{exchange::Exchange, fault::Fault};

impl Link {
    /// Lets a fault strike now, or with the next command if that is what it strikes.
    pub(super) fn inject(&self, fault: &Fault, exchange: &mut Exchange) {
        let mut state = self.lock();
        if fault.strikes_command() {
            state.next_commands.push_back(fault.clone());
        } else {
            self.strike(&mut state, fault, Some(exchange));
        }
    }

    pub(super) fn strike(&self, state: &mut State, fault: &Fault, exchange: Option<&mut Exchange>) {
        let now = self.now();
        let lasts = fault.lasts();
        match fault {
            Fault::DuplicateReports { count } => state.duplicate += count,
            Fault::ReorderReports { count } if *count > 1 => {
                state.reorder = Some((*count, Vec::new()));
            }
            Fault::DelayReports { count, .. } => {
                state.delay += count;
                state.delay_for = lasts;
            }
            Fault::Disconnect { .. } => self.cut(state, lasts),
            Fault::NightlyReset { .. } => {
                let until = now + lasts;
                self.lose(
                    state,
                    &GapCause::BrokerReset,
                    &SessionState::Maintenance { until: Some(until) },
                    Status::Down { until },
                );
            }
            Fault::CompetingSession => self.lose(
                state,
                &GapCause::Disconnected,
                &SessionState::Displaced {
                    by: "another session has logged in".into(),
                },
                Status::Displaced,
            ),
            Fault::TokenExpired => self.lose(
                state,
                &GapCause::Disconnected,
                &SessionState::AuthRequired {
                    instructions: "renew the token".into(),
                },
                Status::Unauthorized,
            ),
            Fault::RateLimitBan { .. } => {
                let until = state
                    .banned_until
                    .map_or(now + lasts, |u| u.max(now + lasts));
                state.banned_until = Some(until);
                if matches!(state.status, Status::Up) {
                    self.set_session(&banned(until));
                }
            }
            Fault::Garbage => {
                for ledger in &self.ledgers {
                    let message = BrokerText::text("bytes that make no sense; connecting again");
                    let severity = Severity::Error;
                    ledger.notice(Notice {
                        severity,
                        message,
                        client_order_id: None,
                    });
                }
                self.cut(state, CUT);
            }
            Fault::BustLastFill | Fault::CorrectLastFill | Fault::Halt { .. } => match exchange {
                Some(exchange) => self.strike_exchange(fault, exchange),
                None => state.pending.push(fault.clone()),
            },
            _ => {}
        }
    }

    /// Lets a fault strike that is the exchange's doing.
    pub(super) fn strike_exchange(&self, fault: &Fault, exchange: &mut Exchange) {
        let accounts = self.ledgers.iter().map(|ledger| ledger.account());
        match fault {
            Fault::BustLastFill => accounts.for_each(|account| {
                exchange.bust_newest(account);
            }),
            Fault::CorrectLastFill => accounts.for_each(|account| {
                exchange.correct_newest(account);
            }),
            Fault::Halt { .. } => {
                let newest = accounts.filter_map(|account| {
                    let orders = exchange.orders(account);
                    let order = orders.last()?;
                    Some((order.key, order.terms.instrument.clone()))
                });
                let newest = newest.max_by_key(|(key, _)| *key);
                if let Some(listing) = newest.and_then(|(_, i)| exchange.listing_of(&i)) {
                    exchange.halt(listing, fault.lasts());
                }
            }
            _ => {}
        }
    }
}
