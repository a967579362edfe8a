use broker_core::model::{AccountId, AccountSummary, AssetClass, Currency, Money};
use chrono::{NaiveDate, TimeDelta};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use crate::tiger::{
    developer::AccountType,
    gateway::{
        Answer, Complaint,
        number::number,
        parameters::{Parameters, missing, wrong},
        turn::Turn,
    },
};

fn shown(money: Option<Money>) -> Value {
    money.map_or(Value::Null, |money| number(money.amount))
}

impl Turn<'_> {
    fn summary(&self, account: &AccountId) -> Result<AccountSummary, Complaint> {
        let summary = self.exchange.summary(account);
        summary.ok_or_else(|| Complaint::new(1, "server error(the account has no figures)"))
    }

    /// The figures of a global account.
    pub(in crate::tiger::gateway) fn assets(&mut self, asked: Parameters<'_>) -> Answer {
        let account = self.account(asked)?;
        if AccountType::of(&account) != AccountType::Global {
            return Err(Complaint::business(
                "assets is supported for global accounts only, use prime_assets",
            ));
        }
        let summary = self.summary(&account)?;
        let profit = self.exchange.profit_and_loss(&account);
        let mut item = Map::new();
        let mut put = |name: &str, value: Value| drop(item.insert(name.to_owned(), value));
        put("account", account.as_str().into());
        put("capability", self.capability(&account).into());
        put("currency", summary.base_currency.to_string().into());
        put("netLiquidation", shown(summary.net_liquidation));
        put("equityWithLoan", shown(summary.net_liquidation));
        put("buyingPower", shown(summary.buying_power));
        put("cashValue", shown(summary.cash));
        put("availableFunds", shown(summary.excess_liquidity));
        put("excessLiquidity", shown(summary.excess_liquidity));
        put("grossPositionValue", shown(summary.gross_position_value));
        put("initMarginReq", shown(summary.initial_margin));
        put("maintMarginReq", shown(summary.maintenance_margin));
        put("realizedPnL", shown(summary.realized_pnl));
        put("unrealizedPnL", shown(summary.unrealized_pnl));
        put("dailyPnL", shown(profit.and_then(|profit| profit.daily)));
        put("updateTime", summary.as_of.timestamp_millis().into());
        let share = summary
            .excess_liquidity
            .zip(summary.net_liquidation)
            .and_then(|(excess, net)| excess.amount.checked_div(net.amount));
        if let Some(cushion) = share {
            put("cushion", number(cushion.round_dp(6)));
        }
        if asked.switch("segment")? == Some(true) {
            let segment = json!({
                "account": account.as_str(),
                "category": "S",
                "title": "US Securities",
                "netLiquidation": shown(summary.net_liquidation),
                "cashValue": shown(summary.cash),
                "availableFunds": shown(summary.excess_liquidity),
                "excessLiquidity": shown(summary.excess_liquidity),
                "equityWithLoan": shown(summary.net_liquidation),
                "grossPositionValue": shown(summary.gross_position_value),
                "initMarginReq": shown(summary.initial_margin),
                "maintMarginReq": shown(summary.maintenance_margin),
                "updateTime": summary.as_of.timestamp_millis(),
            });
            put("segments", json!([segment]));
        }
        if asked.switch("market_value")? == Some(true) {
            put("marketValues", self.market_values(&account, &summary));
        }
        Ok(json!({"items": [Value::Object(item)]}))
    }

    fn market_values(&self, account: &AccountId, summary: &AccountSummary) -> Value {
        let rows = summary.balances.iter().map(|balance| {
            let value = |class| self.held_in(account, balance.currency, class);
            let stock = value(AssetClass::Equity);
            let option = value(AssetClass::Option);
            json!({
                "currency": balance.currency.to_string(),
                "cashBalance": number(balance.cash),
                "stockMarketValue": number(stock),
                "optionMarketValue": number(option),
                "netLiquidation": number(balance.cash + stock + option),
                "exchangeRate": balance.exchange_rate.map_or(Value::Null, number),
                "updateTime": summary.as_of.timestamp_millis(),
            })
        });
        rows.collect::<Vec<_>>().into()
    }

    /// The value of what is held of a class in a currency.
    fn held_in(&self, account: &AccountId, currency: Currency, class: AssetClass) -> Decimal {
        let positions = self.exchange.positions(account);
        positions
            .iter()
            .filter(|position| position.instrument.asset_class() == class)
            .filter_map(|position| position.market_value)
            .filter(|value| value.currency == currency)
            .map(|value| value.amount)
            .sum()
    }

    /// The figures of a standard or a paper account, by segment and currency.
    pub(in crate::tiger::gateway) fn prime_assets(&mut self, asked: Parameters<'_>) -> Answer {
        let account = self.account(asked)?;
        self.refuse_global(&account, "prime_assets")?;
        let summary = self.summary(&account)?;
        self.check_currency(asked, &summary)?;
        let consolidated = asked.switch("consolidated")?.unwrap_or(true);
        let segments = [
            self.securities(&account, &summary, consolidated),
            self.futures(&account, &summary, consolidated),
        ];
        Ok(json!({
            "accountId": account.as_str(),
            "updateTimestamp": summary.as_of.timestamp_millis(),
            "segments": segments,
        }))
    }

    pub(in crate::tiger::gateway) fn refuse_global(
        &self,
        account: &AccountId,
        method: &str,
    ) -> Result<(), Complaint> {
        if AccountType::of(account) == AccountType::Global {
            let text = format!("{method} is not supported for global accounts");
            return Err(Complaint::business(text));
        }
        Ok(())
    }

    /// Figures come in the account's own currency only.
    fn check_currency(
        &self,
        asked: Parameters<'_>,
        summary: &AccountSummary,
    ) -> Result<(), Complaint> {
        let own = summary.base_currency.to_string();
        match asked.text("base_currency")? {
            Some(word) if word != own && word != "ALL" => Err(Complaint::business(format!(
                "base_currency '{word}' is not supported, the account is in {own}"
            ))),
            _ => Ok(()),
        }
    }

    fn securities(
        &self,
        account: &AccountId,
        summary: &AccountSummary,
        consolidated: bool,
    ) -> Value {
        let away = |currency| self.state.money.in_futures(account, currency);
        let profit = self.exchange.profit_and_loss(account);
        let gone: Decimal = summary
            .balances
            .iter()
            .map(|line| away(line.currency) * line.exchange_rate.unwrap_or_default())
            .sum();
        let less =
            |money: Option<Money>| money.map_or(Value::Null, |money| number(money.amount - gone));
        let currencies = summary.balances.iter().map(|line| {
            let cash = line.cash - away(line.currency);
            let settled = line.settled_cash.unwrap_or(line.cash) - away(line.currency);
            let value = |class| self.held_in(account, line.currency, class);
            json!({
                "currency": line.currency.to_string(),
                "cashBalance": number(cash),
                "cashAvailableForTrade": number(settled.max(Decimal::ZERO)),
                "forexRate": line.exchange_rate.map_or(Value::Null, number),
                "stockMarketValue": number(value(AssetClass::Equity)),
                "optionMarketValue": number(value(AssetClass::Option)),
                "futuresMarketValue": number(value(AssetClass::Future)),
            })
        });
        let currencies: Vec<Value> = currencies.collect();
        let leverage = summary
            .gross_position_value
            .zip(summary.net_liquidation)
            .and_then(|(gross, net)| gross.amount.checked_div(net.amount))
            .unwrap_or_default();
        // What open orders have reserved shows as the part of the cash that cannot be withdrawn.
        let free = summary
            .buying_power
            .filter(|_| summary.initial_margin.is_none());
        // Funds are not listed: together or not, the figures are the same.
        let together: &[&str] = if consolidated { &["SEC", "FUND"] } else { &[] };
        json!({
            "category": "S",
            "capability": self.capability(account),
            "currency": summary.base_currency.to_string(),
            "cashBalance": less(summary.cash),
            "cashAvailableForTrade": less(free.or(summary.cash)),
            "cashAvailableForWithdrawal": less(summary.excess_liquidity),
            "grossPositionValue": shown(summary.gross_position_value),
            "equityWithLoan": less(summary.net_liquidation),
            "netLiquidation": less(summary.net_liquidation),
            "initMargin": shown(summary.initial_margin),
            "maintainMargin": shown(summary.maintenance_margin),
            "overnightMargin": shown(summary.maintenance_margin),
            "unrealizedPL": shown(summary.unrealized_pnl),
            "unrealizedPLByCostOfCarry": shown(summary.unrealized_pnl),
            "realizedPL": shown(summary.realized_pnl),
            "totalTodayPL": shown(profit.and_then(|profit| profit.daily)),
            "excessLiquidation": less(summary.excess_liquidity),
            "overnightLiquidation": less(summary.excess_liquidity),
            "buyingPower": shown(summary.buying_power),
            "leverage": number(leverage.round_dp(4)),
            "consolidatedSegTypes": together,
            "currencyAssets": currencies,
        })
    }

    /// The segment of futures: the money that was transferred to it.
    fn futures(&self, account: &AccountId, summary: &AccountSummary, consolidated: bool) -> Value {
        let together: &[&str] = if consolidated { &["FUT"] } else { &[] };
        let lines = summary.balances.iter();
        let own = |currency| self.state.money.in_futures(account, currency);
        let total: Decimal = lines
            .clone()
            .map(|line| own(line.currency) * line.exchange_rate.unwrap_or_default())
            .sum();
        let currencies: Vec<Value> = lines
            .map(|line| {
                json!({
                    "currency": line.currency.to_string(),
                    "cashBalance": number(own(line.currency)),
                    "cashAvailableForTrade": number(own(line.currency)),
                    "forexRate": line.exchange_rate.map_or(Value::Null, number),
                })
            })
            .collect();
        json!({
            "category": "C",
            "capability": self.capability(account),
            "currency": summary.base_currency.to_string(),
            "cashBalance": number(total),
            "cashAvailableForTrade": number(total),
            "cashAvailableForWithdrawal": number(total),
            "equityWithLoan": number(total),
            "netLiquidation": number(total),
            "excessLiquidation": number(total),
            "overnightLiquidation": number(total),
            "consolidatedSegTypes": together,
            "currencyAssets": currencies,
        })
    }

    /// The figures of the whole account in one object.
    pub(in crate::tiger::gateway) fn aggregate_assets(&mut self, asked: Parameters<'_>) -> Answer {
        let account = self.account(asked)?;
        self.refuse_global(&account, "aggregate_assets")?;
        let summary = self.summary(&account)?;
        self.check_currency(asked, &summary)?;
        Ok(json!({
            "accountId": account.as_str(),
            "currency": summary.base_currency.to_string(),
            "cashBalance": shown(summary.cash),
            "netLiquidation": shown(summary.net_liquidation),
            "equityWithLoan": shown(summary.net_liquidation),
            "grossPositionValue": shown(summary.gross_position_value),
            "initMargin": shown(summary.initial_margin),
            "maintainMargin": shown(summary.maintenance_margin),
            "overnightMargin": shown(summary.maintenance_margin),
            "excessLiquidity": shown(summary.excess_liquidity),
            "overnightLiquidation": shown(summary.excess_liquidity),
            "buyingPower": shown(summary.buying_power),
            "unrealizedPL": shown(summary.unrealized_pnl),
            "realizedPL": shown(summary.realized_pnl),
            "updateTimestamp": summary.as_of.timestamp_millis(),
        }))
    }

    /// Equity by day, as far back as this broker has seen.
    pub(in crate::tiger::gateway) fn analytics_asset(&mut self, asked: Parameters<'_>) -> Answer {
        let account = self.account(asked)?;
        let date = |name: &str| {
            let text = asked.text(name)?.ok_or_else(|| missing(name))?;
            NaiveDate::parse_from_str(text, "%Y-%m-%d")
                .map_err(|_| wrong(name, "a date as yyyy-MM-dd"))
        };
        let (from, to) = (date("start_date")?, date("end_date")?);
        let summary = self.summary(&account)?;
        self.state.money.note_equity(&summary, self.exchange.now());
        let days = self.state.money.equity(&account);
        let before = days.range(..from).next_back().map(|(_, day)| day.asset);
        let first = days
            .range(from..)
            .next()
            .filter(|(date, _)| **date <= to)
            .map(|(_, day)| day.asset);
        let base = before.or(first);
        let mut last = base;
        let mut history = Vec::new();
        for (date, day) in days.range(from..).take_while(|(date, _)| **date <= to) {
            let profit = last.map_or(Decimal::ZERO, |last| day.asset - last);
            history.push(json!({
                "date": midnight(*date),
                "asset": number(day.asset),
                "pnl": number(profit),
                "pnlPercentage": number(percent(profit, last)),
                "cashBalance": number(day.cash),
                "grossPositionValue": number(day.gross),
                "deposit": 0.0,
                "withdrawal": 0.0,
            }));
            last = Some(day.asset);
        }
        let profit = last
            .zip(base)
            .map_or(Decimal::ZERO, |(last, base)| last - base);
        let share = percent(profit, base);
        let span = Decimal::from((to - from + TimeDelta::days(1)).num_days().max(1));
        let annual = share * Decimal::from(365) / span;
        Ok(json!({
            "summary": {
                "pnl": number(profit),
                "pnlPercentage": number(share),
                "annualizedReturn": number(annual.round_dp(6)),
                "overUserPercentage": 0.0,
            },
            "history": history,
        }))
    }
}

fn percent(profit: Decimal, base: Option<Decimal>) -> Decimal {
    let share = base.and_then(|base| profit.checked_div(base));
    share.unwrap_or_default().round_dp(6)
}

/// A date as the vendor writes days: midnight in New York.
fn midnight(date: NaiveDate) -> i64 {
    use chrono::TimeZone as _;
    let local = date.and_time(chrono::NaiveTime::MIN);
    let local = chrono_tz::US::Eastern
        .from_local_datetime(&local)
        .earliest();
    local.map_or(0, |local| local.timestamp_millis())
}
