use broker_core::{
    Error,
    feed::{FeedGap, FeedSink},
    model::{Instrument, Price, Quote},
};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::{
    convert::from_millis,
    market_data::quotes::shown,
    push::{Listener, Market, QuoteData, QuoteHalves, double},
};

/// Best prices and the day's figures, push by push.
pub(super) struct QuoteLine {
    sink: FeedSink,
    quote: Quote,
    /// Whether a push has told the half since the line was opened.
    trades: bool,
    best: bool,
    /// Whether something has been taken in and not told yet.
    fresh: bool,
}

fn price(told: Option<f64>) -> Option<Price> {
    shown(double(told?))
}

fn count(told: Option<i64>) -> Option<Decimal> {
    told.filter(|size| *size > 0).map(Decimal::from)
}

impl QuoteLine {
    pub(super) fn new(instrument: Instrument, now: DateTime<Utc>, sink: FeedSink) -> Self {
        Self {
            sink,
            quote: Quote::new(instrument, now),
            trades: false,
            best: false,
            fresh: false,
        }
    }

    fn take_best(&mut self, data: &QuoteData) {
        // Both sides are always told: one that is absent has nobody.
        let quote = &mut self.quote;
        quote.bid = price(data.bid_price);
        quote.bid_size = quote.bid.and(count(data.bid_size));
        quote.ask = price(data.ask_price);
        quote.ask_size = quote.ask.and(count(data.ask_size));
        self.best = true;
    }

    fn take_trades(&mut self, data: &QuoteData) {
        let quote = &mut self.quote;
        let set = |place: &mut Option<Price>, told: Option<f64>| {
            if let Some(told) = price(told) {
                *place = Some(told);
            }
        };
        if data.latest_price.is_some() {
            // The size of the last trade is not pushed, and something has been traded.
            quote.last_size = None;
            quote.halted = false;
            let sent = data.latest_price_timestamp.unwrap_or(data.timestamp);
            quote.last_at = sent.try_into().ok().and_then(from_millis);
        }
        set(&mut quote.last, data.latest_price);
        set(&mut quote.open, data.open);
        set(&mut quote.high, data.high);
        set(&mut quote.low, data.low);
        set(
            &mut quote.previous_close,
            data.pre_settlement.or(data.pre_close),
        );
        let volume = data.volume_decimal.and_then(|volume| double(volume).get());
        if let Some(volume) = volume.or(data.volume.map(Decimal::from)) {
            quote.volume = Some(volume).filter(|volume| !volume.is_sign_negative());
        }
        self.trades = true;
    }

    fn publish(&mut self) {
        self.fresh = false;
        self.sink.quote(self.quote.clone());
    }
}

impl Listener for QuoteLine {
    fn take(&mut self, data: Market<'_>) {
        let Market::Quote(data) = data else {
            return;
        };
        let (trades, best) = match QuoteHalves::try_from(data.r#type) {
            Ok(QuoteHalves::All) => (true, true),
            Ok(QuoteHalves::Basic) => (true, false),
            Ok(QuoteHalves::Bbo) => (false, true),
            // A kind that nobody knows says nothing that could be told apart.
            Ok(QuoteHalves::None) | Err(_) => return,
        };
        if trades {
            self.take_trades(data);
        }
        if best {
            self.take_best(data);
        }
        let sent = data.timestamp.try_into().ok().and_then(from_millis);
        // Pushes may come in another order than they were sent in.
        self.quote.as_of = sent.unwrap_or(self.quote.as_of).max(self.quote.as_of);
        self.fresh = true;
    }

    fn settle(&mut self) {
        if self.fresh {
            self.publish();
        }
    }

    fn fill_in(&mut self, asked: &Quote) {
        let quote = &mut self.quote;
        if !self.best {
            quote.bid = asked.bid;
            quote.bid_size = asked.bid_size;
            quote.ask = asked.ask;
            quote.ask_size = asked.ask_size;
        }
        if !self.trades {
            quote.last = asked.last;
            quote.last_size = asked.last_size;
            quote.last_at = asked.last_at;
            quote.volume = asked.volume;
            quote.halted = asked.halted;
            quote.as_of = if self.best { quote.as_of } else { asked.as_of };
        }
        // Outside the regular session pushes tell none of these.
        for (place, told) in [
            (&mut quote.open, asked.open),
            (&mut quote.high, asked.high),
            (&mut quote.low, asked.low),
            (&mut quote.previous_close, asked.previous_close),
        ] {
            if place.is_none() {
                *place = told;
            }
        }
        self.publish();
    }

    fn lose(&mut self, gap: FeedGap) {
        self.settle();
        let (instrument, as_of) = (self.quote.instrument.clone(), self.quote.as_of);
        self.quote = Quote::new(instrument, as_of);
        (self.trades, self.best) = (false, false);
        self.sink.gap(gap);
    }

    fn fail(&mut self, error: Error) {
        self.settle();
        self.sink.fail(error.in_operation("open_line"));
    }
}
