use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::words::word_enum;
use super::{Price, decimal};

word_enum! {
    /// Which way an order trades (FIX 54).
    pub enum Side {
        /// Buy (FIX 1).
        Buy = "buy",
        /// Sell what is held (FIX 2).
        Sell = "sell",
        /// Sell short (FIX 5). Where a broker does not tell the two apart, `Sell` may open a short
        /// position too; where it does, `Sell` beyond the position is refused.
        SellShort = "sell_short",
    }
}

impl Side {
    /// The side that undoes this one.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell | Self::SellShort => Self::Buy,
        }
    }

    /// +1 for a buy, −1 for a sale.
    #[must_use]
    pub const fn sign(self) -> i32 {
        match self {
            Self::Buy => 1,
            Self::Sell | Self::SellShort => -1,
        }
    }

    /// Whether the side sells.
    #[must_use]
    pub const fn is_sell(self) -> bool {
        !matches!(self, Self::Buy)
    }
}

/// What makes an order execute, with the prices it needs (FIX 40, 44, 99).
///
/// Prices live inside the variants, so a limit order without a limit cannot be written down.
/// In JSON: `{"type": "stop_limit", "trigger": "180.00", "price": "179.50"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum OrderType {
    /// At the best price available now (FIX 1).
    #[serde(deserialize_with = "super::words::no_fields")]
    Market,
    /// At `price` or better (FIX 2).
    Limit {
        /// The worst acceptable price.
        price: Price,
    },
    /// Becomes a market order when the market trades at or through `trigger`: above it for a buy,
    /// below it for a sale (FIX 3).
    Stop {
        /// The price that sets the order off (FIX 99).
        trigger: Price,
    },
    /// Becomes a limit order when the market trades at or through `trigger` (FIX 4).
    StopLimit {
        /// The price that sets the order off (FIX 99).
        trigger: Price,
        /// The worst acceptable price once set off.
        price: Price,
    },
    /// A stop whose trigger follows the market at a distance and never moves back (FIX P).
    TrailingStop {
        /// The distance.
        offset: TrailingOffset,
        /// The first trigger; the broker computes it from the market when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        trigger: Option<Price>,
    },
    /// A trailing stop that becomes a limit order `limit_offset` away from its trigger.
    TrailingStopLimit {
        /// The distance between market and trigger.
        offset: TrailingOffset,
        /// The distance between trigger and limit, in price units, towards worse prices.
        #[serde(with = "decimal")]
        #[cfg_attr(feature = "schemars", schemars(with = "String"))]
        limit_offset: Decimal,
        /// The first trigger; the broker computes it from the market when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        trigger: Option<Price>,
    },
    /// A market order in the opening auction.
    #[serde(deserialize_with = "super::words::no_fields")]
    MarketOnOpen,
    /// A limit order in the opening auction.
    LimitOnOpen {
        /// The worst acceptable price.
        price: Price,
    },
    /// A market order in the closing auction (FIX 5).
    #[serde(deserialize_with = "super::words::no_fields")]
    MarketOnClose,
    /// A limit order in the closing auction (FIX B).
    LimitOnClose {
        /// The worst acceptable price.
        price: Price,
    },
    /// Becomes a market order when the market touches `trigger` from the better side: at or below
    /// it for a buy, at or above it for a sale (FIX J).
    MarketIfTouched {
        /// The price that sets the order off.
        trigger: Price,
    },
    /// Becomes a limit order when the market touches `trigger` from the better side.
    LimitIfTouched {
        /// The price that sets the order off.
        trigger: Price,
        /// The worst acceptable price once set off.
        price: Price,
    },
    /// A market order whose unfilled rest becomes a limit order at its own fill price (FIX K).
    #[serde(deserialize_with = "super::words::no_fields")]
    MarketToLimit,
    /// At whatever price the next auction finds (Hong Kong's at-auction order).
    #[serde(deserialize_with = "super::words::no_fields")]
    Auction,
    /// In the next auction at `price` or better; the rest becomes a limit order.
    AuctionLimit {
        /// The worst acceptable price.
        price: Price,
    },
    /// Worked by an algorithm over time (FIX 847).
    Algo(Algo),
}

