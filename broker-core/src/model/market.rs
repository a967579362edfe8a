use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::words::word_enum;
use super::{Instrument, Mic, Price, Side, TradingSession, decimal};

/// The best prices and the day's figures of an instrument.
///
/// A figure that is not known is absent; a vendor's "no value" number never gets here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Quote {
    /// What is quoted.
    pub instrument: Instrument,
    /// Best price to sell at (FIX 132).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bid: Option<Price>,
    /// Units wanted at the bid (FIX 134).
    #[serde(
        default,
        with = "decimal::option",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    pub bid_size: Option<Decimal>,
    /// Best price to buy at (FIX 133).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<Price>,
    /// Units offered at the ask (FIX 135).
    #[serde(
        default,
        with = "decimal::option",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    pub ask_size: Option<Decimal>,
    /// Price of the last trade.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Price>,
    /// Units of the last trade.
    #[serde(
        default,
        with = "decimal::option",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    pub last_size: Option<Decimal>,
    /// First price of the day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<Price>,
    /// Highest price of the day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<Price>,
    /// Lowest price of the day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<Price>,
    /// Closing price of the previous trading day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_close: Option<Price>,
    /// Units traded today.
    #[serde(
        default,
        with = "decimal::option",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    pub volume: Option<Decimal>,
    /// Whether the feed is delayed, usually by 15 minutes.
    pub delayed: bool,
    /// Whether trading is halted.
    pub halted: bool,
    /// When the best prices held, UTC: of a book that is live, when the broker told it. A share that does
    /// not trade for an hour has a quote of now all the same.
    pub as_of: DateTime<Utc>,
    /// When the last trade was, UTC, where the broker tells it; otherwise `last` is as old as `as_of`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_at: Option<DateTime<Utc>>,
}

impl Quote {
    /// A real-time quote without prices.
    #[must_use]
    pub fn new(instrument: Instrument, as_of: DateTime<Utc>) -> Self {
        Self {
            instrument,
            last_at: None,
            bid: None,
            bid_size: None,
            ask: None,
            ask_size: None,
            last: None,
            last_size: None,
            open: None,
            high: None,
            low: None,
            previous_close: None,
            volume: None,
            delayed: false,
            halted: false,
            as_of,
        }
    }

    /// The quote without the prices that held before an instant only: nothing when the best prices did, and
    /// without the last trade when that was before.
    ///
    /// ```
    /// use broker_core::model::{Currency, Instrument, Mic, Quote};
    /// use chrono::{TimeDelta, Utc};
    ///
    /// let now = Utc::now();
    /// let mut quote = Quote::new(Instrument::equity("AAPL", Mic::XNAS, Currency::USD)?, now);
    /// quote.bid = Some("187.49".parse()?);
    /// quote.last = Some("190".parse()?);
    /// quote.last_at = Some(now - TimeDelta::hours(1));
    /// let held = quote.held_since(now - TimeDelta::minutes(1)).unwrap();
    /// assert_eq!((held.bid, held.last), (Some("187.49".parse()?), None));
    /// assert!(quote.held_since(now + TimeDelta::minutes(1)).is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn held_since(&self, oldest: DateTime<Utc>) -> Option<Self> {
        if self.as_of < oldest {
            return None;
        }
        let mut held = self.clone();
        if self.last_at.is_some_and(|at| at < oldest) {
            (held.last, held.last_size) = (None, None);
        }
        Some(held)
    }

    /// The middle between bid and ask, or the last price when one of them is missing.
    #[must_use]
    pub fn mid(&self) -> Option<Decimal> {
        match (self.bid, self.ask) {
            (Some(bid), Some(ask)) => Some((bid.get() + ask.get()) / Decimal::TWO),
            _ => self.last.map(Price::get),
        }
    }
}

/// One price level of a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DepthLevel {
    /// The price.
    pub price: Price,
    /// Displayed units at the price.
    #[serde(with = "decimal")]
    #[cfg_attr(feature = "schemars", schemars(with = "String"))]
    pub size: Decimal,
    /// Orders at the price, where the feed tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orders: Option<u32>,
}

/// The book of an instrument, whole, best price first (FIX message W).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Depth {
    /// What is quoted.
    pub instrument: Instrument,
    /// Prices to sell at, highest first.
    pub bids: Vec<DepthLevel>,
    /// Prices to buy at, lowest first.
    pub asks: Vec<DepthLevel>,
    /// When the book held, UTC.
    pub as_of: DateTime<Utc>,
}

impl Depth {
    /// An empty book.
    #[must_use]
    pub fn new(instrument: Instrument, as_of: DateTime<Utc>) -> Self {
        Self {
            instrument,
            bids: Vec::new(),
            asks: Vec::new(),
            as_of,
        }
    }
}

/// One trade in the market.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Trade {
    /// What was traded.
    pub instrument: Instrument,
    /// The price.
    pub price: Price,
    /// Units, above zero.
    #[serde(with = "decimal")]
    #[cfg_attr(feature = "schemars", schemars(with = "String"))]
    pub size: Decimal,
    /// The side that took liquidity, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aggressor: Option<Side>,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub venue: Option<Mic>,
    /// When, UTC.
    pub time: DateTime<Utc>,
}

impl Trade {
    /// A trade.
    #[must_use]
    pub fn new(instrument: Instrument, price: Price, size: Decimal, time: DateTime<Utc>) -> Self {
        Self {
            instrument,
            price,
            size,
            aggressor: None,
            venue: None,
            time,
        }
    }
}

