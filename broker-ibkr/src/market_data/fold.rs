//! One quote out of many ticks.

use std::sync::Arc;

use broker_core::model::{Greeks, Quote};
use chrono::{DateTime, Utc};
use ibapi::{
    contracts::{OptionComputation, tick_types::TickType},
    market_data::{MarketDataType, realtime::TickTypes},
};
use rust_decimal::Decimal;

use crate::{convert, instrument::Listing};

/// The newest best prices, tick by tick.
#[derive(Debug)]
pub(crate) struct QuoteFold {
    listing: Arc<Listing>,
    quote: Quote,
    told: Told,
}

/// The gateway's own number behind each figure of the quote: told again, it need not be made exact
/// again. Not a number until one has been told, which equals nothing.
#[derive(Debug)]
struct Told {
    bid: f64,
    ask: f64,
    last: f64,
    high: f64,
    low: f64,
    previous_close: f64,
    open: f64,
    bid_size: f64,
    ask_size: f64,
    last_size: f64,
    volume: f64,
}

impl Told {
    const NOTHING: Self = Self {
        bid: f64::NAN,
        ask: f64::NAN,
        last: f64::NAN,
        high: f64::NAN,
        low: f64::NAN,
        previous_close: f64::NAN,
        open: f64::NAN,
        bid_size: f64::NAN,
        ask_size: f64::NAN,
        last_size: f64::NAN,
        volume: f64::NAN,
    };
}

impl QuoteFold {
    pub(crate) fn new(listing: Arc<Listing>, now: DateTime<Utc>) -> Self {
        let quote = Quote::new(listing.instrument.clone(), now);
        Self {
            listing,
            quote,
            told: Told::NOTHING,
        }
    }

    /// Takes a tick in and says whether the quote is another one now.
    pub(crate) fn take(&mut self, tick: &TickTypes) -> bool {
        match tick {
            TickTypes::PriceSize(tick) => {
                let one = self.price(tick.price_tick_type, tick.price, Some(tick.size));
                let other = self.size(tick.size_tick_type, tick.size);
                one | other
            }
            TickTypes::Price(tick) => self.price(tick.tick_type, tick.price, None),
            TickTypes::Size(tick) => self.size(tick.tick_type, tick.size),
            TickTypes::Generic(tick) => match tick.tick_type {
                TickType::Halted | TickType::DelayedHalted => self.halted(tick.value),
                _ => false,
            },
            TickTypes::MarketDataType(kind) => match kind {
                MarketDataType::Realtime | MarketDataType::Frozen => self.set_delayed(false),
                MarketDataType::Delayed | MarketDataType::DelayedFrozen => self.set_delayed(true),
                // A kind that nobody knows says nothing about the prices.
                MarketDataType::Unknown => false,
            },
            TickTypes::String(_)
            | TickTypes::OptionComputation(_)
            | TickTypes::SnapshotEnd
            | TickTypes::RequestParameters(_) => false,
        }
    }

    /// The gateway announced that it sends delayed prices instead of live ones.
    pub(crate) fn set_delayed(&mut self, delayed: bool) -> bool {
        core::mem::replace(&mut self.quote.delayed, delayed) != delayed
    }

    /// The quote as it is now.
    pub(crate) fn quote(&mut self, now: DateTime<Utc>) -> Quote {
        self.quote.as_of = now;
        self.quote.clone()
    }

    /// Whether nothing that a snapshot brings is missing, so that its end need not be waited for.
    pub(crate) fn is_whole(&self) -> bool {
        let quote = &self.quote;
        let prices = [
            quote.bid, quote.ask, quote.last, quote.open, quote.high, quote.low,
        ];
        prices.iter().all(Option::is_some)
            && quote.previous_close.is_some()
            && quote.volume.is_some()
            && quote.bid_size.is_some()
            && quote.ask_size.is_some()
    }

