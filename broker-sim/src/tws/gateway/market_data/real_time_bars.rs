//! Five-second bars (request 50).

use broker_core::model::{Instrument, Price, Quote, SessionKind, Trade};
use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;

use super::quotes::look;
use crate::{
    exchange::Exchange,
    tws::{
        gateway::{
            client::Client,
            contracts::double,
            state::{Due, State},
            turn::Turn,
        },
        message::{CancelRealTimeBars, RealTimeBarTick, RealTimeBarsRequest, Reply},
    },
};

/// The only length that there is.
const LENGTH: TimeDelta = TimeDelta::seconds(5);

/// What bars are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Trades,
    Midpoint,
    Bid,
    Ask,
}

impl Source {
    fn read(word: &str) -> Option<Self> {
        Some(match word {
            "TRADES" => Self::Trades,
            "MIDPOINT" => Self::Midpoint,
            "BID" => Self::Bid,
            "ASK" => Self::Ask,
            _ => return None,
        })
    }

    /// The price of a quote that bars of this kind are made of.
    fn price(self, quote: &Quote) -> Option<Decimal> {
        match self {
            Self::Trades => None,
            Self::Midpoint => quote.bid.and(quote.ask).and_then(|_| quote.mid()),
            Self::Bid => Some(quote.bid?.get()),
            Self::Ask => Some(quote.ask?.get()),
        }
    }
}

/// An open line of bars.
#[derive(Debug)]
pub(super) struct BarLine {
    instrument: Instrument,
    source: Source,
    regular_only: bool,
    /// Whether the market was in a wanted session when the present bar began.
    in_session: bool,
    /// The price before the present bar: a bar in which nothing happens stands still at it.
    before: Option<Decimal>,
    bar: Option<Bar>,
}

/// The present bar.
#[derive(Debug, Clone, Copy)]
struct Bar {
    open: Decimal,
    high: Decimal,
    low: Decimal,
    close: Decimal,
    volume: Decimal,
    value: Decimal,
    count: i32,
}

impl Bar {
    const fn at(price: Decimal) -> Self {
        Self {
            open: price,
            high: price,
            low: price,
            close: price,
            volume: Decimal::ZERO,
            value: Decimal::ZERO,
            count: 0,
        }
    }

    fn go_to(&mut self, price: Decimal) {
        self.high = self.high.max(price);
        self.low = self.low.min(price);
        self.close = price;
    }
}

impl BarLine {
    fn price(&mut self, price: Decimal) -> &mut Bar {
        // A bar of quotes opens where the last one closed, a bar of trades with its first trade.
        let before = self.before.filter(|_| self.source != Source::Trades);
        let bar = self
            .bar
            .get_or_insert_with(|| Bar::at(before.unwrap_or(price)));
        bar.go_to(price);
        bar
    }

    /// Ends the present bar, which began at `start`.
    fn end(&mut self, start: DateTime<Utc>, client: &Client, id: i32) {
        let quiet = self.before.map(Bar::at);
        let Some(bar) = self.bar.take().or(quiet) else {
            return;
        };
        self.before = Some(bar.close);
        if !self.in_session {
            return;
        }
        let (volume, average, count) = if self.source == Source::Trades {
            let average = bar.value.checked_div(bar.volume).unwrap_or(bar.close);
            (bar.volume, average.round_dp(8), bar.count)
        } else {
            // Quotes have no volume.
            (Decimal::NEGATIVE_ONE, Decimal::NEGATIVE_ONE, -1)
        };
        client.send(&Reply::RealTimeBar(RealTimeBarTick {
            req_id: Some(id),
            time: Some(start.timestamp()),
            open: Some(double(bar.open)),
            high: Some(double(bar.high)),
            low: Some(double(bar.low)),
            close: Some(double(bar.close)),
            volume: Some(volume.normalize().to_string()),
            wap: Some(average.normalize().to_string()),
            count: Some(count),
        }));
    }

    /// Whether bars are wanted in the session that a market is in.
    fn wants(&self, session: Option<SessionKind>) -> bool {
        if self.regular_only {
            session == Some(SessionKind::Regular)
        } else {
            session.is_some()
        }
    }
}

/// The end of the five seconds that an instant lies in.
fn end_of(at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let seconds = LENGTH.num_seconds();
    let start = at.timestamp() - at.timestamp().rem_euclid(seconds);
    DateTime::from_timestamp(start + seconds, 0)
}

