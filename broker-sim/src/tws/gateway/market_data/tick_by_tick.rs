//! Every single tick (request 97).

use broker_core::model::{Instrument, Price, Quote, Trade};
use rust_decimal::Decimal;

use super::quotes::look;
use crate::{
    exchange::Exchange,
    tws::{
        gateway::{
            client::Client,
            contracts::{double, listed_on},
            state::State,
            turn::Turn,
        },
        message::{
            CancelTickByTick, HistoricalTick, HistoricalTickBidAsk, HistoricalTickLast, Reply,
            TickAttribBidAsk, TickAttribLast, TickByTick, TickByTickData, TickByTickRequest,
        },
    },
};

/// The four kinds, by the protocol's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tws::gateway) enum TickKind {
    Last,
    AllLast,
    BidAsk,
    MidPoint,
}

impl TickKind {
    fn read(word: &str) -> Option<Self> {
        Some(match word {
            "Last" => Self::Last,
            "AllLast" => Self::AllLast,
            "BidAsk" => Self::BidAsk,
            "MidPoint" => Self::MidPoint,
            _ => return None,
        })
    }

    const fn number(self) -> i32 {
        match self {
            Self::Last => 1,
            Self::AllLast => 2,
            Self::BidAsk => 3,
            Self::MidPoint => 4,
        }
    }

    const fn is_trades(self) -> bool {
        matches!(self, Self::Last | Self::AllLast)
    }
}

/// An open line of ticks.
#[derive(Debug)]
pub(super) struct TickLine {
    instrument: Instrument,
    kind: TickKind,
    /// Whether a change of size alone is left out.
    ignore_size: bool,
    shown: Option<Best>,
}

/// Best prices and their sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Best {
    bid: Option<Decimal>,
    ask: Option<Decimal>,
    bid_size: Decimal,
    ask_size: Decimal,
}

impl TickLine {
    /// A quote as a tick, when it is different from the last one.
    fn quote(&mut self, quote: &Quote) -> Option<TickByTick> {
        let price = |price: Option<Price>| price.map(Price::get);
        let mut now = Best {
            bid: price(quote.bid),
            ask: price(quote.ask),
            bid_size: quote.bid_size.unwrap_or_default(),
            ask_size: quote.ask_size.unwrap_or_default(),
        };
        let sizes = (now.bid_size, now.ask_size);
        if self.ignore_size || self.kind == TickKind::MidPoint {
            (now.bid_size, now.ask_size) = (Decimal::ZERO, Decimal::ZERO);
        }
        if self.shown.replace(now) == Some(now) {
            return None;
        }
        let time = Some(quote.as_of.timestamp());
        if self.kind == TickKind::MidPoint {
            let middle = (now.bid? + now.ask?) / Decimal::TWO;
            return Some(TickByTick::MidPoint(HistoricalTick {
                time,
                price: Some(double(middle)),
                size: None,
            }));
        }
        let (high, low) = (price(quote.high), price(quote.low));
        let past = |best: Option<Decimal>, beyond: fn(&Decimal, &Decimal) -> bool, end| {
            Some(best.zip(end).is_some_and(|(best, end)| beyond(&best, &end)))
        };
        Some(TickByTick::BidAsk(HistoricalTickBidAsk {
            time,
            tick_attrib_bid_ask: Some(TickAttribBidAsk {
                bid_past_low: past(now.bid, Decimal::lt, low),
                ask_past_high: past(now.ask, Decimal::gt, high),
            }),
            price_bid: Some(now.bid.map_or(-1.0, double)),
            price_ask: Some(now.ask.map_or(-1.0, double)),
            size_bid: Some(sizes.0.normalize().to_string()),
            size_ask: Some(sizes.1.normalize().to_string()),
        }))
    }
}

/// A trade as the single ticks and the historical ones write it.
pub(in crate::tws::gateway) fn trade_tick(trade: &Trade) -> HistoricalTickLast {
    HistoricalTickLast {
        time: Some(trade.time.timestamp()),
        tick_attrib_last: Some(TickAttribLast {
            past_limit: Some(false),
            unreported: Some(false),
        }),
        price: Some(double(trade.price.get())),
        size: Some(trade.size.normalize().to_string()),
        exchange: Some(listed_on(&trade.instrument).to_owned()),
        special_conditions: Some(String::new()),
    }
}

