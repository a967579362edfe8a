//! What happens when a session begins or ends.

use broker_core::model::{ExecutionKind, SessionKind, TimeInForce, TradingSession};
use chrono::{DateTime, NaiveDate, Utc};

use super::{
    Exchange, SimOrder,
    book::OrderKey,
    calendar::{self},
    engine::Due,
    order::{End, Place},
};

/// The model's word for a calendar's session.
pub(super) const fn kind(kind: calendar::SessionKind) -> SessionKind {
    match kind {
        calendar::SessionKind::PreMarket => SessionKind::PreMarket,
        calendar::SessionKind::OpeningAuction => SessionKind::OpeningAuction,
        calendar::SessionKind::Regular => SessionKind::Regular,
        calendar::SessionKind::ClosingAuction => SessionKind::ClosingAuction,
        calendar::SessionKind::PostMarket => SessionKind::PostMarket,
        calendar::SessionKind::Overnight => SessionKind::Overnight,
    }
}

/// Whether an order for a part of the day may trade in a session.
pub(super) const fn may_trade(session: TradingSession, phase: SessionKind) -> bool {
    match phase {
        SessionKind::Regular | SessionKind::OpeningAuction | SessionKind::ClosingAuction => {
            !matches!(session, TradingSession::Overnight)
        }
        SessionKind::PreMarket | SessionKind::PostMarket => {
            matches!(session, TradingSession::Extended | TradingSession::All)
        }
        SessionKind::Overnight => {
            matches!(session, TradingSession::Overnight | TradingSession::All)
        }
        _ => false,
    }
}

/// When a date is over for orders for the regular session: with its last regular session, or with
/// the closing auction after it.
pub(super) fn regular_end(layout: &calendar::TradingDate) -> Option<DateTime<Utc>> {
    layout.regular_close().max(layout.closing_cross)
}

impl Exchange {
    /// Moves every market of a calendar into the session that begins now.
    pub(super) fn change_session(&mut self, calendar: &str) {
        let indices: Vec<usize> = self
            .markets
            .iter()
            .enumerate()
            .filter(|(_, market)| market.listing.calendar.name() == calendar)
            // What has expired does not open again.
            .filter(|(_, market)| {
                let last = market.listing.details.expires_at;
                last.is_none_or(|last| last > self.now) || !market.open.is_empty()
            })
            .map(|(index, _)| index)
            .collect();
        let Some(calendar) = indices
            .first()
            .and_then(|first| self.markets.get(*first))
            .map(|market| market.listing.calendar.clone())
        else {
            return;
        };
        let before = self.now - chrono::TimeDelta::nanoseconds(1);
        let Some((_, transition)) = calendar.next_transition(before) else {
            return;
        };
        let from = transition.from.kind().map(kind);
        let to = transition.to.kind().map(kind);
        let date = calendar.trade_date_of(self.now).ok();
        let ended_date = calendar.trade_date_of(before).ok();
        let layout = ended_date.and_then(|date| calendar.trading_date(date).ok().flatten());
        let over = |close: Option<_>| close.is_some_and(|close| close <= self.now);
        let date_ends = layout.as_ref().is_some_and(|layout| over(layout.close()));
        // A lunch break ends no session, and where a closing auction follows it belongs to it.
        let closes = matches!(
            from,
            Some(SessionKind::Regular | SessionKind::ClosingAuction)
        );
        let regular_ends = closes
            && layout
                .as_ref()
                .is_some_and(|layout| over(regular_end(layout)));
        for index in indices {
            if let Some(auction) = transition.auction {
                self.uncross(index, auction);
            }
            if let Some(market) = self.markets.get_mut(index) {
                market.phase = to;
                market.stale = true;
                market.book.clear_owner(super::market::HOUSE, |_, _| {});
            }
            self.pull_back(index);
            if regular_ends && let Some(market) = self.markets.get_mut(index) {
                market.day.close = market.last.map(|(price, _)| price);
            }
            if let Some(ended) = ended_date {
                if regular_ends {
                    self.expire_day_orders(index, ended, true);
                }
                if date_ends {
                    self.expire_day_orders(index, ended, false);
                }
            }
            if date_ends && let Some(market) = self.markets.get_mut(index) {
                market.close_day();
            }
            if to.is_some()
                && let Some(market) = self.markets.get_mut(index)
                && market.day.date.is_none()
            {
                market.day.date = date;
            }
            self.let_in(index);
            self.after_price(index);
        }
        if date_ends && from.is_some() && self.keeps_books(calendar.name()) {
            let next = ended_date.and_then(|date| calendar.next_trading_date(date).ok());
            self.close_accounts(ended_date, next);
        }
    }