word_enum! {
    /// The length of a bar.
    pub enum BarInterval {
        /// Five seconds.
        Second5 = "5s",
        /// One minute.
        Minute1 = "1m",
        /// Two minutes.
        Minute2 = "2m",
        /// Three minutes.
        Minute3 = "3m",
        /// Five minutes.
        Minute5 = "5m",
        /// Fifteen minutes.
        Minute15 = "15m",
        /// Thirty minutes.
        Minute30 = "30m",
        /// One hour.
        Hour1 = "1h",
        /// Two hours.
        Hour2 = "2h",
        /// Four hours.
        Hour4 = "4h",
        /// One trading day.
        Day1 = "1d",
        /// One calendar week, Monday to Sunday.
        Week1 = "1w",
        /// One calendar month.
        Month1 = "1mo",
        /// One calendar year.
        Year1 = "1y",
    }
}

impl BarInterval {
    /// The length in seconds, for intervals shorter than a day.
    #[must_use]
    pub const fn seconds(self) -> Option<i64> {
        Some(match self {
            Self::Second5 => 5,
            Self::Minute1 => 60,
            Self::Minute2 => 120,
            Self::Minute3 => 180,
            Self::Minute5 => 300,
            Self::Minute15 => 900,
            Self::Minute30 => 1_800,
            Self::Hour1 => 3_600,
            Self::Hour2 => 7_200,
            Self::Hour4 => 14_400,
            Self::Day1 | Self::Week1 | Self::Month1 | Self::Year1 => return None,
        })
    }
}

word_enum! {
    /// What a bar is made of.
    pub enum BarSource {
        /// Trades.
        Trades = "trades",
        /// The middle between bid and ask.
        Midpoint = "midpoint",
        /// Bids.
        Bid = "bid",
        /// Asks.
        Ask = "ask",
    }
}

/// Open, high, low, close and volume over an interval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Bar {
    /// When the interval begins, UTC; a daily bar begins with the regular session.
    pub start: DateTime<Utc>,
    /// First price.
    pub open: Price,
    /// Highest price.
    pub high: Price,
    /// Lowest price.
    pub low: Price,
    /// Last price.
    pub close: Price,
    /// Units traded; absent where the source does not tell.
    #[serde(
        default,
        with = "decimal::option",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    pub volume: Option<Decimal>,
    /// Volume-weighted average price, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vwap: Option<Price>,
    /// Number of trades, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trades: Option<u64>,
}

impl Bar {
    /// A bar at one price.
    #[must_use]
    pub fn new(start: DateTime<Utc>, price: Price) -> Self {
        Self {
            start,
            open: price,
            high: price,
            low: price,
            close: price,
            volume: None,
            vwap: None,
            trades: None,
        }
    }
}

/// Which bars are wanted, newest last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct BarQuery {
    /// Of what.
    pub instrument: Instrument,
    /// Length of each bar.
    pub interval: BarInterval,
    /// Bars that begin at or after this instant; as many as `limit` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<DateTime<Utc>>,
    /// Bars that begin before this instant; now when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<DateTime<Utc>>,
    /// Most bars in the answer, 1 to 5000; the newest are kept.
    pub limit: u32,
    /// What the bars are made of.
    pub source: BarSource,
    /// Regular session or with extended hours.
    pub session: TradingSession,
    /// Whether earlier prices are adjusted for later splits and dividends.
    pub adjusted: bool,
}

impl BarQuery {
    /// Most bars in one answer.
    pub const MAX_LIMIT: u32 = 5_000;

    /// The newest 100 adjusted bars of trades in the regular session.
    #[must_use]
    pub fn new(instrument: Instrument, interval: BarInterval) -> Self {
        Self {
            instrument,
            interval,
            start: None,
            end: None,
            limit: 100,
            source: BarSource::Trades,
            session: TradingSession::Regular,
            adjusted: true,
        }
    }
}

word_enum! {
    /// A kind of market data that can be subscribed to.
    pub enum FeedKind {
        /// Best prices and the day's figures; conflated to the newest.
        Quotes = "quotes",
        /// The book; conflated to the newest.
        Depth = "depth",
        /// Every trade.
        Trades = "trades",
        /// Bars as they complete.
        Bars = "bars",
    }
}

/// One upstream line of market data.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Subscription {
    /// Best prices and the day's figures.
    Quotes {
        /// Of what.
        instrument: Instrument,
    },
    /// The book.
    Depth {
        /// Of what.
        instrument: Instrument,
        /// Price levels on each side, from 1.
        levels: u16,
    },
    /// Every trade.
    Trades {
        /// Of what.
        instrument: Instrument,
    },
    /// Bars as they complete.
    Bars {
        /// Of what.
        instrument: Instrument,
        /// Length of each bar.
        interval: BarInterval,
    },
}

impl Subscription {
    /// What is subscribed to.
    #[must_use]
    pub const fn instrument(&self) -> &Instrument {
        match self {
            Self::Quotes { instrument }
            | Self::Depth { instrument, .. }
            | Self::Trades { instrument }
            | Self::Bars { instrument, .. } => instrument,
        }
    }

    /// Which kind of data.
    #[must_use]
    pub const fn kind(&self) -> FeedKind {
        match self {
            Self::Quotes { .. } => FeedKind::Quotes,
            Self::Depth { .. } => FeedKind::Depth,
            Self::Trades { .. } => FeedKind::Trades,
            Self::Bars { .. } => FeedKind::Bars,
        }
    }
}
