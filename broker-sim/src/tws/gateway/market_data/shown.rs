//! What a market data line has shown, and the ticks that bring it up to date.

use broker_core::model::{Instrument, Price, Quote, SessionKind};
use rust_decimal::Decimal;

use super::{
    delayed::delayed,
    pen::{self, Attributes, Pen},
    quotes::QuoteLine,
};
use crate::{
    exchange::Exchange,
    tws::gateway::{client::Client, contracts::letter},
};

/// The figures that a client has been shown; outer `None` is nothing yet.
#[derive(Debug, Default)]
pub(super) struct Shown {
    bid: Option<(Option<Decimal>, Decimal)>,
    ask: Option<(Option<Decimal>, Decimal)>,
    last: Option<(Option<Decimal>, Decimal)>,
    high: Option<Decimal>,
    low: Option<Decimal>,
    volume: Option<Decimal>,
    close: Option<Decimal>,
    open: Option<Decimal>,
    traded_at: Option<i64>,
    halted: Option<bool>,
    letters: bool,
    pub(super) mark: Option<Decimal>,
    pub(super) regular_last: Option<Decimal>,
    /// What the option computations were made from.
    pub(super) computed: Option<[Option<Decimal>; 4]>,
    /// The newest headline's instant.
    pub(super) news_at: Option<chrono::DateTime<chrono::Utc>>,
}

/// What a price and its size are shown with.
const BID: (i32, i32) = (1, 0);
const ASK: (i32, i32) = (2, 3);
const LAST: (i32, i32) = (4, 5);

impl QuoteLine {
    /// The number under which this line has a tick; `None` when it does not have it.
    fn tick(&self, tick: i32) -> Option<i32> {
        if self.delayed {
            delayed(tick)
        } else {
            Some(tick)
        }
    }

    /// Sends what is different from what has been shown.
    pub(super) fn show(
        &mut self,
        quote: &Quote,
        client: &Client,
        id: i32,
        pen: &mut Pen,
        exchange: &mut Exchange,
    ) {
        let price = |price: Option<Price>| price.map(Price::get);
        // Indices are not traded and have no best prices.
        if !matches!(self.instrument, Instrument::Index(_)) {
            let listing = exchange.listing_of(&self.instrument);
            let session = listing.and_then(|listing| exchange.session_of(listing));
            let attributes = Attributes {
                can_auto_execute: !self.delayed,
                pre_open: session == Some(SessionKind::OpeningAuction),
            };
            let best = (price(quote.bid), quote.bid_size.unwrap_or_default());
            let before = self.shown.bid.replace(best);
            self.show_pair(client, id, pen, (BID, attributes), before, best);
            let best = (price(quote.ask), quote.ask_size.unwrap_or_default());
            let before = self.shown.ask.replace(best);
            self.show_pair(client, id, pen, (ASK, attributes), before, best);
        }
        // There is no tape of currencies.
        if !matches!(self.instrument, Instrument::Forex(_)) {
            if quote.last.is_some() {
                let last = (price(quote.last), quote.last_size.unwrap_or_default());
                let before = self.shown.last.replace(last);
                self.show_pair(client, id, pen, (LAST, Attributes::default()), before, last);
            }
            if self.shown.volume != quote.volume {
                self.shown.volume = quote.volume;
                if let (Some(tick), Some(volume)) = (self.tick(8), quote.volume) {
                    pen.size(client, (id, tick), volume);
                }
            }
        }
        self.show_day(quote, client, id, pen);
        self.show_letters(client, id);
        self.show_computations(quote, client, id, exchange);
        self.show_generics(quote, client, id, pen, exchange);
    }

    /// A price with its size: both when the price changed, the size alone when only it did.
    fn show_pair(
        &self,
        client: &Client,
        id: i32,
        pen: &mut Pen,
        ((price_tick, size_tick), attributes): ((i32, i32), Attributes),
        before: Option<(Option<Decimal>, Decimal)>,
        now: (Option<Decimal>, Decimal),
    ) {
        let same_price = before.is_some_and(|(price, _)| price == now.0);
        let same_size = before.is_some_and(|(_, size)| size == now.1);
        if !same_price {
            if let Some(tick) = self.tick(price_tick) {
                pen.price_and_size(client, (id, tick), now.0, now.1, attributes);
            }
        } else if !same_size && let Some(tick) = self.tick(size_tick) {
            pen.size(client, (id, tick), now.1);
        }
    }

    /// The day's figures, the time of the last trade and whether trading is halted.
    fn show_day(&mut self, quote: &Quote, client: &Client, id: i32, pen: &mut Pen) {
        for (tick, now) in [
            (6, quote.high),
            (7, quote.low),
            (9, quote.previous_close),
            (14, quote.open),
        ] {
            let now = now.map(Price::get);
            let place = match tick {
                6 => &mut self.shown.high,
                7 => &mut self.shown.low,
                9 => &mut self.shown.close,
                _ => &mut self.shown.open,
            };
            if *place != now {
                *place = now;
                if let (Some(tick), Some(now)) = (self.tick(tick), now) {
                    pen.price(client, (id, tick), now);
                }
            }
        }
        let traded_at = self.traded_at.map(|at| at.timestamp());
        if self.shown.traded_at != traded_at && !matches!(self.instrument, Instrument::Forex(_)) {
            self.shown.traded_at = traded_at;
            if let (Some(tick), Some(at)) = (self.tick(45), traded_at) {
                pen::string(client, (id, tick), at.to_string());
            }
        }
        if self.shown.halted != Some(quote.halted) {
            self.shown.halted = Some(quote.halted);
            if let Some(tick) = self.tick(49) {
                pen::generic(client, (id, tick), f64::from(u8::from(quote.halted)));
            }
        }
    }

    /// The exchanges behind bid, ask and last: always the one that lists the instrument.
    fn show_letters(&mut self, client: &Client, id: i32) {
        if self.shown.letters || self.delayed {
            return;
        }
        self.shown.letters = true;
        if let Some(letter) = letter(&self.instrument) {
            for tick in [32, 33, 84] {
                pen::string(client, (id, tick), letter.to_owned());
            }
        }
    }
}
