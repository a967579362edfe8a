//! The exchange's figures in TWS's words.

use std::collections::BTreeMap;

use broker_core::model::{
    AccountId, AccountKind, AccountSummary, AssetClass, Currency, Money, Position,
};
use rust_decimal::Decimal;

use crate::exchange::Exchange;

/// One value of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) key: &'static str,
    pub(super) value: String,
    /// Empty for what is no amount; `BASE` for a sum over currencies.
    pub(super) currency: String,
}

/// The tags of the account as a whole that a summary may ask for.
pub(super) const TAGS: [&str; 33] = [
    "AccountType",
    "NetLiquidation",
    "TotalCashValue",
    "SettledCash",
    "AccruedCash",
    "BuyingPower",
    "EquityWithLoanValue",
    "PreviousDayEquityWithLoanValue",
    "GrossPositionValue",
    "RegTEquity",
    "RegTMargin",
    "SMA",
    "InitMarginReq",
    "MaintMarginReq",
    "AvailableFunds",
    "ExcessLiquidity",
    "Cushion",
    "FullInitMarginReq",
    "FullMaintMarginReq",
    "FullAvailableFunds",
    "FullExcessLiquidity",
    "LookAheadNextChange",
    "LookAheadInitMarginReq",
    "LookAheadMaintMarginReq",
    "LookAheadAvailableFunds",
    "LookAheadExcessLiquidity",
    "HighestSeverity",
    "DayTradesRemaining",
    "DayTradesRemainingT+1",
    "DayTradesRemainingT+2",
    "DayTradesRemainingT+3",
    "DayTradesRemainingT+4",
    "Leverage",
];

fn amount(value: Decimal) -> String {
    format!("{:.2}", value.round_dp(2))
}

/// The values of the account as a whole. A figure that the exchange does not have is left out.
pub(super) fn totals(exchange: &Exchange, account: &AccountId) -> Vec<Value> {
    let (Some(summary), Some(books)) = (exchange.summary(account), exchange.account(account))
    else {
        return Vec::new();
    };
    let base = summary.base_currency.to_string();
    let plain = |key, value: &str| Value {
        key,
        value: value.to_owned(),
        currency: String::new(),
    };
    let mut values = vec![plain(
        "AccountType",
        match books.kind() {
            AccountKind::Cash => "CASH",
            _ => "INDIVIDUAL",
        },
    )];
    let mut put = |key, figure: Option<Decimal>| {
        if let Some(figure) = figure {
            values.push(Value {
                key,
                value: amount(figure),
                currency: base.clone(),
            });
        }
    };
    let get = |money: Option<Money>| money.map(|money| money.amount);
    let net = get(summary.net_liquidation);
    // A cash account needs no margin: what it may spend is what it has free.
    let initial = get(summary.initial_margin).or(Some(Decimal::ZERO));
    let maintenance = get(summary.maintenance_margin).or(Some(Decimal::ZERO));
    let excess = get(summary.excess_liquidity);
    let available = match (net, initial) {
        (Some(net), Some(initial)) if summary.initial_margin.is_some() => Some(net - initial),
        _ => excess,
    };
    put("NetLiquidation", net);
    put("TotalCashValue", get(summary.cash));
    put("SettledCash", settled(&summary));
    put("AccruedCash", Some(Decimal::ZERO));
    put("BuyingPower", get(summary.buying_power));
    put("EquityWithLoanValue", net);
    put(
        "PreviousDayEquityWithLoanValue",
        previous_equity(exchange, account, net),
    );
    put("GrossPositionValue", get(summary.gross_position_value));
    put("RegTEquity", net);
    put("RegTMargin", initial);
    put("SMA", available);
    for key in [
        "InitMarginReq",
        "FullInitMarginReq",
        "LookAheadInitMarginReq",
    ] {
        put(key, initial);
    }
    for key in [
        "MaintMarginReq",
        "FullMaintMarginReq",
        "LookAheadMaintMarginReq",
    ] {
        put(key, maintenance);
    }
    for key in [
        "AvailableFunds",
        "FullAvailableFunds",
        "LookAheadAvailableFunds",
    ] {
        put(key, available);
    }
    for key in [
        "ExcessLiquidity",
        "FullExcessLiquidity",
        "LookAheadExcessLiquidity",
    ] {
        put(key, excess);
    }
    let share = |part: Option<Decimal>| part?.checked_div(net?).map(|share| share.round_dp(6));
    if let Some(cushion) = share(excess) {
        values.push(plain("Cushion", &cushion.normalize().to_string()));
    }
    if let Some(leverage) = share(get(summary.gross_position_value)) {
        values.push(plain("Leverage", &amount(leverage)));
    }
    values.push(plain("LookAheadNextChange", "0"));
    values.push(plain("HighestSeverity", "0"));
    // No limit, today and on the next days.
    for key in [
        "DayTradesRemaining",
        "DayTradesRemainingT+1",
        "DayTradesRemainingT+2",
        "DayTradesRemainingT+3",
        "DayTradesRemainingT+4",
    ] {
        values.push(plain(key, "-1"));
    }
    values
}

