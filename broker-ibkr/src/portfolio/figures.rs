//! TWS's names for an account's figures.

use std::collections::BTreeMap;

use broker_core::{
    Decimal,
    model::{AccountId, AccountKind, AccountSummary, Balance, Currency, Money},
};
use chrono::{DateTime, Utc};

use crate::convert;

/// The figures of one account as TWS tells them, one key at a time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    values: BTreeMap<(String, String), String>,
}

/// The pseudo-currency under which TWS sums all currencies up.
const BASE: &str = "BASE";

impl Figures {
    /// Takes one figure in; whether it is new.
    pub(crate) fn take(&mut self, key: &str, value: &str, currency: &str) -> bool {
        let place = (key.to_owned(), currency.to_owned());
        self.values.insert(place, value.to_owned()).as_deref() != Some(value)
    }

    fn text(&self, key: &str, currency: &str) -> Option<&str> {
        self.values
            .get(&(key.to_owned(), currency.to_owned()))
            .map(String::as_str)
    }

    fn number(&self, key: &str, currency: Currency) -> Option<Decimal> {
        self.text(key, currency.as_str()).and_then(convert::text)
    }

    /// The currency of the totals: the one in which the net liquidation value is told.
    pub(crate) fn base_currency(&self) -> Option<Currency> {
        const TOTALS: [&str; 3] = ["NetLiquidation", "TotalCashValue", "EquityWithLoanValue"];
        let told = self.values.keys().filter(|(_, currency)| currency != BASE);
        told.filter(|(key, _)| TOTALS.contains(&key.as_str()))
            .find_map(|(_, currency)| currency.parse().ok())
    }

    /// How the account is financed, where TWS says it in a word that core knows.
    pub(crate) fn kind(&self) -> AccountKind {
        let raw = self.text("AccountType", "").or_else(|| {
            let mut values = self.values.iter();
            values
                .find(|((key, _), _)| key == "AccountType")
                .map(|(_, value)| value.as_str())
        });
        match raw.unwrap_or_default().to_ascii_uppercase().as_str() {
            "CASH" => AccountKind::Cash,
            "MARGIN" | "REG T MARGIN" | "REGT" => AccountKind::Margin,
            "PORTFOLIO MARGIN" | "PORTFOLIO" => AccountKind::PortfolioMargin,
            _ => AccountKind::Other(raw.unwrap_or("unknown").into()),
        }
    }

    /// The figures in core's words; `None` before TWS has told the currency of the totals.
    pub(crate) fn summary(
        &self,
        account: &AccountId,
        as_of: DateTime<Utc>,
    ) -> Option<AccountSummary> {
        let base = self.base_currency()?;
        let total = |keys: &[&str]| {
            let amount = keys.iter().find_map(|key| self.number(key, base))?;
            Some(Money::new(amount, base))
        };
        let mut summary = AccountSummary::new(account.clone(), base, as_of);
        summary.net_liquidation = total(&["NetLiquidation"]);
        summary.cash = total(&["TotalCashValue"]);
        summary.gross_position_value = total(&["GrossPositionValue"]);
        summary.buying_power = total(&["BuyingPower"]);
        summary.initial_margin = total(&["InitMarginReq", "FullInitMarginReq"]);
        summary.maintenance_margin = total(&["MaintMarginReq", "FullMaintMarginReq"]);
        summary.excess_liquidity = total(&["ExcessLiquidity", "FullExcessLiquidity"]);
        let in_base = |key: &str| {
            let sum = self.text(key, BASE).and_then(convert::text);
            sum.or_else(|| self.number(key, base))
                .map(|amount| Money::new(amount, base))
        };
        summary.unrealized_pnl = in_base("UnrealizedPnL");
        summary.realized_pnl = in_base("RealizedPnL");
        summary.balances = self.balances(base);
        Some(summary)
    }

    fn balances(&self, base: Currency) -> Vec<Balance> {
        let cash_of = |currency: Currency| {
            self.number("CashBalance", currency)
                .or_else(|| self.number("TotalCashBalance", currency))
        };
        let mut currencies: Vec<Currency> = self
            .values
            .keys()
            .filter(|(key, currency)| {
                currency != BASE && (key == "CashBalance" || key == "TotalCashBalance")
            })
            .filter_map(|(_, currency)| currency.parse().ok())
            .collect();
        currencies.sort();
        currencies.dedup();
        if currencies.is_empty() {
            // An account of one currency may be told by its totals only.
            let cash = self.number("TotalCashValue", base);
            return cash
                .map(|cash| {
                    let mut balance = Balance::new(base, cash);
                    balance.settled_cash = self.number("SettledCash", base);
                    balance
                })
                .into_iter()
                .collect();
        }
        let balance = |currency: Currency| {
            let mut balance = Balance::new(currency, cash_of(currency)?);
            balance.settled_cash = (currency == base)
                .then(|| self.number("SettledCash", base))
                .flatten();
            balance.exchange_rate = self.number("ExchangeRate", currency);
            Some(balance)
        };
        currencies.into_iter().filter_map(balance).collect()
    }
}