/// The distance of a trailing stop from the market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TrailingOffset {
    /// In price units, above zero.
    Amount(
        #[serde(with = "decimal")]
        #[cfg_attr(feature = "schemars", schemars(with = "String"))]
        Decimal,
    ),
    /// In percent of the market price, above 0 and below 100: 5 is five percent.
    Percent(
        #[serde(with = "decimal")]
        #[cfg_attr(feature = "schemars", schemars(with = "String"))]
        Decimal,
    ),
}

/// An execution algorithm and its parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Algo {
    /// Which algorithm.
    pub strategy: AlgoStrategy,
    /// When it begins; at once when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<DateTime<Utc>>,
    /// When it must be done; at the close when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<DateTime<Utc>>,
    /// The worst acceptable price of every slice; none when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// The largest share of the market's volume, above 0 and at most 1.
    #[serde(
        default,
        with = "decimal::option",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    pub participation: Option<Decimal>,
}

impl Algo {
    /// The algorithm over the rest of the session, without a price limit.
    #[must_use]
    pub const fn new(strategy: AlgoStrategy) -> Self {
        Self {
            strategy,
            start: None,
            end: None,
            price: None,
            participation: None,
        }
    }
}

word_enum! {
    /// An execution algorithm.
    pub enum AlgoStrategy {
        /// Equal slices over time.
        Twap = "twap",
        /// Slices in proportion to the market's volume.
        Vwap = "vwap",
    }
}

word_enum! {
    /// The form of an [`OrderType`] without its prices, for capability tables.
    pub enum OrderTypeKind {
        /// [`OrderType::Market`].
        Market = "market",
        /// [`OrderType::Limit`].
        Limit = "limit",
        /// [`OrderType::Stop`].
        Stop = "stop",
        /// [`OrderType::StopLimit`].
        StopLimit = "stop_limit",
        /// [`OrderType::TrailingStop`].
        TrailingStop = "trailing_stop",
        /// [`OrderType::TrailingStopLimit`].
        TrailingStopLimit = "trailing_stop_limit",
        /// [`OrderType::MarketOnOpen`].
        MarketOnOpen = "market_on_open",
        /// [`OrderType::LimitOnOpen`].
        LimitOnOpen = "limit_on_open",
        /// [`OrderType::MarketOnClose`].
        MarketOnClose = "market_on_close",
        /// [`OrderType::LimitOnClose`].
        LimitOnClose = "limit_on_close",
        /// [`OrderType::MarketIfTouched`].
        MarketIfTouched = "market_if_touched",
        /// [`OrderType::LimitIfTouched`].
        LimitIfTouched = "limit_if_touched",
        /// [`OrderType::MarketToLimit`].
        MarketToLimit = "market_to_limit",
        /// [`OrderType::Auction`].
        Auction = "auction",
        /// [`OrderType::AuctionLimit`].
        AuctionLimit = "auction_limit",
        /// [`OrderType::Algo`] with [`AlgoStrategy::Twap`].
        Twap = "twap",
        /// [`OrderType::Algo`] with [`AlgoStrategy::Vwap`].
        Vwap = "vwap",
    }
}

impl OrderType {
    /// The form without prices.
    #[must_use]
    pub const fn kind(&self) -> OrderTypeKind {
        match self {
            Self::Market => OrderTypeKind::Market,
            Self::Limit { .. } => OrderTypeKind::Limit,
            Self::Stop { .. } => OrderTypeKind::Stop,
            Self::StopLimit { .. } => OrderTypeKind::StopLimit,
            Self::TrailingStop { .. } => OrderTypeKind::TrailingStop,
            Self::TrailingStopLimit { .. } => OrderTypeKind::TrailingStopLimit,
            Self::MarketOnOpen => OrderTypeKind::MarketOnOpen,
            Self::LimitOnOpen { .. } => OrderTypeKind::LimitOnOpen,
            Self::MarketOnClose => OrderTypeKind::MarketOnClose,
            Self::LimitOnClose { .. } => OrderTypeKind::LimitOnClose,
            Self::MarketIfTouched { .. } => OrderTypeKind::MarketIfTouched,
            Self::LimitIfTouched { .. } => OrderTypeKind::LimitIfTouched,
            Self::MarketToLimit => OrderTypeKind::MarketToLimit,
            Self::Auction => OrderTypeKind::Auction,
            Self::AuctionLimit { .. } => OrderTypeKind::AuctionLimit,
            Self::Algo(algo) => match algo.strategy {
                AlgoStrategy::Twap => OrderTypeKind::Twap,
                AlgoStrategy::Vwap => OrderTypeKind::Vwap,
            },
        }
    }

