//! Orders as they are told when asked.

use broker_core::{
    Decimal,
    model::{Instrument, OrderAmount, TimeInForce},
};
use serde_json::{Map, Value, json};

use super::{record::Record, status::Moment};
use crate::tiger::gateway::{
    contracts::names,
    number::{number, scaled},
    turn::Turn,
};

impl Turn<'_> {
    /// An order at one moment.
    pub(in crate::tiger::gateway) fn write_order(
        &mut self,
        record: &Record,
        moment: &Moment,
    ) -> Value {
        let mut written = Map::new();
        let mut put = |name: &str, value: Value| drop(written.insert(name.to_owned(), value));
        let instrument = &record.terms.instrument;
        put("id", record.id.into());
        put("orderId", record.order_id.into());
        put("externalId", record.external_id.clone().into());
        if let Some(parent) = record.parent {
            put("parentId", parent.into());
        }
        put("account", record.terms.account.as_str().into());
        put("symbol", names::symbol(instrument).into());
        put("market", names::market(instrument).into());
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
        put("action", record.action().into());
        let words = &record.words;
        put("orderType", words.order_type.into());
        put("algoStrategy", words.order_type.into());
        put("timeInForce", words.time_in_force.into());
        if let TimeInForce::Gtd(until) = record.terms.time_in_force {
            put("expireTime", until.timestamp_millis().into());
        }
        put("outsideRth", words.outside_rth.into());
        let session = words.trading_session_type.clone();
        let derived = if words.outside_rth {
            "PRE_RTH_POST"
        } else {
            "RTH"
        };
        put(
            "tradingSessionType",
            session.unwrap_or_else(|| derived.to_owned()).into(),
        );
        for (name, value) in amounts(record, moment) {
            put(name, value);
        }
        for (name, value) in prices(record, moment) {
            put(name, value);
        }
        if let Ok(quote) = self.exchange.quote(instrument)
            && let Some(last) = quote.last
        {
            put("latestPrice", number(last.get()));
        }
        put("commission", number(moment.commission));
        put("gst", json!(0.0));
        put("realizedPnl", number(moment.realized));
        put("status", moment.status.word().into());
        put("replaceStatus", record.replace_status.word().into());
        put("cancelStatus", record.cancel_status.word().into());
        put("remark", moment.remark.clone().into());
        put("attrDesc", "".into());
        put("attrList", json!([]));
        put("openTime", record.opened_at.timestamp_millis().into());
        put("updateTime", moment.updated_at.timestamp_millis().into());
        put("latestTime", moment.updated_at.timestamp_millis().into());
        put("liquidation", false.into());
        put("canModify", moment.status.is_open().into());
        put("canCancel", moment.status.is_open().into());
        put("isOpen", moment.status.is_open().into());
        put("source", record.source.into());
        put(
            "userMark",
            record.user_mark.clone().unwrap_or_default().into(),
        );
        put("discount", 0.into());
        put("orderDiscount", 0.into());
        if !words.algo_parameters.is_empty() {
            put("algoParameters", words.algo_parameters.clone().into());
        }
        for (name, value) in &words.iceberg {
            put(name, value.clone());
        }
        if let Instrument::Combo(combo) = instrument {
            let kind = words
                .combo_type
                .clone()
                .unwrap_or_else(|| "CUSTOM".to_owned());
            put("comboType", kind.clone().into());
            put("comboTypeDesc", kind.into());
            let legs = combo.legs().iter().map(|leg| {
                let parts = names::parts(&leg.instrument);
                json!({
                    "symbol": names::symbol(&leg.instrument),
                    "secType": names::sec_type(&leg.instrument),
                    "identifier": names::identifier(&leg.instrument),
                    "expiry": parts.expiry,
                    "strike": parts.strike,
                    "right": parts.right,
                    "action": if leg.side.is_sell() { "SELL" } else { "BUY" },
                    "ratio": leg.ratio,
                })
            });
            put("legs", legs.collect::<Vec<_>>().into());
        }
        Value::Object(written)
    }

    /// What an order has cost, in the vendor's categories: the simulated commission is all there is.
    pub(super) fn write_charges(&self, moment: &Moment) -> Value {
        json!([{
            "category": "TIGER",
            "categoryDesc": "Tiger fees",
            "total": number(moment.commission),
            "details": [{
                "type": "COMMISSION",
                "typeDesc": "Commission",
                "originalAmount": number(moment.commission),
                "afterDiscountAmount": number(moment.commission),
            }],
        }])
    }
}

fn amounts(record: &Record, moment: &Moment) -> Vec<(&'static str, Value)> {
    let (filled, filled_scale) = scaled(moment.filled);
    let mut amounts = vec![
        ("filledQuantity", filled.into()),
        ("filledQuantityScale", filled_scale.into()),
        (
            "avgFillPrice",
            number(moment.average.unwrap_or(Decimal::ZERO)),
        ),
    ];
    match record.terms.amount {
        OrderAmount::Cash(money) => {
            amounts.push(("totalQuantity", 0.into()));
            amounts.push(("totalQuantityScale", 0.into()));
            amounts.push(("totalCashAmount", number(money.amount)));
            amounts.push(("filledCashAmount", number(moment.notional)));
            if !moment.status.is_open() {
                let rest = money.amount - moment.notional;
                amounts.push(("refundCashAmount", number(rest)));
            }
        }
        _ => {
            let (total, scale) = scaled(moment.total);
            amounts.push(("totalQuantity", total.into()));
            amounts.push(("totalQuantityScale", scale.into()));
            amounts.push(("filledCashAmount", number(moment.notional)));
        }
    }
    amounts
}

fn prices(record: &Record, moment: &Moment) -> Vec<(&'static str, Value)> {
    let trail = record.terms.order_type.trailing_offset();
    let named = [
        ("limitPrice", record.limit_price()),
        ("auxPrice", record.aux_price()),
        ("trailingPercent", record.trailing_percent()),
        // A trailing trigger moves with the market.
        ("trailStopPrice", trail.and(moment.trigger)),
    ];
    named
        .into_iter()
        .filter_map(|(name, value)| Some((name, number(value?))))
        .collect()
}
