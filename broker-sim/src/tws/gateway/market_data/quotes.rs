//! Market data lines (request 1).

use broker_core::model::{Instrument, Quote, Trade};
use chrono::{DateTime, TimeDelta, Utc};

use super::{
    delayed::served,
    generic::{self, Generics},
    opening::Wanted,
    shown::Shown,
    tape::Tape,
};
use crate::{
    exchange::Exchange,
    tws::{
        gateway::{
            contracts::bbo_exchange,
            state::{Due, State},
            turn::Turn,
        },
        message::{
            CancelMarketData, MarketDataRequest, MarketDataType, MarketDataTypeRequest, Reply,
            TickReqParams, TickSnapshotEnd,
        },
    },
};

/// An open market data line.
#[derive(Debug)]
pub(super) struct QuoteLine {
    pub(super) instrument: Instrument,
    /// Whether ticks come under their delayed numbers.
    pub(super) delayed: bool,
    pub(super) generics: Generics,
    pub(super) shown: Shown,
    /// What has been traded today, for the generic ticks that tell of it.
    pub(super) tape: Option<Tape>,
    /// When the last trade was.
    pub(super) traded_at: Option<DateTime<Utc>>,
    /// The market data type that was told last.
    told_type: i32,
    /// Nothing is shown before.
    ready_at: DateTime<Utc>,
    /// Whether showing it is in the timers.
    waiting: bool,
}

/// How long TWS collects changes before it shows them.
fn pause(instrument: &Instrument) -> TimeDelta {
    match instrument {
        Instrument::Option(_) => TimeDelta::milliseconds(100),
        Instrument::Forex(_) => TimeDelta::milliseconds(5),
        _ => TimeDelta::milliseconds(250),
    }
}

/// The best prices of a line's instrument; a combination's come from its legs.
pub(super) fn look(
    exchange: &mut Exchange,
    instrument: &Instrument,
    listing: Option<usize>,
) -> Option<Quote> {
    match (instrument, listing) {
        (Instrument::Combo(_), _) | (_, None) => exchange.quote(instrument).ok(),
        (_, Some(listing)) => exchange.view(listing, 0).map(|(quote, _)| quote),
    }
}

impl Turn<'_> {
    pub(in crate::tws::gateway) fn market_data(&mut self, request: &MarketDataRequest) {
        let Some(id) = self.request_id(request.req_id) else {
            return;
        };
        if self.state.lines.quotes.contains(self.from, id) {
            return self.error(id, 322, "Error processing request.Duplicate ticker id");
        }
        let list = request.generic_tick_list.as_deref().unwrap_or_default();
        let generics = match Generics::read(list) {
            Ok(generics) => generics,
            Err(unknown) => return self.invalid(id, &generic::refusal(&unknown)),
        };
        let snapshot = request.snapshot == Some(true) || request.regulatory_snapshot == Some(true);
        if snapshot && !generics.is_empty() {
            let why = "Snapshot market data subscription is not applicable to generic ticks";
            return self.invalid(id, why);
        }
        let Some(wanted) = self.wanted(id, request.contract.as_ref()) else {
            return;
        };
        if self.state.lines.quotes.len() >= self.state.habits.market_data_lines {
            return self.error(id, 101, "Max number of tickers has been reached");
        }
        let Some(delayed) = self.delayed(id) else {
            return;
        };
        let Some(line) = self.begin(id, &wanted, generics, delayed) else {
            return;
        };
        if snapshot {
            self.show_once(id, &wanted, line);
        } else {
            self.open_quotes(id, wanted, line);
        }
    }

    /// Whether a new line is served with delayed data; `None` when it is not served at all.
    fn delayed(&mut self, id: i32) -> Option<bool> {
        if !self.state.habits.delayed_data_only {
            return Some(false);
        }
        if matches!(self.state.lines.types.get(&self.from), Some(3 | 4)) {
            let text = "Requested market data is not subscribed. Displaying delayed market data.";
            self.error(id, 10167, text);
            return Some(true);
        }
        let text = "Requested market data is not subscribed. Delayed market data is not enabled.";
        self.error(id, 10168, text);
        None
    }

    /// Says how a line is served (58, 81) and makes it.
    fn begin(
        &mut self,
        id: i32,
        wanted: &Wanted,
        generics: Generics,
        delayed: bool,
    ) -> Option<QuoteLine> {
        let details = self.exchange.contract(&wanted.instrument).ok()?;
        let asked = self.state.lines.types.get(&self.from).copied().unwrap_or(1);
        let open = self.is_open(wanted);
        let told_type = served(delayed, asked, open);
        self.reply(&Reply::MarketDataType(MarketDataType {
            req_id: Some(id),
            market_data_type: Some(told_type),
        }));
        let finest = details
            .ticks
            .bands()
            .iter()
            .map(|band| band.increment)
            .min();
        self.reply(&Reply::TickReqParams(TickReqParams {
            req_id: Some(id),
            min_tick: finest.map(|tick| tick.normalize().to_string()),
            bbo_exchange: Some(bbo_exchange(&wanted.instrument).to_owned()),
            snapshot_permissions: Some(3),
            ..TickReqParams::default()
        }));
        let needs_tape = generics.needs_tape();
        let tape = needs_tape.then(|| Tape::read(self.exchange, &wanted.instrument, &details));
        let newest = self.exchange.trades(&wanted.instrument, 1);
        let traded_at = newest.ok().and_then(|trades| Some(trades.first()?.time));
        Some(QuoteLine {
            instrument: wanted.instrument.clone(),
            delayed,
            generics,
            shown: Shown::default(),
            tape,
            traded_at,
            told_type,
            ready_at: self.now(),
            waiting: false,
        })
    }

    /// Whether the market of a line is in any session.
    fn is_open(&self, wanted: &Wanted) -> bool {
        let mut listings = wanted.listings.iter();
        listings.all(|listing| self.exchange.session_of(*listing).is_some())
    }

    /// A snapshot: everything that is known now, then the end.
    fn show_once(&mut self, id: i32, wanted: &Wanted, mut line: QuoteLine) {
        let listing = wanted.listings.first().copied();
        let quote = look(self.exchange, &wanted.instrument, listing);
        let State { lines, clients, .. } = &mut *self.state;
        if let (Some(quote), Some(client)) = (quote, clients.get(&self.from)) {
            line.show(&quote, client, id, &mut lines.pen, self.exchange);
        }
        let end = TickSnapshotEnd { req_id: Some(id) };
        self.reply(&Reply::TickSnapshotEnd(end));
    }

    fn open_quotes(&mut self, id: i32, wanted: Wanted, line: QuoteLine) {
        self.watch(&wanted.listings);
        self.send_once_generics(id, &line);
        let number = self.state.lines.next_number();
        let quotes = &mut self.state.lines.quotes;
        quotes.put(number, (self.from, id), wanted.listings, line);
        self.state.show_line(number, self.exchange);
    }

    pub(in crate::tws::gateway) fn cancel_market_data(&mut self, request: &CancelMarketData) {
        let Some(id) = self.request_id(request.req_id) else {
            return;
        };
        let listings = self.state.lines.quotes.take(self.from, id);
        self.unwatch(id, listings);
    }

    pub(in crate::tws::gateway) fn market_data_type(&mut self, request: &MarketDataTypeRequest) {
        let asked = request.market_data_type.unwrap_or_default();
        if !(1..=4).contains(&asked) {
            return self.invalid(-1, &format!("Invalid market data type {asked}"));
        }
        self.state.lines.types.insert(self.from, asked);
        let State { lines, clients, .. } = &mut *self.state;
        let Some(client) = clients.get(&self.from) else {
            return;
        };
        for kept in lines.quotes.iter_mut() {
            let listing = self.exchange.listing_of(&kept.line.instrument);
            let session = listing.and_then(|listing| self.exchange.session_of(listing));
            let now = served(kept.line.delayed, asked, session.is_some());
            if kept.connection == self.from && kept.line.told_type != now {
                kept.line.told_type = now;
                client.send(&Reply::MarketDataType(MarketDataType {
                    req_id: Some(kept.req_id),
                    market_data_type: Some(now),
                }));
            }
        }
    }
}

