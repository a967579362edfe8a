use chrono::NaiveDate;
use core::fmt;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::words::word_enum;
use super::{BrokerId, Combo, Currency, Mic, OccSymbol, Right, Side, Symbol, ValueError, decimal};

word_enum! {
    /// The class of an instrument (FIX 167 and 460).
    pub enum AssetClass {
        /// A share, a depositary receipt or an exchange-traded fund.
        Equity = "equity",
        /// An option on an equity or an index.
        Option = "option",
        /// A future.
        Future = "future",
        /// An option on a future.
        FutureOption = "future_option",
        /// A currency pair.
        Forex = "forex",
        /// An index, which is quoted but not traded.
        Index = "index",
        /// A crypto asset pair.
        Crypto = "crypto",
        /// An open-end fund.
        Fund = "fund",
        /// A warrant or a callable bull/bear contract.
        Warrant = "warrant",
        /// A bond.
        Bond = "bond",
        /// Several legs traded as one.
        Combo = "combo",
        /// Only the broker can say.
        Native = "native",
    }
}

/// What is traded, named by what it *is*; brokers' own numbers for it are aliases in a resolver.
///
/// `Display` writes a short text that is unique within a class, for logs and tables.
///
/// ```
/// use broker_core::model::{AssetClass, Currency, Instrument, Mic};
/// let apple = Instrument::equity("AAPL", Mic::XNAS, Currency::USD)?;
/// assert_eq!(apple.to_string(), "AAPL.XNAS");
/// assert_eq!(apple.asset_class(), AssetClass::Equity);
/// assert_eq!(
///     serde_json::to_string(&apple).unwrap(),
///     r#"{"type":"equity","symbol":"AAPL","primary":"XNAS","currency":"USD"}"#
/// );
/// # Ok::<(), broker_core::model::ValueError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Instrument {
    /// A share, depositary receipt or exchange-traded fund.
    Equity(Equity),
    /// A listed option on an equity or an index.
    Option(ListedOption),
    /// A future.
    Future(Future),
    /// An option on a future.
    FutureOption(FutureOption),
    /// A currency pair.
    Forex(Forex),
    /// An index.
    Index(Index),
    /// A crypto asset pair.
    Crypto(Crypto),
    /// An open-end fund.
    Fund(Fund),
    /// A warrant or callable bull/bear contract.
    Warrant(Warrant),
    /// A bond.
    Bond(Bond),
    /// Several legs traded as one.
    Combo(Combo),
    /// An instrument that only its broker can name.
    Native(Native),
}