    /// Takes resting orders that may not trade in the new session out of the book.
    fn pull_back(&mut self, index: usize) {
        let Some(market) = self.markets.get(index) else {
            return;
        };
        let phase = market.phase;
        let keys: Vec<u64> = market
            .resting
            .iter()
            .chain(&market.hungry)
            .chain(&market.armed)
            .copied()
            .collect();
        for key in keys {
            let Some(order) = self.orders.get_mut(&key) else {
                continue;
            };
            if phase.is_some_and(|phase| may_trade(order.terms.session, phase)) {
                continue;
            }
            order.place = Place::Held;
            if let Some(market) = self.markets.get_mut(index) {
                market.book.cancel(OrderKey(key));
                market.leave(key);
                market.held.insert(key);
            }
        }
    }

    /// Lets orders in that have waited for this session, in the order in which they came.
    pub(super) fn let_in(&mut self, index: usize) {
        let Some(market) = self.markets.get(index) else {
            return;
        };
        let Some(phase) = market.phase else { return };
        if market.halted {
            return;
        }
        let keys: Vec<u64> = market.held.iter().copied().collect();
        for key in keys {
            let ready = self.orders.get(&key).is_some_and(|order| {
                order.place == Place::Held && may_trade(order.terms.session, phase)
            });
            if ready {
                if let Some(market) = self.markets.get_mut(index) {
                    market.held.remove(&key);
                }
                self.activate(key);
            }
        }
    }

    /// Ends the day orders of a trading date: those for the regular session, or all of them.
    fn expire_day_orders(&mut self, index: usize, date: NaiveDate, regular_only: bool) {
        let Some(market) = self.markets.get(index) else {
            return;
        };
        let ends = |order: &SimOrder| {
            let for_the_day = matches!(
                order.terms.time_in_force,
                TimeInForce::Day | TimeInForce::AtClose | TimeInForce::Opg
            );
            let of_session = !regular_only || order.terms.session == TradingSession::Regular;
            for_the_day && of_session && order.good_on <= date
        };
        let open = market.open.iter().filter_map(|key| self.orders.get(key));
        let keys: Vec<u64> = open
            .filter(|order| ends(order))
            .map(|order| order.key)
            .collect();
        for key in keys {
            self.expire(key, "the trading day ended");
        }
    }

    /// Ends an order at the instant until which it is good, unless that has been changed since.
    pub(super) fn end_lifetime(&mut self, key: u64) {
        let over = self.orders.get(&key).is_some_and(|order| {
            matches!(order.terms.time_in_force, TimeInForce::Gtd(until) if until <= self.now)
        });
        if over {
            self.expire(key, "lifetime ended");
        }
    }

    /// Ends an order whose lifetime is over.
    pub(super) fn expire(&mut self, key: u64, why: &str) {
        if self.orders.get(&key).is_some_and(SimOrder::is_open) {
            self.end(key, End::Expired);
            let reason = broker_core::model::BrokerText::text(why);
            self.tell_because(key, ExecutionKind::Expired, Some(reason));
            self.list_member_ended(key);
        }
    }

    /// Stops trading in an instrument for a while.
    pub fn halt(&mut self, index: usize, pause: chrono::TimeDelta) {
        let until = self.now.checked_add_signed(pause).unwrap_or(self.now);
        if let Some(market) = self.markets.get_mut(index) {
            market.halted = true;
            market.halted_until = market.halted_until.max(until);
            market.stale = true;
            market.book.clear_owner(super::market::HOUSE, |_, _| {});
            self.announce(index);
            self.schedule_after(pause, Due::Resume(index));
        }
    }

    pub(super) fn resume(&mut self, index: usize) {
        let now = self.now;
        if let Some(market) = self.markets.get_mut(index)
            && market.halted_until <= now
        {
            market.halted = false;
            self.let_in(index);
            self.after_price(index);
            self.announce(index);
        }
    }
}