/// Settled cash of all currencies, in the base currency.
fn settled(summary: &AccountSummary) -> Option<Decimal> {
    summary
        .balances
        .iter()
        .try_fold(Decimal::ZERO, |sum, balance| {
            sum.checked_add(balance.settled_cash?.checked_mul(balance.exchange_rate?)?)
        })
}

fn previous_equity(
    exchange: &Exchange,
    account: &AccountId,
    net: Option<Decimal>,
) -> Option<Decimal> {
    let daily = exchange.profit_and_loss(account)?.daily?.amount;
    Some(net? - daily)
}

/// Sums of one currency.
#[derive(Debug, Clone, Copy, Default)]
struct Line {
    cash: Decimal,
    rate: Option<Decimal>,
    stocks: Decimal,
    options: Decimal,
    funds: Decimal,
    unrealized: Decimal,
    realized: Decimal,
}

impl Line {
    fn add(&mut self, position: &Position) {
        let value = position.market_value.map_or(Decimal::ZERO, |v| v.amount);
        match position.instrument.asset_class() {
            AssetClass::Option | AssetClass::FutureOption => self.options += value,
            AssetClass::Fund => self.funds += value,
            // Gains on futures are cash already.
            AssetClass::Future => {}
            _ => self.stocks += value,
        }
        self.unrealized += position.unrealized_pnl.map_or(Decimal::ZERO, |v| v.amount);
        self.realized += position.realized_pnl.map_or(Decimal::ZERO, |v| v.amount);
    }

    /// The same in the base currency; nothing of a currency without a rate.
    fn in_base(&self, sum: &mut Self) {
        let rate = self.rate.unwrap_or_default();
        sum.cash += self.cash * rate;
        sum.stocks += self.stocks * rate;
        sum.options += self.options * rate;
        sum.funds += self.funds * rate;
        sum.unrealized += self.unrealized * rate;
        sum.realized += self.realized * rate;
    }

    fn values(&self, currency: &str, real: &str) -> Vec<Value> {
        let value = |key, value: String| Value {
            key,
            value,
            currency: currency.to_owned(),
        };
        let net = self.cash + self.stocks + self.options + self.funds;
        let rate = self.rate.unwrap_or_default();
        vec![
            value("Currency", currency.to_owned()),
            value("RealCurrency", real.to_owned()),
            value("CashBalance", amount(self.cash)),
            value("TotalCashBalance", amount(self.cash)),
            value("AccruedCash", amount(Decimal::ZERO)),
            value("StockMarketValue", amount(self.stocks)),
            value("OptionMarketValue", amount(self.options)),
            value("FundValue", amount(self.funds)),
            value("NetLiquidationByCurrency", amount(net)),
            value("UnrealizedPnL", amount(self.unrealized)),
            value("RealizedPnL", amount(self.realized)),
            value("ExchangeRate", rate.round_dp(7).normalize().to_string()),
        ]
    }
}

/// The ledger: one line per currency after the sum of all, which goes by `BASE`.
pub(super) fn ledger(exchange: &Exchange, account: &AccountId) -> Vec<(String, Vec<Value>)> {
    let Some(summary) = exchange.summary(account) else {
        return Vec::new();
    };
    let mut lines: BTreeMap<Currency, Line> = BTreeMap::new();
    for balance in &summary.balances {
        let line = lines.entry(balance.currency).or_default();
        line.cash += balance.cash;
        line.rate = balance.exchange_rate;
    }
    for position in exchange.positions(account) {
        if let Some(currency) = position.instrument.currency() {
            lines.entry(currency).or_default().add(&position);
        }
    }
    let mut sum = Line {
        rate: Some(Decimal::ONE),
        ..Line::default()
    };
    for line in lines.values() {
        line.in_base(&mut sum);
    }
    let base = summary.base_currency.to_string();
    let mut ledger = vec![("BASE".to_owned(), sum.values("BASE", &base))];
    for (currency, line) in &lines {
        let name = currency.to_string();
        ledger.push((name.clone(), line.values(&name, &name)));
    }
    ledger
}
