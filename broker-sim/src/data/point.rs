//! What leaves this module: one price at one time.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

/// When a price holds.
///
/// The order is by time within each variant; session times sort before instants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PointTime {
    /// A place in the regular session of a trading date, which an exchange calendar turns into
    /// UTC.
    Session {
        /// The exchange's trading date.
        date: NaiveDate,
        /// The elapsed part of the session in parts per million: 0 is the open, 1000000 the
        /// close.
        parts_per_million: u32,
    },
    /// An instant in UTC.
    Instant(DateTime<Utc>),
}

impl PointTime {
    /// The trading date, or the UTC date of the instant.
    #[must_use]
    pub fn date(self) -> NaiveDate {
        match self {
            Self::Session { date, .. } => date,
            Self::Instant(instant) => instant.date_naive(),
        }
    }
}

/// What a price point stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointKind {
    /// The first price of a bar.
    Open,
    /// A price between open and close, or a recorded trade.
    Intraday,
    /// The last price of a bar, exactly as recorded.
    Close,
    /// A recorded quote; the point's price is the midpoint and its volume 0.
    Quote {
        /// The best bid.
        bid: Decimal,
        /// The best ask.
        ask: Decimal,
        /// The quantity bid, when recorded.
        bid_size: Option<Decimal>,
        /// The quantity offered, when recorded.
        ask_size: Option<Decimal>,
    },
}

/// One price of one symbol at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PricePoint {
    /// The symbol as the data names it.
    pub symbol: Arc<str>,
    /// When the price holds.
    pub at: PointTime,
    /// The price, in the currency (or index points) of the data.
    pub price: Decimal,
    /// The quantity traded since the point before, in units of the instrument.
    pub volume: Decimal,
    /// What the price stands for.
    pub kind: PointKind,
}
