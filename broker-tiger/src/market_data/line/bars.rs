use std::sync::Arc;

use broker_core::{
    Clock, Error, Result,
    feed::{FeedGap, FeedSink},
    model::{Bar, BarInterval, MAX_SCALE, Price, TickTable},
};
use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;

use super::single::single;
use crate::{
    convert::from_millis,
    push::{BarData, Listener, Market, double},
};

/// What is pushed are minutes.
const MINUTE: i64 = 60;
/// How long after its end a bar may still be corrected, in seconds.
const GRACE: i64 = 2;

/// The length of a bar that minutes can be put together to.
///
/// # Errors
/// [`Unsupported`](broker_core::ErrorKind::Unsupported) for less than a minute, and for a day or longer.
pub(super) fn length(interval: BarInterval) -> Result<i64> {
    let seconds = interval.seconds().filter(|seconds| seconds % MINUTE == 0);
    seconds.ok_or_else(|| {
        let message =
            format!("bars of {interval} are not streamed: minutes are, and what is made of them");
        Error::unsupported(message).at_field("interval")
    })
}

/// Bars as they complete. They begin at whole multiples of their length since midnight UTC.
pub(super) struct BarLine {
    seconds: i64,
    ticks: Option<TickTable>,
    clock: Arc<dyn Clock>,
    sink: FeedSink,
    /// Since when nothing has been missed.
    since: DateTime<Utc>,
    /// The minute under way, as it was last told.
    minute: Option<Piece>,
    /// The bar that the minutes before it make.
    grown: Option<Piece>,
    /// The beginning of the last bar that was told.
    told: Option<DateTime<Utc>>,
}

/// A bar with what was paid in it.
#[derive(Debug, Clone)]
struct Piece {
    bar: Bar,
    amount: Option<Decimal>,
}

impl Piece {
    fn of(data: &BarData, ticks: Option<&TickTable>) -> Option<Self> {
        let price = |value| single(value, ticks);
        let mut bar = Bar::new(from_millis(data.time)?, price(data.close)?);
        bar.open = price(data.open)?;
        bar.high = price(data.high)?;
        bar.low = price(data.low)?;
        bar.volume = Some(Decimal::from(data.volume)).filter(|volume| *volume >= Decimal::ZERO);
        bar.trades = u64::try_from(data.count).ok();
        let amount = double(data.amount).computed();
        Some(Self {
            bar,
            amount: amount.filter(|amount| *amount > Decimal::ZERO),
        })
    }

    fn add(&mut self, later: &Self) {
        let (bar, other) = (&mut self.bar, &later.bar);
        bar.high = bar.high.max(other.high);
        bar.low = bar.low.min(other.low);
        bar.close = other.close;
        bar.volume = bar
            .volume
            .zip(other.volume)
            .and_then(|(one, other)| one.checked_add(other));
        bar.trades = bar
            .trades
            .zip(other.trades)
            .and_then(|(one, other)| one.checked_add(other));
        self.amount = self
            .amount
            .zip(later.amount)
            .and_then(|(one, other)| one.checked_add(other));
    }

    fn finish(self) -> Bar {
        let mut bar = self.bar;
        let average = self
            .amount
            .zip(bar.volume)
            .and_then(|(amount, volume)| amount.checked_div(volume));
        let average = average.and_then(|average| Price::new(average.round_dp(MAX_SCALE)).ok());
        // An amount in another unit than the prices makes no average of them.
        bar.vwap = average.filter(|average| (bar.low..=bar.high).contains(average));
        bar
    }
}

impl BarLine {
    pub(super) fn new(
        seconds: i64,
        ticks: Option<TickTable>,
        clock: Arc<dyn Clock>,
        sink: FeedSink,
    ) -> Self {
        Self {
            seconds,
            ticks,
            since: clock.now(),
            clock,
            sink,
            minute: None,
            grown: None,
            told: None,
        }
    }

    /// When the bar begins that an instant is in.
    fn start_of(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        let seconds = at.timestamp();
        let start = seconds - seconds.rem_euclid(self.seconds);
        DateTime::from_timestamp(start, 0).unwrap_or(at)
    }

    /// The minute under way is over.
    fn end_minute(&mut self) {
        let Some(minute) = self.minute.take() else {
            return;
        };
        let start = self.start_of(minute.bar.start);
        match &mut self.grown {
            Some(grown) if grown.bar.start == start => grown.add(&minute),
            _ => {
                self.end_bar();
                let mut first = minute;
                first.bar.start = start;
                self.grown = Some(first);
            }
        }
        if self.seconds == MINUTE {
            self.end_bar();
        }
    }

    fn end_bar(&mut self) {
        let Some(grown) = self.grown.take() else {
            return;
        };
        let start = grown.bar.start;
        self.told = Some(start);
        // A minute is always told from its beginning; a longer bar that was joined in the middle lacks
        // minutes and is nobody's bar.
        if self.seconds == MINUTE || self.since <= start {
            self.sink.bar(grown.finish());
        }
    }
}

impl Listener for BarLine {
    fn take(&mut self, data: Market<'_>) {
        let Market::Bar(data) = data else {
            return;
        };
        let Some(piece) = Piece::of(data, self.ticks.as_ref()) else {
            let told = "a bar was pushed whose prices cannot be read exactly";
            return self.sink.gap(FeedGap::BrokerLost(told.into()));
        };
        let start = self.start_of(piece.bar.start);
        if self.told.is_some_and(|told| start <= told) {
            return tracing::debug!(%start, "a bar was corrected after it had been told");
        }
        match &self.minute {
            Some(minute) if piece.bar.start < minute.bar.start => {}
            Some(minute) if piece.bar.start > minute.bar.start => {
                self.end_minute();
                if self
                    .grown
                    .as_ref()
                    .is_some_and(|grown| grown.bar.start < start)
                {
                    self.end_bar();
                }
                self.minute = Some(piece);
            }
            Some(_) | None => self.minute = Some(piece),
        }
    }

    fn pass(&mut self, now: DateTime<Utc>) {
        let over = |piece: &Piece, seconds: i64| {
            let end = TimeDelta::seconds(seconds + GRACE);
            let end = piece.bar.start.checked_add_signed(end);
            end.is_some_and(|end| now >= end)
        };
        if self
            .minute
            .as_ref()
            .is_some_and(|minute| over(minute, MINUTE))
        {
            self.end_minute();
        }
        let waits_for_more = self.minute.as_ref().is_some_and(|minute| {
            let grown = self.grown.as_ref().map(|grown| grown.bar.start);
            grown == Some(self.start_of(minute.bar.start))
        });
        let seconds = self.seconds;
        if !waits_for_more
            && self
                .grown
                .as_ref()
                .is_some_and(|grown| over(grown, seconds))
        {
            self.end_bar();
        }
    }

    fn lose(&mut self, gap: FeedGap) {
        self.minute = None;
        self.grown = None;
        self.since = self.clock.now();
        self.sink.gap(gap);
    }

    fn fail(&mut self, error: Error) {
        self.sink.fail(error.in_operation("open_line"));
    }
}
