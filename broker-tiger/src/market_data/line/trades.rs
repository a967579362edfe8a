use broker_core::{
    Error,
    feed::{FeedGap, FeedSink},
    model::{Instrument, Mic, Price, Side, TickTable, Trade},
};
use rust_decimal::Decimal;

use super::single::single;
use crate::{
    convert::from_millis,
    push::{EachTradeData, Listener, Market, TradesData},
};

/// Every trade, once and in order.
pub(super) struct TradeLine {
    instrument: Instrument,
    ticks: Option<TickTable>,
    sink: FeedSink,
    /// The number and the time of the last trade, for knowing what was pushed twice and what was not
    /// pushed at all.
    last: Option<(i64, i64)>,
    /// Trades that have been taken in and not told yet.
    fresh: Vec<Trade>,
}

/// One trade as it was pushed.
struct Tick<'a> {
    number: i64,
    millis: i64,
    price: Option<Price>,
    volumes: &'a [i64],
    sign: Option<char>,
    venue: Option<&'a str>,
}

/// The exchange of one of the vendor's letters.
fn venue(letter: &str) -> Option<Mic> {
    let code = match letter.to_ascii_lowercase().as_str() {
        "a" => "XASE",
        "b" => "XBOS",
        "c" => "XCIS",
        "d" => "XADF",
        "j" => "EDGA",
        "k" => "EDGX",
        "l" => "LTSE",
        "m" => "XCHI",
        "n" => "XNYS",
        "p" => "ARCX",
        "t" => "XNAS",
        "u" => "MEMX",
        "v" => "IEXG",
        "x" => "XPSX",
        "y" => "BATY",
        "z" => "BATS",
        // The others are not exchanges of shares, or nobody has written down which.
        _ => return None,
    };
    code.parse().ok()
}

impl TradeLine {
    pub(super) fn new(instrument: Instrument, ticks: Option<TickTable>, sink: FeedSink) -> Self {
        Self {
            instrument,
            ticks,
            sink,
            last: None,
            fresh: Vec::new(),
        }
    }

    /// Something was lost after the trades before it.
    fn gap(&mut self, gap: FeedGap) {
        self.settle();
        self.sink.gap(gap);
    }

    /// Whether the trade is new; a hole before it is announced.
    fn is_new(&mut self, tick: &Tick<'_>) -> bool {
        if let Some((number, millis)) = self.last {
            let counted_anew = tick.number <= number && tick.millis > millis;
            if tick.number <= number && !counted_anew {
                return false;
            }
            let missed = tick.number.saturating_sub(number).saturating_sub(1);
            if missed > 0 {
                let told = format!("{missed} trades were not pushed");
                self.gap(FeedGap::BrokerLost(told.into()));
            }
        }
        self.last = Some((tick.number, tick.millis));
        true
    }

    fn tell(&mut self, tick: &Tick<'_>) {
        if !self.is_new(tick) {
            return;
        }
        let (Some(price), Some(time)) = (tick.price, from_millis(tick.millis)) else {
            let told = "a trade was pushed whose price or time cannot be read exactly";
            return self.gap(FeedGap::BrokerLost(told.into()));
        };
        for volume in tick.volumes.iter().filter(|volume| **volume > 0) {
            let size = Decimal::from(*volume);
            let mut trade = Trade::new(self.instrument.clone(), price, size, time);
            trade.aggressor = match tick.sign {
                Some('+') => Some(Side::Buy),
                Some('-') => Some(Side::Sell),
                _ => None,
            };
            trade.venue = tick.venue.and_then(venue);
            self.fresh.push(trade);
        }
    }

    fn take_compressed(&mut self, data: &TradesData) {
        let counts = [data.time.len(), data.price.len(), data.volume.len()];
        if counts.iter().any(|count| *count != data.time.len()) {
            let told = "trades were pushed whose lists do not go together";
            return self.gap(FeedGap::BrokerLost(told.into()));
        }
        let digits = u32::try_from(data.price_offset).ok();
        let mut millis = 0_i64;
        let mut signs = data.r#type.chars();
        let mut merged = data.merged.iter();
        let mut venues = data.part_code.iter();
        let rows = data.time.iter().zip(&data.price).zip(&data.volume);
        for (place, ((passed, above), volume)) in (0_i64..).zip(rows) {
            let number = data.sn.saturating_add(place);
            millis = millis.saturating_add(*passed);
            let parts = merged.next().map(|merged| merged.volume.as_slice());
            let parts = parts.filter(|parts| {
                parts
                    .iter()
                    .try_fold(0_i64, |sum, part| sum.checked_add(*part))
                    == Some(*volume)
            });
            let whole = [*volume];
            self.tell(&Tick {
                number,
                millis,
                price: exact(data.price_base, *above, digits),
                // What a trade of a future is made up of; all of it if the parts are not all.
                volumes: parts.unwrap_or(&whole),
                sign: signs.next(),
                venue: venues.next().map(String::as_str),
            });
        }
    }

    fn take_each(&mut self, data: &EachTradeData) {
        for one in &data.ticks {
            let volume = [i64::from(one.volume)];
            self.tell(&Tick {
                number: one.sn,
                millis: one.time,
                price: single(one.price, self.ticks.as_ref()),
                volumes: &volume,
                sign: one.r#type.chars().next(),
                venue: Some(&one.part_code),
            });
        }
    }
}

/// A price above a base, in units of so many digits after the point.
fn exact(base: i64, above: i64, digits: Option<u32>) -> Option<Price> {
    let whole = i128::from(base) + i128::from(above);
    let price = Decimal::try_from_i128_with_scale(whole, digits?).ok()?;
    Price::new(price.normalize()).ok()
}

impl Listener for TradeLine {
    fn take(&mut self, data: Market<'_>) {
        match data {
            Market::Trades(data) => self.take_compressed(data),
            Market::EachTrade(data) => self.take_each(data),
            Market::Quote(_) | Market::Depth(_) | Market::Bar(_) => {}
        }
    }

    fn settle(&mut self) {
        for trade in self.fresh.drain(..) {
            self.sink.trade(trade);
        }
    }

    fn lose(&mut self, gap: FeedGap) {
        self.last = None;
        self.gap(gap);
    }

    fn fail(&mut self, error: Error) {
        self.settle();
        self.sink.fail(error.in_operation("open_line"));
    }
}
