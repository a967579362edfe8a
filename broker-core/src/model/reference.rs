use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::words::word_enum;
use super::{
    AssetClass, Currency, Instrument, Mic, Price, Quantity, Right, TickTable, ValueError, decimal,
};

/// What a person types for an instrument, with optional filters.
///
/// The text is a ticker (`AAPL`), a ticker with its exchange (`AAPL.XNAS`), a currency pair
/// (`EUR.USD`), an OCC symbol or a broker's own symbol (`00700.HK`).
///
/// ```
/// use broker_core::model::{AssetClass, InstrumentQuery};
/// let query = InstrumentQuery::from("AAPL").of_class(AssetClass::Equity);
/// assert_eq!(query.text, "AAPL");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct InstrumentQuery {
    /// What was typed.
    pub text: String,
    /// Only this class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset_class: Option<AssetClass>,
    /// Only this exchange.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<Mic>,
    /// Only this currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
}

impl InstrumentQuery {
    /// The same query for one class only.
    #[must_use]
    pub fn of_class(mut self, class: AssetClass) -> Self {
        self.asset_class = Some(class);
        self
    }

    /// The same query for one exchange only.
    #[must_use]
    pub fn on(mut self, exchange: Mic) -> Self {
        self.exchange = Some(exchange);
        self
    }

    /// The same query for one currency only.
    #[must_use]
    pub fn in_currency(mut self, currency: Currency) -> Self {
        self.currency = Some(currency);
        self
    }
}

impl From<&str> for InstrumentQuery {
    fn from(text: &str) -> Self {
        Self {
            text: text.trim().to_owned(),
            asset_class: None,
            exchange: None,
            currency: None,
        }
    }
}
impl From<String> for InstrumentQuery {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

/// An instrument that a search found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct InstrumentMatch {
    /// The instrument.
    pub instrument: Instrument,
    /// Its name, as the broker writes it.
    pub name: String,
}

/// Which quantities an instrument trades in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct QuantityRule {
    /// Quantities are whole multiples of this.
    pub step: Quantity,
    /// The smallest order.
    pub minimum: Quantity,
    /// The largest order.
    pub maximum: Quantity,
}

impl QuantityRule {
    /// Whole multiples of `step`, from one step to `maximum`.
    #[must_use]
    pub const fn steps(step: Quantity, maximum: Quantity) -> Self {
        Self {
            step,
            minimum: step,
            maximum,
        }
    }

    /// Whether a quantity fits, or the sentence that says what would.
    ///
    /// # Errors
    /// [`ValueError`] with what was expected.
    pub fn check(&self, quantity: Quantity) -> Result<(), ValueError> {
        let expected = if quantity < self.minimum {
            "at least the instrument's minimum quantity"
        } else if quantity > self.maximum {
            "at most the instrument's maximum quantity"
        } else if !(quantity.get() % self.step.get()).is_zero() {
            "a whole multiple of the instrument's quantity step"
        } else {
            return Ok(());
        };
        Err(ValueError::new("quantity", quantity, expected))
    }
}

/// Everything that is fixed about an instrument (FIX message d).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ContractDetails {
    /// The instrument.
    pub instrument: Instrument,
    /// Its name, as the broker writes it.
    pub name: String,
    /// Currency of the price.
    pub currency: Currency,
    /// Money per price point and unit: 100 for most US options, 50 for the E-mini S&P 500 (FIX 231).
    #[serde(with = "decimal")]
    #[cfg_attr(feature = "schemars", schemars(with = "String"))]
    pub multiplier: Decimal,
    /// Price increments.
    pub ticks: TickTable,
    /// Quantities.
    pub quantities: QuantityRule,
    /// Where it trades, the primary exchange first.
    pub exchanges: Vec<Mic>,
    /// The exchange's time zone, as IANA names it.
    pub time_zone: String,
    /// Whether it can be traded now or at the next session.
    pub tradable: bool,
    /// Whether it can be sold short.
    pub shortable: bool,
    /// The underlying, for derivatives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub underlying: Option<Instrument>,
    /// When it stops trading for good, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// What it is in core's words, where it was asked for as [`Instrument::Native`] and they have a word for
    /// it: `ibkr:265598` stands for Apple's share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stands_for: Option<Instrument>,
    /// The broker's own names for it, by kind, such as `con_id`.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub aliases: std::collections::BTreeMap<String, String>,
}

impl ContractDetails {
    /// Details of an instrument with multiplier 1 that trades on no exchange yet.
    #[must_use]
    pub fn new(
        instrument: Instrument,
        name: impl Into<String>,
        currency: Currency,
        ticks: TickTable,
        quantities: QuantityRule,
    ) -> Self {
        Self {
            instrument,
            name: name.into(),
            currency,
            multiplier: Decimal::ONE,
            ticks,
            quantities,
            exchanges: Vec::new(),
            time_zone: "UTC".into(),
            tradable: true,
            shortable: false,
            underlying: None,
            expires_at: None,
            stands_for: None,
            aliases: std::collections::BTreeMap::new(),
        }
    }
}

