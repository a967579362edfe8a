use broker_core::model::{Money, Position, Price};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use crate::tiger::gateway::{
    Answer, Complaint,
    contracts::names,
    number::{number, scaled},
    parameters::Parameters,
    turn::Turn,
};

impl Turn<'_> {
    /// What an account holds, of one class: shares when not said.
    pub(in crate::tiger::gateway) fn positions(&mut self, asked: Parameters<'_>) -> Answer {
        let account = self.account(asked)?;
        if !asked.texts("sub_accounts")?.is_empty() {
            return Err(Complaint::business("the account has no sub accounts"));
        }
        let class = asked.text("sec_type")?.unwrap_or("STK");
        if !matches!(
            class,
            "ALL"
                | "STK"
                | "OPT"
                | "WAR"
                | "IOPT"
                | "FUT"
                | "FOP"
                | "CASH"
                | "FUND"
                | "MLEG"
                | "CC"
        ) {
            let text = format!("sec_type '{class}' is not supported");
            return Err(Complaint::business(text));
        }
        if let Some(kind) = asked.text("asset_quote_type")?
            && !matches!(kind, "ETH" | "RTH" | "OVERNIGHT")
        {
            let text = format!("asset_quote_type '{kind}' is not supported");
            return Err(Complaint::business(text));
        }
        let every = |word: &&str| *word != "ALL";
        let market = asked.text("market")?.filter(every);
        let currency = asked.text("currency")?.filter(every);
        let symbol = asked.text("symbol")?;
        let expiry = asked.text("expiry")?.map(|date| date.replace('-', ""));
        let (strike, right) = (asked.decimal("strike")?, asked.text("right")?);
        let mut items = Vec::new();
        for position in self.exchange.positions(&account) {
            let instrument = &position.instrument;
            let parts = names::terms(instrument, self.exchange);
            let fits = names::is_held_as_position(instrument)
                && (class == "ALL" || class == names::sec_type(instrument))
                && market.is_none_or(|wanted| wanted == names::market(instrument))
                && currency.is_none_or(|wanted| wanted == names::currency(instrument))
                && symbol.is_none_or(|wanted| wanted == names::symbol(instrument))
                && expiry.as_ref().is_none_or(|wanted| *wanted == parts.expiry)
                && strike.is_none_or(|wanted| parts.strike.parse() == Ok(wanted))
                && right.is_none_or(|wanted| wanted == parts.right);
            if fits {
                items.push(self.write_position(&position));
            }
        }
        Ok(json!({"items": items}))
    }

    fn write_position(&mut self, position: &Position) -> Value {
        let instrument = &position.instrument;
        let mut written = Map::new();
        let mut put = |name: &str, value: Value| drop(written.insert(name.to_owned(), value));
        put("account", position.account.as_str().into());
        put("symbol", names::symbol(instrument).into());
        put("market", names::market(instrument).into());
        put("contractId", self.state.contracts.id(instrument).into());
        put("secType", names::sec_type(instrument).into());
        put("currency", names::currency(instrument).into());
        put("identifier", names::identifier(instrument).into());
        put("name", names::full(instrument, self.exchange).into());
        let parts = names::terms(instrument, self.exchange);
        if !parts.expiry.is_empty() {
            put("expiry", parts.expiry.into());
        }
        if !parts.right.is_empty() {
            put("strike", parts.strike.into());
            put("right", parts.right.into());
        }
        if let Ok(details) = self.exchange.contract(instrument) {
            put("multiplier", number(details.multiplier));
        }
        let quantity = position.quantity.get();
        let (units, scale) = scaled(quantity);
        put("position", units.into());
        put("positionScale", scale.into());
        put("positionQty", number(quantity));
        put("salableQty", number(quantity));
        put("status", 0.into());
        put("updateTimestamp", position.as_of.timestamp_millis().into());
        put("categories", json!([]));
        put("isLevel0Price", false.into());
        let price = |price: Option<Price>| price.map(Price::get);
        let money = |money: Option<Money>| money.map(|money| money.amount);
        let average = price(position.average_price);
        let value = money(position.market_value);
        let unrealized = money(position.unrealized_pnl);
        // What was paid for it.
        let cost = value
            .zip(unrealized)
            .map(|(value, open)| (value - open).abs());
        let share = unrealized
            .zip(cost)
            .and_then(|(open, cost)| open.checked_div(cost))
            .map(|share| share.round_dp(4));
        let close = self.exchange.previous_close(instrument);
        let today = close.zip(position.market_price).map(|(close, now)| {
            let multiplier = self.exchange.contract(instrument);
            let multiplier = multiplier.map_or(Decimal::ONE, |details| details.multiplier);
            (now.get() - close.get()) * quantity * multiplier
        });
        for (names, value) in [
            (
                &["averageCost", "averageCostByAverage", "averageCostOfCarry"][..],
                average,
            ),
            (&["marketValue", "mmValue"], value),
            (&["latestPrice"], price(position.market_price)),
            (&["lastClosePrice"], price(close)),
            (
                &["realizedPnl", "realizedPnlByAverage"],
                money(position.realized_pnl),
            ),
            (
                &[
                    "unrealizedPnl",
                    "unrealizedPnlByAverage",
                    "unrealizedPnlByCostOfCarry",
                ],
                unrealized,
            ),
            (
                &[
                    "unrealizedPnlPercent",
                    "unrealizedPnlPercentByAverage",
                    "unrealizedPnlPercentByCostOfCarry",
                ],
                share,
            ),
            (&["todayPnl"], today),
        ] {
            if let Some(value) = value {
                for name in names {
                    put(name, number(value));
                }
            }
        }
        Value::Object(written)
    }
}
