//! Prices that are shown later than they were made, and prices that are kept after the close.

use std::collections::VecDeque;

use broker_core::model::{Instrument, Price, Quote};
use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;

use super::{delayed::served, pen::Pen, quotes::QuoteLine};
use crate::{
    exchange::Exchange,
    tws::{
        gateway::client::Client,
        message::{MarketDataType, Reply},
    },
};

/// How old delayed prices are.
pub(super) const DELAY: TimeDelta = TimeDelta::minutes(15);

/// What a line sees at one instant.
#[derive(Debug, Clone)]
pub(super) struct Sight {
    pub(super) quote: Quote,
    /// Whether the market was in a session.
    open: bool,
    traded_at: Option<DateTime<Utc>>,
    /// What the option's underlying cost.
    underlying: Option<Price>,
}

/// Best prices with their sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Best {
    bid: Option<Price>,
    bid_size: Option<Decimal>,
    ask: Option<Price>,
    ask_size: Option<Decimal>,
}

impl Best {
    fn of(quote: &Quote) -> Self {
        Self {
            bid: quote.bid,
            bid_size: quote.bid_size,
            ask: quote.ask,
            ask_size: quote.ask_size,
        }
    }

    fn is_there(self) -> bool {
        self.bid.is_some() || self.ask.is_some()
    }

    fn write(self, quote: &mut Quote) {
        (quote.bid, quote.bid_size) = (self.bid, self.bid_size);
        (quote.ask, quote.ask_size) = (self.ask, self.ask_size);
    }
}

impl Sight {
    pub(super) const fn is_open(&self) -> bool {
        self.open
    }
}

/// What is still to be shown of a line that is late, oldest first.
#[derive(Debug, Default)]
pub(super) struct Late(VecDeque<Since>);

impl Late {
    /// Keeps a sight until it is due; gives back when that is, unless one of the same instant waits.
    pub(super) fn keep(&mut self, sight: Sight, seen_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let due = seen_at + DELAY;
        if let Some((last, waiting)) = self.0.back_mut()
            && *last == due
        {
            *waiting = sight;
            return None;
        }
        self.0.push_back((due, sight));
        Some(due)
    }

    /// When there is something to show.
    pub(super) fn instants(&self) -> impl Iterator<Item = DateTime<Utc>> {
        self.0.iter().map(|(due, _)| *due)
    }

    /// The newest sight that is due by now.
    pub(super) fn take_due(&mut self, now: DateTime<Utc>) -> Option<Sight> {
        let mut newest = None;
        while self.0.front().is_some_and(|(due, _)| *due <= now) {
            newest = self.0.pop_front().map(|(_, sight)| sight);
        }
        newest
    }
}

/// Whether the market of an instrument, or that of every leg, is in a session.
pub(super) fn is_open(exchange: &Exchange, instrument: &Instrument) -> bool {
    let open = |instrument: &Instrument| {
        let listing = exchange.listing_of(instrument);
        listing.is_some_and(|listing| exchange.session_of(listing).is_some())
    };
    match instrument {
        Instrument::Combo(combo) => combo.legs().iter().all(|leg| open(&leg.instrument)),
        one => open(one),
    }
}

impl QuoteLine {
    /// What this line sees now.
    pub(super) fn sight(&self, quote: Quote, exchange: &mut Exchange) -> Sight {
        let underlying = match &self.instrument {
            Instrument::Option(option) => exchange
                .option_model(option)
                .map(|(_, underlying)| underlying),
            _ => None,
        };
        Sight {
            quote,
            open: is_open(exchange, &self.instrument),
            traded_at: self.traded_at,
            underlying,
        }
    }

    /// Shows what the line sees now, under the market data type that its client has asked for.
    pub(super) fn show_now(
        &mut self,
        quote: &Quote,
        client: &Client,
        (id, asked): (i32, i32),
        pen: &mut Pen,
        exchange: &mut Exchange,
    ) {
        let open = is_open(exchange, &self.instrument);
        let kind = self.tell_type(client, (id, asked), open);
        if open {
            let best = Best::of(quote);
            if best.is_there() {
                self.last_best = Some(best);
            }
        } else if kind == 2
            && let Some(best) = self.best_at_close(exchange, exchange.now())
        {
            let mut frozen = quote.clone();
            best.write(&mut frozen);
            return self.show(&frozen, client, id, pen, exchange);
        }
        self.show(quote, client, id, pen, exchange);
    }

    /// Shows what the line saw a while ago.
    pub(super) fn show_late(
        &mut self,
        mut sight: Sight,
        client: &Client,
        (id, asked): (i32, i32),
        pen: &mut Pen,
        exchange: &mut Exchange,
    ) {
        let kind = self.tell_type(client, (id, asked), sight.open);
        let best = Best::of(&sight.quote);
        if sight.open && best.is_there() {
            self.last_best = Some(best);
        }
        self.seen = Some(sight.clone());
        if !sight.open
            && kind == 4
            && let Some(best) = self.best_at_close(exchange, sight.quote.as_of)
        {
            best.write(&mut sight.quote);
        }
        let newer = std::mem::replace(&mut self.traded_at, sight.traded_at);
        self.underlying = sight.underlying;
        self.show(&sight.quote, client, id, pen, exchange);
        self.traded_at = newer;
    }

    /// The best prices before the market closed: those that the line showed last, or the house's.
    fn best_at_close(&mut self, exchange: &mut Exchange, at: DateTime<Utc>) -> Option<Best> {
        if self.last_best.is_none() {
            let closing = exchange.quote_at_close(&self.instrument, at);
            self.last_best = closing.map(|quote| Best::of(&quote));
        }
        self.last_best
    }

    /// Says how the line is served when that has changed; gives it back.
    fn tell_type(&mut self, client: &Client, (id, asked): (i32, i32), open: bool) -> i32 {
        let kind = served(self.delayed, asked, open);
        if self.told_type != kind {
            self.told_type = kind;
            client.send(&Reply::MarketDataType(MarketDataType {
                req_id: Some(id),
                market_data_type: Some(kind),
            }));
        }
        kind
    }
}

/// What a line sees from an instant on.
type Since = (DateTime<Utc>, Sight);

/// What a line that is opened now would have seen of late: what was in force when its delay begins,
/// and every change since with its instant.
pub(super) fn of_late(
    exchange: &mut Exchange,
    instrument: &Instrument,
) -> Option<(Sight, Vec<Since>)> {
    let now = exchange.now();
    let from = now - DELAY;
    let first = sight_at(exchange, instrument, from)?;
    let changes = exchange.changes_since(instrument, from);
    let mut later = Vec::new();
    for at in changes.into_iter().filter(|at| *at <= now) {
        if let Some(sight) = sight_at(exchange, instrument, at) {
            later.push((at, sight));
        }
    }
    Some((first, later))
}

fn sight_at(exchange: &mut Exchange, instrument: &Instrument, at: DateTime<Utc>) -> Option<Sight> {
    let quote = exchange.quote_at(instrument, at)?;
    let underlying = match instrument {
        Instrument::Option(option) => exchange.underlying_at(option, at),
        _ => None,
    };
    Some(Sight {
        quote,
        open: exchange.session_at(instrument, at).is_some(),
        traded_at: exchange.traded_by(instrument, at),
        underlying,
    })
}