/// Sensitivities of an option's price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Greeks {
    /// Implied volatility per year: 0.25 is 25 %.
    #[serde(with = "decimal")]
    #[cfg_attr(feature = "schemars", schemars(with = "String"))]
    pub implied_volatility: Decimal,
    /// Change of price per unit of the underlying.
    #[serde(with = "decimal")]
    #[cfg_attr(feature = "schemars", schemars(with = "String"))]
    pub delta: Decimal,
    /// Change of delta per unit of the underlying.
    #[serde(with = "decimal")]
    #[cfg_attr(feature = "schemars", schemars(with = "String"))]
    pub gamma: Decimal,
    /// Change of price per calendar day.
    #[serde(with = "decimal")]
    #[cfg_attr(feature = "schemars", schemars(with = "String"))]
    pub theta: Decimal,
    /// Change of price per percentage point of volatility.
    #[serde(with = "decimal")]
    #[cfg_attr(feature = "schemars", schemars(with = "String"))]
    pub vega: Decimal,
    /// Change of price per percentage point of interest.
    #[serde(
        default,
        with = "decimal::option",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    pub rho: Option<Decimal>,
}

/// One option of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct OptionQuote {
    /// The option.
    pub instrument: Instrument,
    /// Call or put.
    pub right: Right,
    /// Strike.
    #[serde(with = "decimal")]
    #[cfg_attr(feature = "schemars", schemars(with = "String"))]
    pub strike: Decimal,
    /// Best price to sell at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bid: Option<Price>,
    /// Best price to buy at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<Price>,
    /// Price of the last trade.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Price>,
    /// Contracts traded today.
    #[serde(
        default,
        with = "decimal::option",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    pub volume: Option<Decimal>,
    /// Contracts open.
    #[serde(
        default,
        with = "decimal::option",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    pub open_interest: Option<Decimal>,
    /// Sensitivities, where the broker computes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub greeks: Option<Greeks>,
}

impl OptionQuote {
    /// An option without prices.
    #[must_use]
    pub fn new(instrument: Instrument, right: Right, strike: Decimal) -> Self {
        Self {
            instrument,
            right,
            strike,
            bid: None,
            ask: None,
            last: None,
            volume: None,
            open_interest: None,
            greeks: None,
        }
    }
}

/// The options on one underlying for one expiry, by strike ascending, calls before puts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct OptionChain {
    /// The underlying.
    pub underlying: Instrument,
    /// Its price when the chain was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub underlying_price: Option<Price>,
    /// The expiry date at the exchange.
    pub expiry: NaiveDate,
    /// The options.
    pub options: Vec<OptionQuote>,
    /// When the prices held, UTC.
    pub as_of: DateTime<Utc>,
}

impl OptionChain {
    /// An empty chain.
    #[must_use]
    pub fn new(underlying: Instrument, expiry: NaiveDate, as_of: DateTime<Utc>) -> Self {
        Self {
            underlying,
            underlying_price: None,
            expiry,
            options: Vec::new(),
            as_of,
        }
    }
}

/// Which part of a chain is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ChainQuery {
    /// The underlying.
    pub underlying: Instrument,
    /// The expiry date at the exchange.
    pub expiry: NaiveDate,
    /// Only calls or only puts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<Right>,
    /// Strikes on each side of the underlying's price; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strikes_each_side: Option<u16>,
}

impl ChainQuery {
    /// The whole chain of an expiry.
    #[must_use]
    pub fn new(underlying: Instrument, expiry: NaiveDate) -> Self {
        Self {
            underlying,
            expiry,
            right: None,
            strikes_each_side: None,
        }
    }
}

/// What an option calculator is given besides the option itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OptionQuery {
    /// The option.
    pub instrument: Instrument,
    /// The assumed price of the underlying.
    pub underlying_price: Price,
    /// The known half of the pair.
    pub given: OptionGiven,
}

/// The known half of price and volatility.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OptionGiven {
    /// The option's price: the volatility is wanted.
    Price(Price),
    /// The volatility per year (0.25 is 25 %): the price is wanted.
    Volatility(
        #[serde(with = "decimal")]
        #[cfg_attr(feature = "schemars", schemars(with = "String"))]
        Decimal,
    ),
}

/// What an option calculator answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OptionComputation {
    /// The price.
    pub price: Price,
    /// Volatility and sensitivities at that price.
    pub greeks: Greeks,
}

word_enum! {
    /// A part of a trading day.
    pub enum SessionKind {
        /// Before the regular session.
        PreMarket = "pre_market",
        /// The opening auction.
        OpeningAuction = "opening_auction",
        /// The regular session.
        Regular = "regular",
        /// The closing auction.
        ClosingAuction = "closing_auction",
        /// After the regular session.
        PostMarket = "post_market",
        /// Between the trading days.
        Overnight = "overnight",
    }
}

/// A part of a trading day with its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SessionWindow {
    /// Which part.
    pub kind: SessionKind,
    /// When it begins, UTC.
    pub open: DateTime<Utc>,
    /// When it has ended, UTC.
    pub close: DateTime<Utc>,
}

/// One trading date of an exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TradingDay {
    /// The date at the exchange.
    pub date: NaiveDate,
    /// Its parts in order; none on a holiday.
    pub windows: Vec<SessionWindow>,
    /// Whether the regular session ends early.
    pub early_close: bool,
    /// Why the exchange is closed or closes early, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holiday: Option<String>,
}

/// The sessions of an exchange over a range of dates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TradingSchedule {
    /// The exchange's time zone, as IANA names it.
    pub time_zone: String,
    /// Every date of the range, weekends included.
    pub days: Vec<TradingDay>,
}

impl TradingSchedule {
    /// The window that contains an instant, or `None` while the exchange is closed.
    #[must_use]
    pub fn window_at(&self, instant: DateTime<Utc>) -> Option<SessionWindow> {
        let mut windows = self.days.iter().flat_map(|day| &day.windows);
        windows
            .find(|window| window.open <= instant && instant < window.close)
            .copied()
    }
}
