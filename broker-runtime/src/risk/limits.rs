use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use broker_core::{
    Decimal,
    model::{AccountId, AssetClass, Currency, Instrument},
};
use serde::{Deserialize, Serialize};

use super::{RiskBreach, RiskScope, Rule, amount};

/// What to do when a figure that a limit needs is not known, or too old.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenUnknown {
    /// The order is refused.
    #[default]
    Refuse,
    /// The limit is left out.
    Allow,
}

/// When new exposure may be taken on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TradingHours {
    /// In the regular session of the instrument.
    Regular,
    /// In any session of the instrument.
    AnySession,
}

/// How far a limit price may be from the market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceCollar {
    /// In percent of the last quote's middle: 5 is five percent.
    #[serde(with = "amount")]
    pub percent: Decimal,
    /// Whether a price that is too good counts, too; otherwise only one that is too bad.
    pub both_sides: bool,
}

/// Which instruments may be traded, by symbol or by the instrument's whole text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SymbolRule {
    /// Only these; all when absent.
    pub allow: Option<BTreeSet<String>>,
    /// Never these.
    pub deny: BTreeSet<String>,
}

impl SymbolRule {
    /// The word by which an instrument is refused, if it is.
    pub(super) fn refuses(&self, instrument: &Instrument) -> Option<String> {
        let whole = instrument.to_string();
        let symbol = symbol_of(instrument);
        let listed = |set: &BTreeSet<String>| set.contains(&whole) || set.contains(&symbol);
        let allowed = self.allow.as_ref().is_none_or(listed);
        (!allowed || listed(&self.deny)).then_some(symbol)
    }
}

/// The symbol that a person would name: of an option its underlying's, of a currency pair the pair.
fn symbol_of(instrument: &Instrument) -> String {
    match instrument {
        Instrument::Equity(part) => part.symbol.to_string(),
        Instrument::Option(part) => part.symbol.root().to_owned(),
        Instrument::Future(part) => part.root.to_string(),
        Instrument::FutureOption(part) => part.root.to_string(),
        Instrument::Index(part) => part.symbol.to_string(),
        Instrument::Fund(part) => part.symbol.to_string(),
        Instrument::Warrant(part) => part.symbol.to_string(),
        Instrument::Forex(_)
        | Instrument::Crypto(_)
        | Instrument::Bond(_)
        | Instrument::Combo(_)
        | Instrument::Native(_) => instrument.to_string(),
        other => other.to_string(),
    }
}

/// Limits of one account, or of all accounts together. What is absent is not limited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Limits {
    /// The currency of every amount here.
    pub currency: Currency,
    /// Most units in one order.
    #[serde(with = "amount::option")]
    pub max_order_quantity: Option<Decimal>,
    /// Most money in one order: price × quantity × multiplier.
    #[serde(with = "amount::option")]
    pub max_order_notional: Option<Decimal>,
    /// Most units of one instrument, long or short, working orders included.
    #[serde(with = "amount::option")]
    pub max_position_quantity: Option<Decimal>,
    /// Most money in one instrument, long or short, working orders included.
    #[serde(with = "amount::option")]
    pub max_position_notional: Option<Decimal>,
    /// Most money in all instruments, long and short added up, working orders included.
    #[serde(with = "amount::option")]
    pub max_gross_exposure: Option<Decimal>,
    /// Most money in all instruments, long less short, working orders included.
    #[serde(with = "amount::option")]
    pub max_net_exposure: Option<Decimal>,
    /// How far a limit price may be from the market.
    pub price_collar: Option<PriceCollar>,
    /// How old a quote may be, in seconds, before it is stale; delayed quotes always are.
    pub max_quote_age_seconds: u64,
    /// Most orders and changes in any second.
    pub max_orders_per_second: Option<u32>,
    /// Most orders that work at once.
    pub max_open_orders: Option<u32>,
    /// The largest loss of the day, realised or not, above zero.
    #[serde(with = "amount::option")]
    pub max_daily_loss: Option<Decimal>,
    /// Which instruments may be traded.
    pub symbols: SymbolRule,
    /// Which classes may be traded; all when absent.
    pub asset_classes: Option<BTreeSet<AssetClass>>,
    /// Whether a position may be sold below zero. Currency pairs are not meant.
    pub short_selling: bool,
    /// When new exposure may be taken on; always when absent.
    pub trading_hours: Option<TradingHours>,
    /// Whether nothing at all may be sent, not even a cancel.
    pub read_only: bool,
    /// What to do when a figure that a limit needs is not known, or too old.
    pub when_unknown: WhenUnknown,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            currency: Currency::USD,
            max_order_quantity: None,
            max_order_notional: None,
            max_position_quantity: None,
            max_position_notional: None,
            max_gross_exposure: None,
            max_net_exposure: None,
            price_collar: None,
            max_quote_age_seconds: 10,
            max_orders_per_second: None,
            max_open_orders: None,
            max_daily_loss: None,
            symbols: SymbolRule::default(),
            asset_classes: None,
            short_selling: true,
            trading_hours: None,
            read_only: false,
            when_unknown: WhenUnknown::Refuse,
        }
    }
}

