use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::words::word_enum;
use super::{AccountId, BrokerText, Currency, Instrument, Money, Price, SignedQuantity, decimal};

word_enum! {
    /// Whether orders move real money.
    pub enum Environment {
        /// Real money.
        Live = "live",
        /// The broker's own paper account.
        Paper = "paper",
        /// A simulator of this library.
        Simulated = "simulated",
    }
}

word_enum! {
    /// How an account is financed.
    pub enum AccountKind {
        /// Only what is paid for.
        Cash = "cash",
        /// Credit under the regulation's initial and maintenance margin.
        Margin = "margin",
        /// Credit by the risk of the whole portfolio.
        PortfolioMargin = "portfolio_margin",
        .. Other
    }
}

/// An account and what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AccountInfo {
    /// The account as the broker names it.
    pub id: AccountId,
    /// How it is financed.
    pub kind: AccountKind,
    /// The currency in which totals are expressed.
    pub base_currency: Currency,
    /// Whether its orders move real money.
    pub environment: Environment,
}

impl AccountInfo {
    /// An account.
    #[must_use]
    pub fn new(
        id: AccountId,
        kind: AccountKind,
        base_currency: Currency,
        environment: Environment,
    ) -> Self {
        Self {
            id,
            kind,
            base_currency,
            environment,
        }
    }
}

/// Cash and values of one account in one currency, and in one segment where the broker has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Balance {
    /// The currency of every amount here.
    pub currency: Currency,
    /// The broker's name for a part of the account, such as securities or commodities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
    /// Cash, settled or not; negative is borrowed.
    #[serde(with = "decimal")]
    #[cfg_attr(feature = "schemars", schemars(with = "String"))]
    pub cash: Decimal,
    /// The part of the cash that has settled.
    #[serde(
        default,
        with = "decimal::option",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    pub settled_cash: Option<Decimal>,
    /// Units of the account's base currency per unit of this one.
    #[serde(
        default,
        with = "decimal::option",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    pub exchange_rate: Option<Decimal>,
}

impl Balance {
    /// Cash in a currency.
    #[must_use]
    pub fn new(currency: Currency, cash: Decimal) -> Self {
        Self {
            currency,
            segment: None,
            cash,
            settled_cash: None,
            exchange_rate: None,
        }
    }
}

/// What an account is worth and what it may still do (FIX message BA and BQ).
///
/// Totals are in the base currency. A figure that the broker does not give is absent, never zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AccountSummary {
    /// The account.
    pub account: AccountId,
    /// The currency of the totals.
    pub base_currency: Currency,
    /// Cash plus the value of all positions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub net_liquidation: Option<Money>,
    /// All cash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cash: Option<Money>,
    /// The sum of the magnitudes of all positions' values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gross_position_value: Option<Money>,
    /// What may still be spent on new positions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buying_power: Option<Money>,
    /// Margin needed to open what is held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial_margin: Option<Money>,
    /// Margin needed to keep what is held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maintenance_margin: Option<Money>,
    /// What is left above the maintenance margin; below zero the account may be liquidated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excess_liquidity: Option<Money>,
    /// Profit or loss that open positions would realise now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unrealized_pnl: Option<Money>,
    /// Profit or loss realised today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub realized_pnl: Option<Money>,
    /// Cash by currency and segment.
    pub balances: Vec<Balance>,
    /// When the figures held, UTC.
    pub as_of: DateTime<Utc>,
}

impl AccountSummary {
    /// A summary without figures.
    #[must_use]
    pub fn new(account: AccountId, base_currency: Currency, as_of: DateTime<Utc>) -> Self {
        Self {
            account,
            base_currency,
            net_liquidation: None,
            cash: None,
            gross_position_value: None,
            buying_power: None,
            initial_margin: None,
            maintenance_margin: None,
            excess_liquidity: None,
            unrealized_pnl: None,
            realized_pnl: None,
            balances: Vec::new(),
            as_of,
        }
    }
}

/// What an account holds of one instrument (FIX message AP).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Position {
    /// The account.
    pub account: AccountId,
    /// What is held.
    pub instrument: Instrument,
    /// How much; negative is short, zero has just been closed.
    pub quantity: SignedQuantity,
    /// Average price paid or received per unit, fees not included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average_price: Option<Price>,
    /// The price at which the position is valued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market_price: Option<Price>,
    /// Quantity × price × multiplier, in the instrument's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market_value: Option<Money>,
    /// Profit or loss that closing now would realise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unrealized_pnl: Option<Money>,
    /// Profit or loss realised today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub realized_pnl: Option<Money>,
    /// When the figures held, UTC.
    pub as_of: DateTime<Utc>,
}

impl Position {
    /// A position without valuation.
    #[must_use]
    pub fn new(
        account: AccountId,
        instrument: Instrument,
        quantity: SignedQuantity,
        as_of: DateTime<Utc>,
    ) -> Self {
        Self {
            account,
            instrument,
            quantity,
            average_price: None,
            market_price: None,
            market_value: None,
            unrealized_pnl: None,
            realized_pnl: None,
            as_of,
        }
    }
}

/// Profit and loss of an account, in its base currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ProfitAndLoss {
    /// The account.
    pub account: AccountId,
    /// Change of net liquidation value since the last close, deposits not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily: Option<Money>,
    /// What open positions would realise now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unrealized: Option<Money>,
    /// What was realised today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub realized: Option<Money>,
    /// When the figures held, UTC.
    pub as_of: DateTime<Utc>,
}

impl ProfitAndLoss {
    /// Without figures.
    #[must_use]
    pub fn new(account: AccountId, as_of: DateTime<Utc>) -> Self {
        Self {
            account,
            daily: None,
            unrealized: None,
            realized: None,
            as_of,
        }
    }
}

/// What an order would cost and do to the account, without placing it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct OrderPreview {
    /// Whether the broker would take the order.
    pub accepted: bool,
    /// Estimated commission and fees; above zero is paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commission: Option<Money>,
    /// Estimated price × quantity × multiplier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notional: Option<Money>,
    /// Initial margin of the account now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial_margin_before: Option<Money>,
    /// Initial margin of the account with the order filled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial_margin_after: Option<Money>,
    /// Maintenance margin of the account with the order filled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maintenance_margin_after: Option<Money>,
    /// Buying power of the account with the order filled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buying_power_after: Option<Money>,
    /// The broker's reasons against, or its remarks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<BrokerText>,
}

impl OrderPreview {
    /// An answer without figures.
    #[must_use]
    pub fn new(accepted: bool) -> Self {
        Self {
            accepted,
            commission: None,
            notional: None,
            initial_margin_before: None,
            initial_margin_after: None,
            maintenance_margin_after: None,
            buying_power_after: None,
            messages: Vec::new(),
        }
    }
}