impl State {
    /// Shows what changed on the lines of a listing, or plans to.
    pub(super) fn touch_quotes(
        &mut self,
        listing: usize,
        exchange: &mut Exchange,
        quote: &mut Option<Quote>,
    ) {
        let mut place = 0;
        while let Some(number) = self.lines.quotes.at(listing, place) {
            place += 1;
            self.touch_quote(number, Some(listing), exchange, quote);
        }
    }

    fn touch_quote(
        &mut self,
        number: u64,
        listing: Option<usize>,
        exchange: &mut Exchange,
        quote: &mut Option<Quote>,
    ) {
        let Some(kept) = self.lines.quotes.get_mut(number) else {
            return;
        };
        let now = exchange.now();
        let line = &mut kept.line;
        if line.waiting {
            return;
        }
        if now < line.ready_at {
            line.waiting = true;
            return self.timers.add(line.ready_at, Due::ShowLine(number));
        }
        if self.habits.conflate_market_data {
            line.ready_at = now + pause(&line.instrument);
        }
        let Some(client) = self.clients.get(&kept.connection) else {
            return;
        };
        let (id, pen) = (kept.req_id, &mut self.lines.pen);
        if matches!(line.instrument, Instrument::Combo(_)) || listing.is_none() {
            if let Some(quote) = look(exchange, &line.instrument, None) {
                line.show(&quote, client, id, pen, exchange);
            }
            return;
        }
        if quote.is_none() {
            *quote = look(exchange, &line.instrument, listing);
        }
        if let Some(quote) = quote {
            line.show(quote, client, id, pen, exchange);
        }
    }

    /// The time has come to show a line again.
    pub(in crate::tws::gateway) fn show_line(&mut self, number: u64, exchange: &mut Exchange) {
        if let Some(kept) = self.lines.quotes.get_mut(number) {
            kept.line.waiting = false;
            self.touch_quote(number, None, exchange, &mut None);
        }
    }

    /// Puts a trade into the figures of the lines of a listing.
    pub(super) fn print_on_quotes(
        &mut self,
        listing: usize,
        trade: &Trade,
        exchange: &mut Exchange,
    ) {
        let mut place = 0;
        let mut quote = None;
        while let Some(number) = self.lines.quotes.at(listing, place) {
            place += 1;
            if let Some(kept) = self.lines.quotes.get_mut(number)
                && kept.line.instrument == trade.instrument
            {
                kept.line.traded_at = Some(trade.time);
                if let Some(tape) = &mut kept.line.tape {
                    tape.add(trade);
                }
                self.touch_quote(number, Some(listing), exchange, &mut quote);
            }
        }
    }
}