    fn price(&mut self, kind: TickType, wire: f64, size: Option<f64>) -> bool {
        let delayed = matches!(
            kind,
            TickType::DelayedBid
                | TickType::DelayedAsk
                | TickType::DelayedLast
                | TickType::DelayedHigh
                | TickType::DelayedLow
                | TickType::DelayedClose
                | TickType::DelayedOpen
        );
        let (quote, told) = (&mut self.quote, &mut self.told);
        let (place, told) = match kind {
            TickType::Bid | TickType::DelayedBid => (&mut quote.bid, &mut told.bid),
            TickType::Ask | TickType::DelayedAsk => (&mut quote.ask, &mut told.ask),
            TickType::Last | TickType::DelayedLast => (&mut quote.last, &mut told.last),
            TickType::High | TickType::DelayedHigh => (&mut quote.high, &mut told.high),
            TickType::Low | TickType::DelayedLow => (&mut quote.low, &mut told.low),
            TickType::Close | TickType::DelayedClose => {
                (&mut quote.previous_close, &mut told.previous_close)
            }
            TickType::Open | TickType::DelayedOpen => (&mut quote.open, &mut told.open),
            // The other hundred kinds are figures that a quote does not have.
            _ => return false,
        };
        // At −1 and 0 the quantity says whether there is a price at all.
        let again = *told == wire && wire != 0.0 && wire != -1.0;
        let mut changed = false;
        if !again {
            *told = wire;
            let price = self.listing.quote_price(wire, size);
            changed = *place != price;
            *place = price;
        }
        changed | (delayed && self.set_delayed(true))
    }

    fn size(&mut self, kind: TickType, wire: f64) -> bool {
        let (quote, told) = (&mut self.quote, &mut self.told);
        let (place, told) = match kind {
            TickType::BidSize | TickType::DelayedBidSize => {
                (&mut quote.bid_size, &mut told.bid_size)
            }
            TickType::AskSize | TickType::DelayedAskSize => {
                (&mut quote.ask_size, &mut told.ask_size)
            }
            TickType::LastSize | TickType::DelayedLastSize => {
                (&mut quote.last_size, &mut told.last_size)
            }
            TickType::Volume | TickType::DelayedVolume => (&mut quote.volume, &mut told.volume),
            // As above.
            _ => return false,
        };
        if *told == wire {
            return false;
        }
        *told = wire;
        let size = convert::size(wire);
        let changed = *place != size;
        *place = size;
        changed
    }

    /// 0 is trading, 1 a halt by the exchange, 2 a volatility pause, −1 not known.
    fn halted(&mut self, value: f64) -> bool {
        let halted = if value == 0.0 {
            false
        } else if value == 1.0 || value == 2.0 {
            true
        } else {
            return false;
        };
        core::mem::replace(&mut self.quote.halted, halted) != halted
    }
}

/// The quote of an option with what the gateway computes.
#[derive(Debug)]
pub(crate) struct OptionFold {
    /// Prices.
    pub(crate) quote: QuoteFold,
    /// Sensitivities at the model's price.
    pub(crate) greeks: Option<Greeks>,
    /// Contracts open.
    pub(crate) open_interest: Option<Decimal>,
    call: bool,
}

impl OptionFold {
    pub(crate) fn new(listing: Arc<Listing>, call: bool, now: DateTime<Utc>) -> Self {
        Self {
            quote: QuoteFold::new(listing, now),
            greeks: None,
            open_interest: None,
            call,
        }
    }

    /// Takes a tick in.
    pub(crate) fn take(&mut self, tick: &TickTypes) {
        match tick {
            TickTypes::OptionComputation(computed)
                if matches!(
                    computed.field,
                    TickType::ModelOption | TickType::DelayedModelOption
                ) =>
            {
                // A computation that is not finished takes nothing away.
                self.greeks = greeks(computed).or(self.greeks);
            }
            TickTypes::Size(size) if self.is_open_interest(size.tick_type) => {
                self.open_interest = convert::size(size.size);
            }
            tick => {
                self.quote.take(tick);
            }
        }
    }

    fn is_open_interest(&self, kind: TickType) -> bool {
        let own = if self.call {
            TickType::OptionCallOpenInterest
        } else {
            TickType::OptionPutOpenInterest
        };
        kind == own || kind == TickType::OpenInterest
    }

    /// Whether the prices and the sensitivities are there.
    pub(crate) fn is_whole(&self) -> bool {
        let quote = &self.quote.quote;
        quote.bid.is_some() && quote.ask.is_some() && self.greeks.is_some()
    }
}

/// Sensitivities; `None` unless all of them have been computed.
pub(crate) fn greeks(computed: &OptionComputation) -> Option<Greeks> {
    let figure = |value: Option<f64>| convert::figure(value?);
    Some(Greeks {
        implied_volatility: figure(computed.implied_volatility)?,
        delta: figure(computed.delta)?,
        gamma: figure(computed.gamma)?,
        theta: figure(computed.theta)?,
        vega: figure(computed.vega)?,
        // The gateway does not compute it.
        rho: None,
    })
}