macro_rules! instrument_parts {
    ($( $(#[$meta:meta])* $name:ident { $( $(#[$fmeta:meta])* $field:ident : $type:ty, )+ } )+) => {
        $(
            $(#[$meta])*
            #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
            #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
            #[serde(deny_unknown_fields)]
            pub struct $name { $( $(#[$fmeta])* pub $field: $type, )+ }
        )+
    };
}

instrument_parts! {
    /// A share, depositary receipt or exchange-traded fund.
    Equity {
        /// Ticker on the primary exchange.
        symbol: Symbol,
        /// Primary listing.
        primary: Mic,
        /// Trading currency.
        currency: Currency,
    }
    /// A listed option.
    ListedOption {
        /// Root, expiry, right and strike.
        symbol: OccSymbol,
        /// Currency of premium and strike.
        currency: Currency,
    }
    /// A future.
    Future {
        /// Product root, such as `ES`.
        root: Symbol,
        /// Exchange.
        exchange: Mic,
        /// Last trading date at the exchange.
        expiry: NaiveDate,
        /// Currency of the price.
        currency: Currency,
    }
    /// An option on a future.
    FutureOption {
        /// Product root of the option.
        root: Symbol,
        /// Exchange.
        exchange: Mic,
        /// Last trading date of the option.
        expiry: NaiveDate,
        /// Call or put.
        right: Right,
        /// Strike in units of the future's price.
        #[serde(with = "decimal")]
        #[cfg_attr(feature = "schemars", schemars(with = "String"))]
        strike: Decimal,
        /// Currency of premium and strike.
        currency: Currency,
    }
    /// A currency pair: one unit of `base` costs the price in `quote`.
    Forex {
        /// Currency bought.
        base: Currency,
        /// Currency paid.
        quote: Currency,
    }
    /// An index.
    Index {
        /// Ticker, such as `SPX`.
        symbol: Symbol,
        /// Exchange that publishes it.
        exchange: Mic,
        /// Currency of the members' prices.
        currency: Currency,
    }
    /// A crypto asset pair.
    Crypto {
        /// Asset bought.
        base: Currency,
        /// Currency paid.
        quote: Currency,
    }
    /// An open-end fund.
    Fund {
        /// Symbol or ISIN.
        symbol: Symbol,
        /// Currency of the net asset value.
        currency: Currency,
    }
    /// A warrant or callable bull/bear contract.
    Warrant {
        /// Listed symbol.
        symbol: Symbol,
        /// Exchange.
        exchange: Mic,
        /// Trading currency.
        currency: Currency,
    }
    /// A bond.
    Bond {
        /// ISIN or CUSIP.
        identifier: Symbol,
        /// Currency of the price.
        currency: Currency,
    }
    /// An instrument that only its broker can name.
    Native {
        /// The broker that understands the identifier.
        broker: BrokerId,
        /// The broker's identifier.
        id: Symbol,
    }
}

impl Instrument {
    /// A share, depositary receipt or exchange-traded fund.
    ///
    /// # Errors
    /// [`ValueError`] when the symbol is malformed.
    pub fn equity(symbol: &str, primary: Mic, currency: Currency) -> Result<Self, ValueError> {
        Ok(Self::Equity(Equity {
            symbol: symbol.parse()?,
            primary,
            currency,
        }))
    }

    /// A listed option in US dollars.
    #[must_use]
    pub fn option(symbol: OccSymbol) -> Self {
        Self::Option(ListedOption {
            symbol,
            currency: Currency::USD,
        })
    }

    /// A future by product root, exchange and last trading date.
    ///
    /// # Errors
    /// [`ValueError`] when the root is malformed.
    pub fn future(
        root: &str,
        exchange: Mic,
        expiry: NaiveDate,
        currency: Currency,
    ) -> Result<Self, ValueError> {
        Ok(Self::Future(Future {
            root: root.parse()?,
            exchange,
            expiry,
            currency,
        }))
    }

    /// A currency pair.
    #[must_use]
    pub fn forex(base: Currency, quote: Currency) -> Self {
        Self::Forex(Forex { base, quote })
    }

    /// A crypto asset pair.
    #[must_use]
    pub fn crypto(base: Currency, quote: Currency) -> Self {
        Self::Crypto(Crypto { base, quote })
    }

    /// An index.
    ///
    /// # Errors
    /// [`ValueError`] when the symbol is malformed.
    pub fn index(symbol: &str, exchange: Mic, currency: Currency) -> Result<Self, ValueError> {
        Ok(Self::Index(Index {
            symbol: symbol.parse()?,
            exchange,
            currency,
        }))
    }

    /// The class.
    #[must_use]
    pub fn asset_class(&self) -> AssetClass {
        match self {
            Self::Equity(_) => AssetClass::Equity,
            Self::Option(_) => AssetClass::Option,
            Self::Future(_) => AssetClass::Future,
            Self::FutureOption(_) => AssetClass::FutureOption,
            Self::Forex(_) => AssetClass::Forex,
            Self::Index(_) => AssetClass::Index,
            Self::Crypto(_) => AssetClass::Crypto,
            Self::Fund(_) => AssetClass::Fund,
            Self::Warrant(_) => AssetClass::Warrant,
            Self::Bond(_) => AssetClass::Bond,
            Self::Combo(_) => AssetClass::Combo,
            Self::Native(_) => AssetClass::Native,
        }
    }

    /// The currency in which the price is expressed; `None` when only the broker knows, or when the
    /// legs of a combination differ.
    #[must_use]
    pub fn currency(&self) -> Option<Currency> {
        match self {
            Self::Equity(part) => Some(part.currency),
            Self::Option(part) => Some(part.currency),
            Self::Future(part) => Some(part.currency),
            Self::FutureOption(part) => Some(part.currency),
            Self::Forex(part) => Some(part.quote),
            Self::Index(part) => Some(part.currency),
            Self::Crypto(part) => Some(part.quote),
            Self::Fund(part) => Some(part.currency),
            Self::Warrant(part) => Some(part.currency),
            Self::Bond(part) => Some(part.currency),
            Self::Combo(combo) => {
                let mut currencies = combo.legs().iter().map(|leg| leg.instrument.currency());
                let first = currencies.next().flatten()?;
                currencies
                    .all(|other| other == Some(first))
                    .then_some(first)
            }
            Self::Native(_) => None,
        }
    }

    /// The last trading date, for instruments that have one.
    #[must_use]
    pub fn expiry(&self) -> Option<NaiveDate> {
        match self {
            Self::Option(part) => Some(part.symbol.expiry()),
            Self::Future(part) => Some(part.expiry),
            Self::FutureOption(part) => Some(part.expiry),
            Self::Combo(combo) => combo
                .legs()
                .iter()
                .filter_map(|l| l.instrument.expiry())
                .min(),
            _ => None,
        }
    }
}

impl fmt::Display for Instrument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Equity(part) => write!(f, "{}.{}", part.symbol, part.primary),
            Self::Option(part) => {
                let occ = part.symbol;
                let right = if occ.right() == Right::Call { 'C' } else { 'P' };
                write!(f, "{} {} {}{right}", occ.root(), occ.expiry(), occ.strike())
            }
            Self::Future(part) => write!(f, "{}.{} {}", part.root, part.exchange, part.expiry),
            Self::FutureOption(part) => {
                let right = if part.right == Right::Call { 'C' } else { 'P' };
                let (root, exchange) = (&part.root, part.exchange);
                write!(
                    f,
                    "{root}.{exchange} {} {}{right}",
                    part.expiry, part.strike
                )
            }
            Self::Forex(part) => write!(f, "{}.{}", part.base, part.quote),
            Self::Index(part) => write!(f, "{}.{}", part.symbol, part.exchange),
            Self::Crypto(part) => write!(f, "{}-{}", part.base, part.quote),
            Self::Fund(part) => write!(f, "{} fund", part.symbol),
            Self::Warrant(part) => write!(f, "{}.{} warrant", part.symbol, part.exchange),
            Self::Bond(part) => write!(f, "{} bond", part.identifier),
            Self::Combo(combo) => {
                for (index, leg) in combo.legs().iter().enumerate() {
                    let sign = if leg.side == Side::Buy { '+' } else { '-' };
                    let space = if index == 0 { "" } else { " " };
                    write!(f, "{space}{sign}{}×[{}]", leg.ratio, leg.instrument)?;
                }
                Ok(())
            }
            Self::Native(part) => write!(f, "{}:{}", part.broker, part.id),
        }
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Instrument {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Instrument".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        // Combo legs hold instruments, so a derived schema would not terminate inline; the legs are
        // given by reference instead.
        let mut one_of = Vec::new();
        macro_rules! variant {
            ($word:literal, $part:ty) => {{
                let mut schema = <$part as schemars::JsonSchema>::json_schema(generator);
                if let Some(properties) = schema
                    .ensure_object()
                    .entry("properties")
                    .or_insert_with(|| serde_json::json!({}))
                    .as_object_mut()
                {
                    properties.insert("type".into(), serde_json::json!({ "const": $word }));
                }
                if let Some(required) = schema
                    .ensure_object()
                    .entry("required")
                    .or_insert_with(|| serde_json::json!([]))
                    .as_array_mut()
                {
                    required.push("type".into());
                }
                one_of.push(schema);
            }};
        }
        variant!("equity", Equity);
        variant!("option", ListedOption);
        variant!("future", Future);
        variant!("future_option", FutureOption);
        variant!("forex", Forex);
        variant!("index", Index);
        variant!("crypto", Crypto);
        variant!("fund", Fund);
        variant!("warrant", Warrant);
        variant!("bond", Bond);
        variant!("native", Native);
        one_of.push(schemars::json_schema!({
            "type": "object",
            "properties": {
                "type": { "const": "combo" },
                "legs": { "type": "array", "minItems": 2, "maxItems": Combo::MAX_LEGS,
                          "items": generator.subschema_for::<super::ComboLeg>() }
            },
            "required": ["type", "legs"]
        }));
        schemars::json_schema!({ "oneOf": one_of })
    }
}