impl Turn<'_> {
    pub(in crate::tws::gateway) fn real_time_bars(&mut self, request: &RealTimeBarsRequest) {
        let Some(id) = self.request_id(request.req_id) else {
            return;
        };
        if self.state.lines.bars.contains(self.from, id) {
            return self.error(id, 322, "Error processing request.Duplicate ticker id");
        }
        let invalid = |what: String| format!("Invalid Real-time Query:{what}");
        let word = request.what_to_show.as_deref().unwrap_or_default();
        let Some(source) = Source::read(word) else {
            return self.error(id, 420, invalid(format!("Bar type {word}")));
        };
        // Clients may leave the size out; there is only one.
        if request.bar_size.is_some_and(|size| size != 5 && size != 0) {
            return self.error(id, 420, invalid("Bar size must be 5 seconds".to_owned()));
        }
        let Some(wanted) = self.wanted(id, request.contract.as_ref()) else {
            return;
        };
        let refusal = match wanted.instrument {
            Instrument::Combo(_) => Some("No bars of combinations"),
            Instrument::Forex(_) if source == Source::Trades => Some("No trades of currencies"),
            Instrument::Index(_) if source != Source::Trades => Some("No quotes of indices"),
            _ if self.state.habits.delayed_data_only => Some("No market data permissions"),
            _ => None,
        };
        if let Some(refusal) = refusal {
            return self.error(id, 420, invalid(refusal.to_owned()));
        }
        if !self.within_history_pace(word, request.contract.as_ref(), None) {
            let text = "Historical data request pacing violation".to_owned();
            return self.error(id, 420, invalid(text));
        }
        self.watch(&wanted.listings);
        let mut line = BarLine {
            instrument: wanted.instrument.clone(),
            source,
            regular_only: request.use_rth == Some(true),
            in_session: false,
            before: None,
            bar: None,
        };
        let listing = wanted.listings.first().copied();
        if let Some(quote) = look(self.exchange, &wanted.instrument, listing) {
            line.before = match source {
                Source::Trades => quote.last.map(Price::get),
                _ => source.price(&quote),
            };
        }
        let session = listing.and_then(|listing| self.exchange.session_of(listing));
        line.in_session = line.wants(session);
        let number = self.state.lines.next_number();
        let bars = &mut self.state.lines.bars;
        bars.put(number, (self.from, id), wanted.listings, line);
        self.state.plan_bars(self.exchange.now());
    }

    pub(in crate::tws::gateway) fn cancel_real_time_bars(&mut self, request: &CancelRealTimeBars) {
        let Some(id) = self.request_id(request.req_id) else {
            return;
        };
        let listings = self.state.lines.bars.take(self.from, id);
        self.unwatch(id, listings);
    }
}

impl State {
    /// Puts the end of the present five seconds into the timers.
    fn plan_bars(&mut self, now: DateTime<Utc>) {
        if self.lines.bars_end.is_none() {
            self.lines.bars_end = end_of(now);
            if let Some(end) = self.lines.bars_end {
                self.timers.add(end, Due::RealTimeBars);
            }
        }
    }

    /// Ends the bars whose five seconds are over.
    pub(in crate::tws::gateway) fn end_real_time_bars(&mut self, exchange: &mut Exchange) {
        let now = exchange.now();
        let Some(end) = self.lines.bars_end.filter(|end| *end <= now) else {
            return;
        };
        for kept in self.lines.bars.iter_mut() {
            if let Some(client) = self.clients.get(&kept.connection) {
                kept.line.end(end - LENGTH, client, kept.req_id);
            }
            let listing = exchange.listing_of(&kept.line.instrument);
            let session = listing.and_then(|listing| exchange.session_of(listing));
            kept.line.in_session = kept.line.wants(session);
        }
        self.lines.bars_end = None;
        if self.lines.bars.len() > 0 {
            self.plan_bars(now);
        }
    }

    /// Moves the bars of quotes. What happens at the very end of a bar belongs to the next.
    pub(super) fn move_bars(
        &mut self,
        listing: usize,
        exchange: &mut Exchange,
        quote: &mut Option<Quote>,
    ) {
        if !self.lines.bars.follows(listing) {
            return;
        }
        self.end_real_time_bars(exchange);
        let mut place = 0;
        while let Some(number) = self.lines.bars.at(listing, place) {
            place += 1;
            let Some(kept) = self.lines.bars.get_mut(number) else {
                continue;
            };
            if kept.line.source == Source::Trades {
                continue;
            }
            if quote.is_none() {
                *quote = look(exchange, &kept.line.instrument, Some(listing));
            }
            let price = quote
                .as_ref()
                .and_then(|quote| kept.line.source.price(quote));
            if let Some(price) = price {
                kept.line.price(price);
            }
        }
    }

    /// Puts a trade into the bars of trades.
    pub(super) fn print_on_bars(&mut self, listing: usize, trade: &Trade, exchange: &mut Exchange) {
        if !self.lines.bars.follows(listing) {
            return;
        }
        self.end_real_time_bars(exchange);
        let mut place = 0;
        while let Some(number) = self.lines.bars.at(listing, place) {
            place += 1;
            if let Some(kept) = self.lines.bars.get_mut(number)
                && kept.line.source == Source::Trades
            {
                let bar = kept.line.price(trade.price.get());
                bar.volume += trade.size;
                bar.value += trade.size * trade.price.get();
                bar.count += 1;
            }
        }
    }
}
