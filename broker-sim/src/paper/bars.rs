use broker_core::model::{Bar, BarInterval, Trade};
use chrono::{DateTime, Utc};

/// Makes bars of trades as they come.
#[derive(Debug)]
pub(super) struct BarBuilder {
    seconds: i64,
    open: Option<Bar>,
}

impl BarBuilder {
    /// A builder, for intervals shorter than a day.
    pub(super) fn new(interval: BarInterval) -> Option<Self> {
        Some(Self {
            seconds: interval.seconds()?,
            open: None,
        })
    }

    /// Takes a trade in; gives back the bar that it completes, which is the one before its own.
    pub(super) fn take(&mut self, trade: &Trade) -> Option<Bar> {
        let at = trade.time.timestamp();
        let start = DateTime::<Utc>::from_timestamp(at - at.rem_euclid(self.seconds), 0)?;
        if let Some(bar) = self.open.as_mut().filter(|bar| bar.start == start) {
            bar.high = bar.high.max(trade.price);
            bar.low = bar.low.min(trade.price);
            bar.close = trade.price;
            bar.volume = bar.volume.map(|volume| volume + trade.size);
            bar.trades = bar.trades.map(|trades| trades + 1);
            return None;
        }
        let mut next = Bar::new(start, trade.price);
        next.volume = Some(trade.size);
        next.trades = Some(1);
        self.open.replace(next)
    }
}