impl Limits {
    /// No limits, to be set field by field.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    pub(super) const fn max_quote_age(&self) -> Duration {
        Duration::from_secs(self.max_quote_age_seconds)
    }

    pub(super) const fn needs_quote(&self) -> bool {
        self.price_collar.is_some() || self.needs_values()
    }

    /// Whether it matters which instruments are traded.
    pub(super) fn needs_instruments(&self) -> bool {
        self.symbols != SymbolRule::default()
            || self.asset_classes.is_some()
            || self.trading_hours.is_some()
    }

    /// Whether it matters how much of an instrument is held and worked.
    pub(super) const fn needs_lines(&self) -> bool {
        self.max_position_quantity.is_some()
            || self.max_position_notional.is_some()
            || !self.short_selling
    }

    /// Whether money is limited, so that prices, multipliers and rates have to be known.
    pub(super) const fn needs_values(&self) -> bool {
        self.max_order_notional.is_some()
            || self.max_position_notional.is_some()
            || self.needs_exposure()
    }

    pub(super) const fn needs_exposure(&self) -> bool {
        self.max_gross_exposure.is_some() || self.max_net_exposure.is_some()
    }

    /// Whether positions and working orders have to be known.
    pub(super) const fn needs_book(&self) -> bool {
        self.needs_exposure() || self.needs_lines() || self.max_open_orders.is_some()
    }
}

/// The limits of every account and of all together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct RiskLimits {
    /// Of an account that has none of its own.
    pub each: Limits,
    /// Of single accounts, instead of `each`.
    pub accounts: BTreeMap<AccountId, Limits>,
    /// Of all accounts of all brokers that share the risk layer, added up.
    pub total: Limits,
    /// Units of the limits' currency per unit of another, where the accounts' own rates are not to be
    /// used or not known.
    #[serde(skip)]
    pub rates: BTreeMap<Currency, Decimal>,
}

impl RiskLimits {
    /// The same limits for every account.
    #[must_use]
    pub fn each(limits: Limits) -> Self {
        Self {
            each: limits,
            ..Self::default()
        }
    }

    /// A cancel passes unless nothing at all may be sent.
    pub(crate) fn cancel_is_allowed(&self, account: &AccountId) -> Result<(), RiskBreach> {
        let scopes = [
            (self.of(account), RiskScope::Account(account.clone())),
            (&self.total, RiskScope::Total),
        ];
        for (limits, scope) in scopes {
            if limits.read_only {
                return Err(RiskBreach {
                    rule: Rule::ReadOnly,
                    scope,
                    limit: true.to_string(),
                    value: "a cancel".to_owned(),
                });
            }
        }
        Ok(())
    }

    pub(super) fn of(&self, account: &AccountId) -> &Limits {
        self.accounts.get(account).unwrap_or(&self.each)
    }
}