fn send(client: &Client, id: i32, kind: TickKind, tick: TickByTick) {
    client.send(&Reply::TickByTick(TickByTickData {
        req_id: Some(id),
        tick_type: Some(kind.number()),
        tick: Some(tick),
    }));
}

impl Turn<'_> {
    pub(in crate::tws::gateway) fn tick_by_tick(&mut self, request: &TickByTickRequest) {
        let Some(id) = self.request_id(request.req_id) else {
            return;
        };
        if self.state.lines.ticks.contains(self.from, id) {
            return self.error(id, 322, "Error processing request.Duplicate ticker id");
        }
        let word = request.tick_type.as_deref().unwrap_or_default();
        let Some(kind) = TickKind::read(word) else {
            return self.invalid(id, &format!("Invalid tick-by-tick type {word}"));
        };
        let history = usize::try_from(request.number_of_ticks.unwrap_or_default());
        let Some(history) = history.ok().filter(|history| *history <= 1_000) else {
            return self.invalid(id, "Number of ticks must be from 0 to 1000");
        };
        let Some(wanted) = self.wanted(id, request.contract.as_ref()) else {
            return;
        };
        let failed = |why: &str| format!("Failed to request tick-by-tick data.{why}");
        let refusal = match wanted.instrument {
            Instrument::Combo(_) => Some("BAG is not supported"),
            Instrument::Forex(_) if kind.is_trades() => Some("There are no trades of CASH"),
            Instrument::Index(_) if !kind.is_trades() => Some("There are no quotes of IND"),
            _ if self.state.habits.delayed_data_only => {
                Some("Requested market data is not subscribed.")
            }
            _ => None,
        };
        if let Some(refusal) = refusal {
            return self.error(id, 10189, failed(refusal));
        }
        if self.state.lines.ticks.len() >= self.state.habits.tick_by_tick_lines {
            let text = "Max number of tick-by-tick requests has been reached.";
            return self.error(id, 10190, text);
        }
        if history > 0 {
            self.newest_ticks(id, &wanted.instrument, kind, history);
        }
        self.watch(&wanted.listings);
        let line = TickLine {
            instrument: wanted.instrument,
            kind,
            ignore_size: request.ignore_size == Some(true),
            shown: None,
        };
        let listing = wanted.listings.first().copied();
        let number = self.state.lines.next_number();
        let ticks = &mut self.state.lines.ticks;
        ticks.put(number, (self.from, id), wanted.listings, line);
        if let Some(listing) = listing {
            self.state
                .tick_quote(number, listing, self.exchange, &mut None);
        }
    }

    pub(in crate::tws::gateway) fn cancel_tick_by_tick(&mut self, request: &CancelTickByTick) {
        let Some(id) = self.request_id(request.req_id) else {
            return;
        };
        let listings = self.state.lines.ticks.take(self.from, id);
        self.unwatch(id, listings);
    }
}

impl State {
    /// Tells the lines of a listing about new best prices.
    pub(super) fn tick_quotes(
        &mut self,
        listing: usize,
        exchange: &mut Exchange,
        quote: &mut Option<Quote>,
    ) {
        let mut place = 0;
        while let Some(number) = self.lines.ticks.at(listing, place) {
            place += 1;
            self.tick_quote(number, listing, exchange, quote);
        }
    }

    fn tick_quote(
        &mut self,
        number: u64,
        listing: usize,
        exchange: &mut Exchange,
        quote: &mut Option<Quote>,
    ) {
        let Some(kept) = self.lines.ticks.get_mut(number) else {
            return;
        };
        if kept.line.kind.is_trades() {
            return;
        }
        if quote.is_none() {
            *quote = look(exchange, &kept.line.instrument, Some(listing));
        }
        if let (Some(quote), Some(client)) = (quote, self.clients.get(&kept.connection))
            && let Some(tick) = kept.line.quote(quote)
        {
            send(client, kept.req_id, kept.line.kind, tick);
        }
    }

    /// Tells the lines of a listing about a trade.
    pub(super) fn tick_trade(&mut self, listing: usize, trade: &Trade) {
        let mut place = 0;
        while let Some(number) = self.lines.ticks.at(listing, place) {
            place += 1;
            if let Some(kept) = self.lines.ticks.get_mut(number)
                && kept.line.kind.is_trades()
                && let Some(client) = self.clients.get(&kept.connection)
            {
                let tick = TickByTick::Last(trade_tick(trade));
                send(client, kept.req_id, kept.line.kind, tick);
            }
        }
    }
}
