//! Executions.

use broker_core::model::{ExecutionId, Fill};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone as _, Utc};
use chrono_tz::US::Eastern;
use serde_json::{Map, Value, json};

use super::filter::Page;
use crate::tiger::{
    developer::AccountType,
    gateway::{
        Answer, Complaint,
        contracts::names,
        number::{number, scaled},
        parameters::{Parameters, missing, wrong},
        turn::Turn,
    },
};

/// The vendor's number for an execution; a correction has another one.
pub(in crate::tiger::gateway) fn transaction_id(id: &ExecutionId) -> i64 {
    let parts = id.as_str().strip_prefix('X').and_then(|rest| {
        let (number, revision) = rest.split_once('.')?;
        let number: i64 = number.parse().ok()?;
        let revision: i64 = revision.parse().ok()?;
        number.checked_mul(100)?.checked_add(revision)
    });
    // Every execution of the exchange is named so; another name would be nobody's number.
    parts.map_or(0, |number| 42_000_000_000_000_000 + number)
}

impl Turn<'_> {
    /// The executions of an order, or of a symbol, newest first.
    pub(in crate::tiger::gateway) fn order_transactions(
        &mut self,
        asked: Parameters<'_>,
    ) -> Answer {
        let account = self.account(asked)?;
        if AccountType::of(&account) == AccountType::Global {
            return Err(Complaint::business(
                "order_transactions is not supported for global accounts",
            ));
        }
        self.take_stock();
        let id = asked.integer("order_id")?.filter(|id| *id != 0);
        let symbol = asked.text("symbol")?;
        if id.is_none() && symbol.is_none() {
            return Err(missing("order_id"));
        }
        let instrument = match (id, symbol) {
            (None, Some(_)) => Some(self.instrument(asked)?),
            _ => None,
        };
        let (from, to) = (
            bound(asked, "start_date", "since_date", NaiveTime::MIN)?,
            bound(asked, "end_date", "to_date", LAST)?,
        );
        let page = Page::read(asked, 100, 100)?;
        let mut fills: Vec<(i64, Fill)> = Vec::new();
        for fill in self.exchange.fills(&account) {
            let key = fill.broker_order_id.as_ref();
            let key = key.and_then(|key| key.as_str().parse().ok());
            let Some(order) = key.and_then(|key: u64| self.state.orders.by_key(key)) else {
                continue;
            };
            let fits = match (&instrument, id) {
                (Some(instrument), _) => instrument.as_ref() == Some(&fill.instrument),
                (None, id) => id == Some(order),
            };
            if fits
                && from.is_none_or(|from| fill.executed_at >= from)
                && to.is_none_or(|to| fill.executed_at <= to)
            {
                fills.push((order, fill));
            }
        }
        fills.reverse();
        let (rows, next) = page.cut(fills);
        let items: Vec<Value> = rows.iter().map(|(id, fill)| written(*id, fill)).collect();
        Ok(json!({"nextPageToken": next, "items": items}))
    }
}

/// The last instant of a day.
const LAST: NaiveTime = match NaiveTime::from_hms_milli_opt(23, 59, 59, 999) {
    Some(time) => time,
    None => NaiveTime::MIN,
};

/// A bound in milliseconds, or as a day of New York.
fn bound(
    asked: Parameters<'_>,
    instant: &str,
    day: &str,
    time: NaiveTime,
) -> Result<Option<DateTime<Utc>>, Complaint> {
    if let Some(at) = asked.instant(instant)? {
        return Ok(Some(at));
    }
    let Some(text) = asked.text(day)? else {
        return Ok(None);
    };
    let date = NaiveDate::parse_from_str(text, "%Y%m%d");
    let date = date.map_err(|_| wrong(day, "a date as yyyyMMdd"))?;
    let local = Eastern.from_local_datetime(&date.and_time(time)).earliest();
    Ok(local.map(|local| local.to_utc()))
}

fn written(order: i64, fill: &Fill) -> Value {
    let instrument = &fill.instrument;
    let (units, scale) = scaled(fill.quantity.get());
    let account = fill.account.as_str();
    // The vendor's accounts are numbers here; one that is none stays as it is.
    let account = account
        .parse::<i64>()
        .map_or_else(|_| account.into(), Value::from);
    let mut row = Map::new();
    let mut put = |name: &str, value: Value| drop(row.insert(name.to_owned(), value));
    put("id", transaction_id(&fill.execution_id).into());
    put("accountId", account);
    put("orderId", order.into());
    put("secType", names::sec_type(instrument).into());
    put("symbol", names::symbol(instrument).into());
    put("identifier", names::identifier(instrument).into());
    put("currency", names::currency(instrument).into());
    put("market", names::market(instrument).into());
    let action = if fill.side.is_sell() { "SELL" } else { "BUY" };
    put("action", action.into());
    put("filledQuantity", units.into());
    put("filledQuantityScale", scale.into());
    put("filledPrice", number(fill.price.get()));
    put(
        "filledAmount",
        number(fill.price.get() * fill.quantity.get()),
    );
    let local = fill.executed_at.with_timezone(&Eastern);
    put(
        "transactedAt",
        local.format("%Y-%m-%d %H:%M:%S").to_string().into(),
    );
    put(
        "transactionTime",
        fill.executed_at.timestamp_millis().into(),
    );
    let parts = names::parts(instrument);
    if !parts.right.is_empty() {
        put("expiry", parts.expiry.into());
        put("strike", parts.strike.into());
        put("right", parts.right.into());
    }
    Value::Object(row)
}
