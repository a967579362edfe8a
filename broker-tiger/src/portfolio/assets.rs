//! An account's figures as Tiger tells them.

use broker_core::{
    Error, ErrorKind, Result,
    model::{AccountId, AccountKind, AccountSummary, Balance, Currency, Money, ProfitAndLoss},
};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::convert::{Figure, Rows, Text};

/// The answer to `prime_assets`: standard and paper accounts.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PrimeAssets {
    segments: Rows<Segment>,
}

/// A part of an account: securities, futures, funds, coins.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Segment {
    category: Text,
    currency: Text,
    cash_balance: Figure,
    gross_position_value: Figure,
    net_liquidation: Figure,
    init_margin: Figure,
    maintain_margin: Figure,
    excess_liquidation: Figure,
    buying_power: Figure,
    #[serde(rename = "unrealizedPL")]
    unrealized: Figure,
    #[serde(rename = "realizedPL")]
    realized: Figure,
    #[serde(rename = "totalTodayPL")]
    today: Figure,
    currency_assets: Rows<CurrencyRow>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct CurrencyRow {
    currency: Text,
    cash_balance: Figure,
    forex_rate: Figure,
}

/// The answer to `assets`: global accounts.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct GlobalAssets {
    currency: Text,
    cash_value: Figure,
    gross_position_value: Figure,
    net_liquidation: Figure,
    buying_power: Figure,
    init_margin_req: Figure,
    maint_margin_req: Figure,
    excess_liquidity: Figure,
    #[serde(rename = "unrealizedPnL")]
    unrealized: Figure,
    #[serde(rename = "realizedPnL")]
    realized: Figure,
    #[serde(rename = "dailyPnL")]
    today: Figure,
    market_values: Rows<MarketRow>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct MarketRow {
    currency: Text,
    cash_balance: Figure,
    exchange_rate: Figure,
}

/// An account's figures and its profit, out of one answer.
#[derive(Debug)]
pub(super) struct Figures {
    pub(super) summary: AccountSummary,
    pub(super) profit: ProfitAndLoss,
}

/// How an account is financed, in the vendor's words.
pub(crate) fn account_kind(capability: Option<&str>) -> AccountKind {
    match capability {
        Some("CASH") => AccountKind::Cash,
        Some("RegTMargin" | "MRGN") => AccountKind::Margin,
        Some("PMGRN") => AccountKind::PortfolioMargin,
        other => AccountKind::Other(other.unwrap_or("unknown").into()),
    }
}

fn currency(word: &Text) -> Option<Currency> {
    word.get().and_then(|word| word.parse().ok())
}

fn lacks(what: &str) -> Error {
    Error::new(
        ErrorKind::Protocol,
        format!("the account's figures lack {what}"),
    )
}

impl PrimeAssets {
    /// The figures in core's words. Parts of the account in the same currency are added up; the
    /// buying power is that of securities.
    pub(super) fn figures(&self, account: &AccountId, as_of: DateTime<Utc>) -> Result<Figures> {
        if let Some(error) = self.segments.unreadable.first() {
            return Err(error.clone());
        }
        let segments = &self.segments.rows;
        let main = segments
            .iter()
            .find(|segment| segment.category.get() == Some("S"))
            .or(segments.first())
            .ok_or_else(|| lacks("every segment"))?;
        let base = currency(&main.currency).ok_or_else(|| lacks("a currency"))?;
        let total = |of: fn(&Segment) -> Figure| {
            let same = segments
                .iter()
                .filter(|segment| currency(&segment.currency) == Some(base));
            let mut sum = None;
            for figure in same.filter_map(|segment| of(segment).computed()) {
                sum = match sum {
                    None => Some(figure),
                    Some(sum) => figure.checked_add(sum),
                };
            }
            sum.map(|amount| Money::new(amount, base))
        };
        let mut summary = AccountSummary::new(account.clone(), base, as_of);
        summary.net_liquidation = total(|one| one.net_liquidation);
        summary.cash = total(|one| one.cash_balance);
        summary.gross_position_value = total(|one| one.gross_position_value);
        summary.initial_margin = total(|one| one.init_margin);
        summary.maintenance_margin = total(|one| one.maintain_margin);
        summary.excess_liquidity = total(|one| one.excess_liquidation);
        summary.unrealized_pnl = total(|one| one.unrealized);
        summary.realized_pnl = total(|one| one.realized);
        summary.buying_power = main
            .buying_power
            .computed()
            .map(|amount| Money::new(amount, base));
        for segment in segments {
            if let Some(error) = segment.currency_assets.unreadable.first() {
                return Err(error.clone());
            }
            for row in &segment.currency_assets.rows {
                let (Some(currency), Some(cash)) =
                    (currency(&row.currency), row.cash_balance.computed())
                else {
                    continue;
                };
                let mut balance = Balance::new(currency, cash);
                balance.segment.clone_from(&segment.category.0);
                balance.exchange_rate = row.forex_rate.computed();
                summary.balances.push(balance);
            }
        }
        let mut profit = ProfitAndLoss::new(account.clone(), as_of);
        profit.daily = total(|one| one.today);
        profit.unrealized = summary.unrealized_pnl;
        profit.realized = summary.realized_pnl;
        Ok(Figures { summary, profit })
    }
}

impl GlobalAssets {
    /// The figures in core's words.
    pub(super) fn figures(&self, account: &AccountId, as_of: DateTime<Utc>) -> Result<Figures> {
        let base = currency(&self.currency).ok_or_else(|| lacks("a currency"))?;
        let money = |figure: Figure| figure.computed().map(|amount| Money::new(amount, base));
        let mut summary = AccountSummary::new(account.clone(), base, as_of);
        summary.net_liquidation = money(self.net_liquidation);
        summary.cash = money(self.cash_value);
        summary.gross_position_value = money(self.gross_position_value);
        summary.buying_power = money(self.buying_power);
        summary.initial_margin = money(self.init_margin_req);
        summary.maintenance_margin = money(self.maint_margin_req);
        summary.excess_liquidity = money(self.excess_liquidity);
        summary.unrealized_pnl = money(self.unrealized);
        summary.realized_pnl = money(self.realized);
        if let Some(error) = self.market_values.unreadable.first() {
            return Err(error.clone());
        }
        for row in &self.market_values.rows {
            let (Some(currency), Some(cash)) =
                (currency(&row.currency), row.cash_balance.computed())
            else {
                continue;
            };
            let mut balance = Balance::new(currency, cash);
            balance.exchange_rate = row.exchange_rate.computed();
            summary.balances.push(balance);
        }
        let mut profit = ProfitAndLoss::new(account.clone(), as_of);
        profit.daily = money(self.today);
        profit.unrealized = summary.unrealized_pnl;
        profit.realized = summary.realized_pnl;
        Ok(Figures { summary, profit })
    }
}
