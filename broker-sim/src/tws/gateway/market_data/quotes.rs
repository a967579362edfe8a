//! Market data lines (request 1).

use broker_core::model::{Instrument, Price, Quote, Trade};
use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Lines,
    delayed::served,
    generic::{self, Generics},
    late::{self, Best, Late, Sight},
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
    pub(super) told_type: i32,
    /// The best prices that were shown last while the market was open.
    pub(super) last_best: Option<Best>,
    /// What a late line has shown.
    pub(super) seen: Option<Sight>,
    /// What an option's underlying cost when a late line saw it.
    pub(super) underlying: Option<Price>,
    /// What a late line has still to show.
    late: Late,
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
        let late = delayed.then(|| late::of_late(self.exchange, &wanted.instrument));
        let late = late.flatten();
        let open = match &late {
            Some((first, _)) => first.is_open(),
            None => late::is_open(self.exchange, &wanted.instrument),
        };
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
        let (seen, changes) = late.unzip();
        let mut late = Late::default();
        for (at, sight) in changes.into_iter().flatten() {
            late.keep(sight, at);
        }
        let traded_at = newest.ok().and_then(|trades| Some(trades.first()?.time));
        Some(QuoteLine {
            instrument: wanted.instrument.clone(),
            delayed,
            generics,
            shown: Shown::default(),
            tape,
            traded_at,
            told_type,
            last_best: None,
            seen,
            underlying: None,
            late,
            ready_at: self.now(),
            waiting: false,
        })
    }

    /// A snapshot: everything that is known now, then the end.
    fn show_once(&mut self, id: i32, wanted: &Wanted, mut line: QuoteLine) {
        let asked = self.asked_type();
        let listing = wanted.listings.first().copied();
        let State { lines, clients, .. } = &mut *self.state;
        if let Some(client) = clients.get(&self.from) {
            let pen = &mut lines.pen;
            if line.delayed {
                if let Some(sight) = line.seen.take() {
                    line.show_late(sight, client, (id, asked), pen, self.exchange);
                }
            } else if let Some(quote) = look(self.exchange, &wanted.instrument, listing) {
                line.show_now(&quote, client, (id, asked), pen, self.exchange);
            }
        }
        let end = TickSnapshotEnd { req_id: Some(id) };
        self.reply(&Reply::TickSnapshotEnd(end));
    }

    fn asked_type(&self) -> i32 {
        self.state.lines.types.get(&self.from).copied().unwrap_or(1)
    }

    fn open_quotes(&mut self, id: i32, wanted: Wanted, line: QuoteLine) {
        self.watch(&wanted.listings);
        self.send_once_generics(id, &line);
        let number = self.state.lines.next_number();
        let quotes = &mut self.state.lines.quotes;
        let late: Vec<DateTime<Utc>> = line.late.instants().collect();
        quotes.put(number, (self.from, id), wanted.listings, line);
        for due in late {
            self.state.timers.add(due, Due::ShowLine(number));
        }
        self.state.open_late(number, self.exchange);
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
        let Lines { quotes, pen, .. } = lines;
        for kept in quotes
            .iter_mut()
            .filter(|kept| kept.connection == self.from)
        {
            let (line, wanted) = (&mut kept.line, (kept.req_id, asked));
            if line.delayed {
                if let Some(sight) = line.seen.take() {
                    line.show_late(sight, client, wanted, pen, self.exchange);
                }
            } else if let Some(quote) = look(self.exchange, &line.instrument, None) {
                line.show_now(&quote, client, wanted, pen, self.exchange);
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
        if line.delayed {
            if let Some(quote) = look(exchange, &line.instrument, listing) {
                let sight = line.sight(quote, exchange);
                if let Some(due) = line.late.keep(sight, now) {
                    self.timers.add(due, Due::ShowLine(number));
                }
            }
            return;
        }
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
        let asked = self.lines.types.get(&kept.connection).copied().unwrap_or(1);
        let (wanted, pen) = ((kept.req_id, asked), &mut self.lines.pen);
        if matches!(line.instrument, Instrument::Combo(_)) || listing.is_none() {
            if let Some(quote) = look(exchange, &line.instrument, None) {
                line.show_now(&quote, client, wanted, pen, exchange);
            }
            return;
        }
        if quote.is_none() {
            *quote = look(exchange, &line.instrument, listing);
        }
        if let Some(quote) = quote {
            line.show_now(quote, client, wanted, pen, exchange);
        }
    }

    /// Shows a new late line what was in force when its delay begins.
    fn open_late(&mut self, number: u64, exchange: &mut Exchange) {
        if let Some(kept) = self.lines.quotes.get_mut(number)
            && let Some(sight) = kept.line.seen.take()
        {
            self.show_sight(number, sight, exchange);
        }
    }

    fn show_sight(&mut self, number: u64, sight: Sight, exchange: &mut Exchange) {
        let Lines {
            quotes, types, pen, ..
        } = &mut self.lines;
        if let Some(kept) = quotes.get_mut(number)
            && let Some(client) = self.clients.get(&kept.connection)
        {
            let asked = types.get(&kept.connection).copied().unwrap_or(1);
            let wanted = (kept.req_id, asked);
            kept.line.show_late(sight, client, wanted, pen, exchange);
        }
    }

    /// The time has come to show a line again.
    pub(in crate::tws::gateway) fn show_line(&mut self, number: u64, exchange: &mut Exchange) {
        let Some(kept) = self.lines.quotes.get_mut(number) else {
            return;
        };
        if kept.line.delayed {
            if let Some(sight) = kept.line.late.take_due(exchange.now()) {
                self.show_sight(number, sight, exchange);
            }
            return;
        }
        kept.line.waiting = false;
        self.touch_quote(number, None, exchange, &mut None);
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
