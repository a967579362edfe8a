//! Prices as they are pushed: quotes, books, single trades, the minute's bar, the most traded.
//!
//! `subscribe` reads what is wanted, `line` keeps it, the other files write one kind of push each. What
//! is wanted belongs to the developer and is watched at the exchange until it is let go.

mod bars;
mod depth;
mod line;
mod quotes;
mod subscribe;
mod ticks;
mod tops;

#[cfg(test)]
mod market_tests;

use broker_core::model::Trade;
use chrono::TimeDelta;
use serde_json::{Map, Value};

use self::{
    bars::BarTold,
    depth::DepthTold,
    line::{Line, Lines},
    quotes::QuoteTold,
    ticks::TickTold,
    tops::Tops,
};
use crate::{
    exchange::Exchange,
    tiger::{
        gateway::state::{Due, State},
        push::{DataType, Payload, PushData},
    },
};

/// What the developer wants to hear about prices. It outlives connections; the listings in it are
/// watched at the exchange until [`State::drop_market`].
#[derive(Debug, Default)]
pub(in crate::tiger::gateway) struct MarketSubscriptions {
    quotes: Lines<QuoteTold>,
    depth: Lines<DepthTold>,
    ticks: Lines<TickTold>,
    bars: Lines<BarTold>,
    tops: Tops,
}

/// Something about prices that is pushed at an instant of the exchange's clock.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::tiger::gateway) enum MarketDue {
    /// The book of a symbol may be pushed again.
    Depth(String),
    /// The trades of a symbol that wait are pushed.
    Ticks(String),
    /// The lists of the most traded are pushed.
    Tops,
}

/// Quotes, ticks and bars, and books, that the developer's level may subscribe to.
const ALLOWED: usize = 100;
const BOOKS_ALLOWED: usize = 20;
/// How long trades wait for others to be pushed together.
const TOGETHER: TimeDelta = TimeDelta::milliseconds(200);

fn data(kind: DataType, payload: Payload) -> PushData {
    PushData {
        data_type: kind.into(),
        payload: Some(payload),
    }
}

impl State {
    /// Lets every subscription of market data go.
    pub(in crate::tiger::gateway) fn drop_market(&mut self, exchange: &mut Exchange) {
        let market = std::mem::take(&mut self.push.market);
        // The appointment stays.
        self.push.market.tops.waits = market.tops.waits;
        let watched = market.quotes.listings().chain(market.depth.listings());
        let watched = watched.chain(market.ticks.listings());
        for listing in watched.chain(market.bars.listings()) {
            exchange.watch(listing, false);
        }
    }

    /// Writes limits and symbols into the list of subscriptions (111).
    pub(super) fn list_market(&self, list: &mut Map<String, Value>) {
        let market = &self.push.market;
        let mut put = |limit: &str, used: &str, symbols: &str, allowed: usize, names: Vec<&str>| {
            list.insert(limit.into(), allowed.into());
            list.insert(used.into(), names.len().into());
            list.insert(symbols.into(), names.into());
        };
        put(
            "limit",
            "used",
            "subscribedSymbols",
            ALLOWED,
            market.quotes.symbols(),
        );
        put(
            "askBidLimit",
            "askBidUsed",
            "subscribedAskBidSymbols",
            BOOKS_ALLOWED,
            market.depth.symbols(),
        );
        put(
            "tradeTickLimit",
            "tradeTickUsed",
            "subscribedTradeTickSymbols",
            ALLOWED,
            market.ticks.symbols(),
        );
        put(
            "klineLimit",
            "klineUsed",
            "subscribedKlineSymbols",
            ALLOWED,
            market.bars.symbols(),
        );
    }

    /// The best prices or the book of a listing changed.
    pub(in crate::tiger::gateway) fn on_market(&mut self, listing: usize, exchange: &mut Exchange) {
        let mut pushes = Vec::new();
        let market = &mut self.push.market;
        for (symbol, line) in market.quotes.of(listing) {
            pushes.extend(quotes::changed(symbol, line, exchange));
        }
        for (symbol, line) in market.depth.of(listing) {
            let (push, again) = depth::changed(symbol, line, exchange);
            pushes.extend(push);
            if let Some(at) = again {
                let due = Due::Market(MarketDue::Depth(symbol.to_owned()));
                self.timers.add(at, due);
            }
        }
        for (symbol, line) in market.bars.of(listing) {
            pushes.extend(bars::changed(symbol, line, exchange));
        }
        self.push_all(pushes);
    }

    /// A trade was printed.
    pub(in crate::tiger::gateway) fn on_print(
        &mut self,
        listing: usize,
        trade: &Trade,
        exchange: &mut Exchange,
    ) {
        let mut pushes = Vec::new();
        let market = &mut self.push.market;
        for (symbol, line) in market.ticks.of(listing) {
            if line.told.take(trade) {
                let due = Due::Market(MarketDue::Ticks(symbol.to_owned()));
                self.timers.add(exchange.now() + TOGETHER, due);
            }
        }
        for (symbol, line) in market.quotes.of(listing) {
            pushes.extend(quotes::changed(symbol, line, exchange));
        }
        for (symbol, line) in market.bars.of(listing) {
            pushes.extend(bars::changed(symbol, line, exchange));
        }
        self.push_all(pushes);
    }

    /// Pushes what is due.
    pub(in crate::tiger::gateway) fn play_market(
        &mut self,
        due: MarketDue,
        exchange: &mut Exchange,
    ) {
        let full = self.push.full_tick;
        let market = &mut self.push.market;
        let push = match due {
            MarketDue::Tops => {
                let pushes = market.tops.write(exchange);
                market.tops.waits = market.tops.len() > 0;
                if market.tops.waits {
                    let at = tops::next(exchange.now());
                    self.timers.add(at, Due::Market(MarketDue::Tops));
                }
                return self.push_all(pushes);
            }
            MarketDue::Depth(symbol) => market.depth.get_mut(&symbol).and_then(|line| {
                let (push, again) = depth::again(&symbol, line, exchange);
                if let Some(at) = again {
                    let due = Due::Market(MarketDue::Depth(symbol.clone()));
                    self.timers.add(at, due);
                }
                push
            }),
            MarketDue::Ticks(symbol) => {
                let line = market.ticks.get_mut(&symbol);
                line.and_then(|line| ticks::collected(&symbol, line, full, exchange.now()))
            }
        };
        self.push_all(push.into_iter().collect());
    }

    /// Subscriptions of market data that are open.
    pub(in crate::tiger::gateway) fn market_lines(&self) -> usize {
        let market = &self.push.market;
        let lines = market.quotes.len() + market.depth.len() + market.ticks.len();
        lines + market.bars.len() + market.tops.len()
    }

    fn push_all(&self, pushes: Vec<PushData>) {
        for push in pushes {
            self.push.send(push);
        }
    }
}
