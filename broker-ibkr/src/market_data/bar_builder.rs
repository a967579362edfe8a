//! Longer bars out of five-second ones.

use broker_core::model::{Bar, BarInterval, Price};
use chrono::{DateTime, Utc};
use ibapi::market_data::realtime::Bar as WireBar;
use rust_decimal::Decimal;

use crate::{convert, instrument::Listing};

/// Length of the gateway's bars in seconds.
const PIECE: i64 = 5;

/// Puts bars together. Bars begin at whole multiples of their length since midnight UTC.
#[derive(Debug)]
pub(super) struct BarBuilder {
    seconds: i64,
    open: Option<Growing>,
}

#[derive(Debug)]
struct Growing {
    bar: Bar,
    /// Whether the piece that it begins with is there: a bar that was joined in the middle is
    /// nobody's bar.
    whole: bool,
    /// Price × volume of the pieces that have both.
    turnover: Option<Decimal>,
}

impl BarBuilder {
    /// A builder, for intervals shorter than a day.
    pub(super) fn new(interval: BarInterval) -> Option<Self> {
        Some(Self {
            seconds: interval.seconds()?,
            open: None,
        })
    }

    /// Forgets the bar that grows; for a line that was opened again.
    pub(super) fn clear(&mut self) {
        self.open = None;
    }

    /// Takes a piece in and gives back the bars that are complete: the one before it, when nothing
    /// was traded at its end, and its own, when it is the last piece.
    pub(super) fn take(&mut self, piece: &Bar) -> [Option<Bar>; 2] {
        let at = piece.start.timestamp();
        let start = at - at.rem_euclid(self.seconds);
        let mut before = None;
        match &mut self.open {
            Some(open) if open.bar.start.timestamp() == start => open.add(piece),
            open => {
                let whole = at == start;
                before = open.take().and_then(Growing::finish);
                let Some(start) = DateTime::from_timestamp(start, 0) else {
                    return [before, None];
                };
                *open = Some(Growing::begin(piece, start, whole));
            }
        }
        let last = at + PIECE >= start + self.seconds;
        let own = if last { self.open.take() } else { None };
        [before, own.and_then(Growing::finish)]
    }
}

impl Growing {
    fn begin(piece: &Bar, start: DateTime<Utc>, whole: bool) -> Self {
        let mut bar = piece.clone();
        bar.start = start;
        Self {
            turnover: turnover(piece),
            bar,
            whole,
        }
    }

    fn add(&mut self, piece: &Bar) {
        let bar = &mut self.bar;
        bar.high = bar.high.max(piece.high);
        bar.low = bar.low.min(piece.low);
        bar.close = piece.close;
        bar.volume = bar.volume.zip(piece.volume).map(|(one, other)| one + other);
        bar.trades = bar.trades.zip(piece.trades).map(|(one, other)| one + other);
        self.turnover = self
            .turnover
            .zip(turnover(piece))
            .and_then(|(one, other)| one.checked_add(other));
    }

    fn finish(self) -> Option<Bar> {
        let Self {
            mut bar,
            whole,
            turnover,
        } = self;
        bar.vwap = turnover
            .zip(bar.volume)
            .and_then(|(turnover, volume)| turnover.checked_div(volume))
            .and_then(|price| Price::new(price.round_dp(broker_core::model::MAX_SCALE)).ok());
        whole.then_some(bar)
    }
}

/// What the piece's trades cost; nothing for a piece without trades.
fn turnover(piece: &Bar) -> Option<Decimal> {
    match (piece.vwap, piece.volume) {
        (_, Some(volume)) if volume.is_zero() => Some(Decimal::ZERO),
        (Some(price), Some(volume)) => price.get().checked_mul(volume),
        _ => None,
    }
}

/// One of the gateway's bars; `None` when its prices mean "no value".
pub(super) fn piece(listing: &Listing, wire: &WireBar, trades: bool) -> Option<Bar> {
    let start = convert::utc(wire.date).ok()?;
    let mut bar = Bar::new(start, listing.price(wire.close)?);
    bar.open = listing.price(wire.open)?;
    bar.high = listing.price(wire.high)?;
    bar.low = listing.price(wire.low)?;
    if trades {
        figures(&mut bar, listing, wire.volume, wire.wap, wire.count);
    }
    Some(bar)
}

/// Fills in what only bars of trades have.
pub(super) fn figures(bar: &mut Bar, listing: &Listing, volume: f64, average: f64, count: i32) {
    bar.volume = convert::size(volume);
    bar.trades = u64::try_from(count).ok().filter(|_| count != i32::MAX);
    // An average of 0 over no trades is no price.
    bar.vwap = listing.quote_price(average, None);
}
