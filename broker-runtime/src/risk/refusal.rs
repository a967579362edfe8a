use core::fmt;

use broker_core::{Error, ErrorKind, model::AccountId};

/// A limit that can refuse an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each variant is the limit of that name")]
pub enum Rule {
    ReadOnly,
    KillSwitch,
    OrderQuantity,
    OrderNotional,
    PositionQuantity,
    PositionNotional,
    GrossExposure,
    NetExposure,
    PriceCollar,
    StaleQuote,
    OrdersPerSecond,
    OpenOrders,
    DailyLoss,
    Symbol,
    AssetClass,
    ShortSelling,
    TradingHours,
    /// A figure that a limit needs is not known.
    Unknown,
}

impl Rule {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "read_only",
            Self::KillSwitch => "kill_switch",
            Self::OrderQuantity => "max_order_quantity",
            Self::OrderNotional => "max_order_notional",
            Self::PositionQuantity => "max_position_quantity",
            Self::PositionNotional => "max_position_notional",
            Self::GrossExposure => "max_gross_exposure",
            Self::NetExposure => "max_net_exposure",
            Self::PriceCollar => "price_collar",
            Self::StaleQuote => "max_quote_age_seconds",
            Self::OrdersPerSecond => "max_orders_per_second",
            Self::OpenOrders => "max_open_orders",
            Self::DailyLoss => "max_daily_loss",
            Self::Symbol => "symbols",
            Self::AssetClass => "asset_classes",
            Self::ShortSelling => "short_selling",
            Self::TradingHours => "trading_hours",
            Self::Unknown => "when_unknown",
        }
    }
}

/// Whose limit it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RiskScope {
    /// One account's.
    Account(AccountId),
    /// That of all accounts together.
    Total,
}

/// Why an order was refused. It is the source of the
/// [`RiskRefused`](ErrorKind::RiskRefused) error.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RiskBreach {
    /// The limit.
    pub rule: Rule,
    /// Whose limit it is.
    pub scope: RiskScope,
    /// What is allowed.
    pub limit: String,
    /// What would be.
    pub value: String,
}

impl fmt::Display for RiskBreach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = self.rule.as_str();
        let (limit, value) = (&self.limit, &self.value);
        match &self.scope {
            RiskScope::Account(account) => write!(f, "{rule} of account {account}")?,
            RiskScope::Total => write!(f, "{rule} of all accounts")?,
        }
        write!(f, ": the limit is {limit}, the value {value}")
    }
}

impl std::error::Error for RiskBreach {}

impl From<RiskBreach> for Error {
    fn from(breach: RiskBreach) -> Self {
        Self::new(ErrorKind::RiskRefused, breach.to_string()).with_source(breach)
    }
}

impl RiskBreach {
    /// The breach behind an error, if a limit refused.
    #[must_use]
    pub fn of(error: &Error) -> Option<&Self> {
        std::error::Error::source(error)?.downcast_ref()
    }
}
