//! Books (request 10): changes against what the client was last shown.

use broker_core::model::{Depth, DepthLevel, Instrument};

use super::ladder::{Ladder, Step};
use crate::{
    exchange::Exchange,
    tws::{
        gateway::{client::Client, contracts::listed_on, state::State, turn::Turn},
        message::{
            CancelMarketDepth, MarketDepth, MarketDepthData, MarketDepthL2, MarketDepthRequest,
            Reply,
        },
    },
};

/// An open book.
#[derive(Debug)]
pub(super) struct DepthLine {
    rows: usize,
    /// Whether rows come with the name of an exchange (message 13).
    named: Option<&'static str>,
    smart: bool,
    halted: bool,
    bids: Ladder,
    asks: Ladder,
}

/// Sides by the protocol's numbers.
const ASK: i32 = 0;
const BID: i32 = 1;

/// What a client is told before a book starts again.
const RESET: &str = "Market depth data has been RESET. Please empty deep book contents before applying any new entries.";

impl DepthLine {
    /// Sends what is different from what has been shown.
    fn show(&mut self, depth: &Depth, client: &Client, id: i32) {
        let rows = self.rows;
        let top = |levels: &[DepthLevel]| levels.len().min(rows);
        let (named, smart) = (self.named, self.smart);
        for (side, ladder, levels) in [
            (BID, &mut self.bids, &depth.bids),
            (ASK, &mut self.asks, &depth.asks),
        ] {
            let levels = levels.get(..top(levels)).unwrap_or_default();
            ladder.follow(levels, |step: Step, place, row| {
                let (price, size) = row.map_or((0.0, "0".to_owned()), |(price, size)| {
                    let price = crate::tws::gateway::contracts::double(price.get());
                    (price, size.normalize().to_string())
                });
                let data = MarketDepthData {
                    position: i32::try_from(place).ok(),
                    operation: Some(step.number()),
                    side: Some(side),
                    price: Some(price),
                    size: Some(size),
                    market_maker: named.map(str::to_owned),
                    is_smart_depth: named.map(|_| smart),
                };
                let (req_id, market_depth_data) = (Some(id), Some(data));
                client.send(&if named.is_some() {
                    Reply::MarketDepthL2(MarketDepthL2 {
                        req_id,
                        market_depth_data,
                    })
                } else {
                    Reply::MarketDepth(MarketDepth {
                        req_id,
                        market_depth_data,
                    })
                });
            });
        }
    }

    /// Tells the client to empty its copy.
    fn reset(&mut self, client: &Client, id: i32, at: i64) {
        client.error(id, 317, RESET, at);
        self.bids.clear();
        self.asks.clear();
    }
}

impl Turn<'_> {
    pub(in crate::tws::gateway) fn market_depth(&mut self, request: &MarketDepthRequest) {
        let Some(id) = self.request_id(request.req_id) else {
            return;
        };
        if self.state.lines.depth.contains(self.from, id) {
            return self.error(id, 322, "Error processing request.Duplicate ticker id");
        }
        let rows = request.num_rows.and_then(|rows| usize::try_from(rows).ok());
        let Some(rows) = rows.filter(|rows| *rows > 0) else {
            return self.invalid(id, "Invalid number of rows");
        };
        let Some(wanted) = self.wanted(id, request.contract.as_ref()) else {
            return;
        };
        if matches!(
            wanted.instrument,
            Instrument::Combo(_) | Instrument::Index(_)
        ) {
            let text =
                "Deep market data is not supported for this combination of security type/exchange";
            return self.error(id, 10092, text);
        }
        if self.state.habits.delayed_data_only {
            return self.error(id, 354, "Requested market data is not subscribed.");
        }
        let limit = self.state.habits.depth_lines;
        if self.state.lines.depth.len() >= limit {
            let text = format!("Max number ({limit}) of market depth requests has been reached");
            return self.error(id, 309, text);
        }
        let smart = request.is_smart_depth == Some(true);
        let share = matches!(wanted.instrument, Instrument::Equity(_));
        let line = DepthLine {
            rows,
            named: (smart || share).then(|| listed_on(&wanted.instrument)),
            smart,
            halted: false,
            bids: Ladder::default(),
            asks: Ladder::default(),
        };
        self.watch(&wanted.listings);
        let listing = wanted.listings.first().copied();
        let number = self.state.lines.next_number();
        let depth = &mut self.state.lines.depth;
        depth.put(number, (self.from, id), wanted.listings, line);
        if let Some(listing) = listing {
            self.state.show_depth(listing, self.exchange);
        }
    }

    pub(in crate::tws::gateway) fn cancel_market_depth(&mut self, request: &CancelMarketDepth) {
        let Some(id) = self.request_id(request.req_id) else {
            return;
        };
        match self.state.lines.depth.take(self.from, id) {
            Some(listings) => self.unwatch(id, Some(listings)),
            None => self.error(id, 310, "Can't find the subscribed market depth"),
        }
    }
}

impl State {
    /// Shows what changed in the book of a listing. A halt and its end start the copies again.
    pub(super) fn show_depth(&mut self, listing: usize, exchange: &mut Exchange) {
        if !self.lines.depth.follows(listing) {
            return;
        }
        let mut rows = 0;
        let mut place = 0;
        while let Some(number) = self.lines.depth.at(listing, place) {
            place += 1;
            let kept = self.lines.depth.get_mut(number);
            rows = rows.max(kept.map_or(0, |kept| kept.line.rows));
        }
        let Some((quote, depth)) = exchange.view(listing, rows) else {
            return;
        };
        let at = exchange.now().timestamp_millis();
        let mut place = 0;
        while let Some(number) = self.lines.depth.at(listing, place) {
            place += 1;
            let Some(kept) = self.lines.depth.get_mut(number) else {
                continue;
            };
            let Some(client) = self.clients.get(&kept.connection) else {
                continue;
            };
            if kept.line.halted != quote.halted {
                kept.line.halted = quote.halted;
                kept.line.reset(client, kept.req_id, at);
            }
            kept.line.show(&depth, client, kept.req_id);
        }
    }

    /// Starts every copy of every book again.
    pub(in crate::tws::gateway) fn reset_depth(&mut self, exchange: &mut Exchange) {
        let at = exchange.now().timestamp_millis();
        for kept in self.lines.depth.iter_mut() {
            if let Some(client) = self.clients.get(&kept.connection) {
                kept.line.reset(client, kept.req_id, at);
            }
        }
        for listing in self.lines.depth.followed() {
            self.show_depth(listing, exchange);
        }
    }
}