    /// The worst acceptable price, where the type has one.
    #[must_use]
    pub const fn limit_price(&self) -> Option<Price> {
        match self {
            Self::Limit { price }
            | Self::StopLimit { price, .. }
            | Self::LimitOnOpen { price }
            | Self::LimitOnClose { price }
            | Self::LimitIfTouched { price, .. }
            | Self::AuctionLimit { price } => Some(*price),
            Self::Algo(algo) => algo.price,
            _ => None,
        }
    }

    /// The price that sets the order off, where the type has one.
    #[must_use]
    pub const fn trigger_price(&self) -> Option<Price> {
        match self {
            Self::Stop { trigger }
            | Self::StopLimit { trigger, .. }
            | Self::MarketIfTouched { trigger }
            | Self::LimitIfTouched { trigger, .. } => Some(*trigger),
            Self::TrailingStop { trigger, .. } | Self::TrailingStopLimit { trigger, .. } => {
                *trigger
            }
            _ => None,
        }
    }

    /// The distance from the market, where the type follows it.
    #[must_use]
    pub const fn trailing_offset(&self) -> Option<TrailingOffset> {
        match self {
            Self::TrailingStop { offset, .. } | Self::TrailingStopLimit { offset, .. } => {
                Some(*offset)
            }
            _ => None,
        }
    }
}

/// How long an order works (FIX 59).
///
/// In JSON a word, or `{"gtd": "2026-03-20T20:00:00Z"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TimeInForce {
    /// Until the end of the trading day (FIX 0).
    Day,
    /// Until canceled (FIX 1).
    Gtc,
    /// Until an instant (FIX 6, 126).
    Gtd(DateTime<Utc>),
    /// What can be filled at once; the rest is canceled (FIX 3).
    Ioc,
    /// All at once or nothing (FIX 4).
    Fok,
    /// In the opening auction only (FIX 2).
    Opg,
    /// In the closing auction only (FIX 7).
    AtClose,
}

word_enum! {
    /// The form of a [`TimeInForce`] without its date, for capability tables.
    pub enum TimeInForceKind {
        /// [`TimeInForce::Day`].
        Day = "day",
        /// [`TimeInForce::Gtc`].
        Gtc = "gtc",
        /// [`TimeInForce::Gtd`].
        Gtd = "gtd",
        /// [`TimeInForce::Ioc`].
        Ioc = "ioc",
        /// [`TimeInForce::Fok`].
        Fok = "fok",
        /// [`TimeInForce::Opg`].
        Opg = "opg",
        /// [`TimeInForce::AtClose`].
        AtClose = "at_close",
    }
}

impl TimeInForce {
    /// The form without a date.
    #[must_use]
    pub const fn kind(self) -> TimeInForceKind {
        match self {
            Self::Day => TimeInForceKind::Day,
            Self::Gtc => TimeInForceKind::Gtc,
            Self::Gtd(_) => TimeInForceKind::Gtd,
            Self::Ioc => TimeInForceKind::Ioc,
            Self::Fok => TimeInForceKind::Fok,
            Self::Opg => TimeInForceKind::Opg,
            Self::AtClose => TimeInForceKind::AtClose,
        }
    }
}

word_enum! {
    /// The part of the trading day in which an order may trade (FIX 336).
    pub enum TradingSession {
        /// The regular session.
        Regular = "regular",
        /// Pre-market, regular and post-market.
        Extended = "extended",
        /// The overnight session only.
        Overnight = "overnight",
        /// Every session there is.
        All = "all",
    }
}
