use std::collections::BTreeSet;

use broker_core::{
    dec,
    model::{AssetClass, Currency},
};
use broker_runtime::risk::SymbolRule;
use serde::{Deserialize, Serialize};

use crate::value::Number;

/// What a key may send at most. What is absent is not limited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct KeyLimits {
    /// The currency of every amount here.
    pub currency: Currency,
    /// Most units in one order.
    pub max_order_quantity: Option<Number>,
    /// Most money in one order: price × quantity × multiplier.
    pub max_order_notional: Option<Number>,
    /// Most money in all orders of a day of the calendar, UTC.
    pub max_daily_notional: Option<Number>,
    /// Most orders and changes in any minute.
    pub max_orders_per_minute: Option<u32>,
    /// Most orders of this key that may work at once in an account; an order with its exits is one.
    pub max_open_orders: Option<u32>,
    /// The largest loss of the account in a day, realised or not, above zero. Beyond it this key only
    /// lessens what is held.
    pub max_daily_loss: Option<Number>,
    /// How far a limit price may be on the wrong side of the market, in percent; 5 when not said.
    pub price_collar_percent: Option<Number>,
    /// Which instruments may be traded. Every leg of a combination counts.
    pub symbols: SymbolRule,
    /// Which classes may be traded; all when absent. Every leg of a combination counts.
    pub asset_classes: Option<BTreeSet<AssetClass>>,
    /// Whether orders are taken only while the market is open.
    pub market_hours: bool,
    /// Whether a position may be sold below zero; no when not said.
    pub short_selling: bool,
    /// Whether nothing may be borrowed; no when not said. What is bought is paid from the cash in its
    /// currency that working orders and the purchases of the last three minutes leave; futures, options on
    /// them and currency pairs are not opened, and nothing is sold short whatever `short_selling` says.
    /// Commissions, and what a market order pays above the market's price of now, are not counted.
    pub cash_only: bool,
    /// Whether orders without a limit price are taken while no price is known; no when not said.
    pub unpriced_orders: bool,
    /// How old a quote may be, in seconds, before it is no price; delayed quotes never are one.
    pub max_quote_age_seconds: u32,
}

impl Default for KeyLimits {
    fn default() -> Self {
        Self {
            currency: Currency::USD,
            max_order_quantity: None,
            max_order_notional: None,
            max_daily_notional: None,
            max_orders_per_minute: None,
            max_open_orders: None,
            max_daily_loss: None,
            price_collar_percent: Some(Number(dec!(5))),
            symbols: SymbolRule::default(),
            asset_classes: None,
            market_hours: false,
            short_selling: false,
            cash_only: false,
            unpriced_orders: false,
            max_quote_age_seconds: 60,
        }
    }
}

impl KeyLimits {
    /// Whether money is limited, so that prices, multipliers and rates have to be known.
    pub(crate) const fn needs_notional(&self) -> bool {
        self.max_order_notional.is_some() || self.max_daily_notional.is_some()
    }

    /// Whether what is not held may be sold.
    pub(crate) const fn sells_short(&self) -> bool {
        self.short_selling && !self.cash_only
    }
}
