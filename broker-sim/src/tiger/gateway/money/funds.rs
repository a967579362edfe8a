use broker_core::model::{AccountId, Currency, Fill};
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::US::Eastern;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::tiger::gateway::{
    Answer, Complaint,
    contracts::names,
    number::number,
    orders::transaction_id,
    parameters::{Parameters, wrong},
    turn::Turn,
};

/// A movement of money.
#[derive(Debug)]
struct Movement {
    id: String,
    kind: &'static str,
    description: String,
    currency: Currency,
    segment: &'static str,
    amount: Decimal,
    at: DateTime<Utc>,
}

impl Turn<'_> {
    /// Deposits and withdrawals: none has been made since the world began.
    pub(in crate::tiger::gateway) fn transfer_fund(&mut self, asked: Parameters<'_>) -> Answer {
        self.account(asked)?;
        segment(asked.text("seg_type")?.unwrap_or("SEC"))?;
        Ok(json!([]))
    }

    /// What trades have moved, newest first.
    pub(in crate::tiger::gateway) fn fund_details(&mut self, asked: Parameters<'_>) -> Answer {
        let account = self.account(asked)?;
        let mut segments = Vec::new();
        for word in asked.texts("seg_types")? {
            segments.extend(segment(word)?);
        }
        let kind = asked.text("fund_type")?.filter(|word| *word != "ALL");
        let currency = asked.text("currency")?.filter(|word| *word != "ALL");
        let (from, to) = (date(asked, "start_date")?, date(asked, "end_date")?);
        let start = asked.integer("start")?.unwrap_or(0);
        let start = usize::try_from(start).map_err(|_| wrong("start", "at least zero"))?;
        let limit = asked.integer("limit")?.unwrap_or(50);
        let limit = usize::try_from(limit)
            .ok()
            .filter(|n| (1..=100).contains(n));
        let limit = limit.ok_or_else(|| wrong("limit", "between 1 and 100"))?;
        let mut moved = self.movements(&account);
        moved.retain(|one| {
            let day = one.at.with_timezone(&Eastern).date_naive();
            (segments.is_empty() || segments.contains(&one.segment))
                && kind.is_none_or(|wanted| wanted.eq_ignore_ascii_case(one.kind))
                && currency.is_none_or(|wanted| wanted == one.currency.to_string())
                && from.is_none_or(|from| day >= from)
                && to.is_none_or(|to| day <= to)
        });
        moved.reverse();
        let count = moved.len();
        let items: Vec<Value> = moved.iter().skip(start).take(limit).map(write).collect();
        Ok(json!({
            "page": start / limit + 1,
            "limit": limit,
            "itemCount": count,
            "pageCount": count.div_ceil(limit),
            "timestamp": self.now().timestamp_millis(),
            "items": items,
        }))
    }

    fn movements(&mut self, account: &AccountId) -> Vec<Movement> {
        let mut moved = Vec::new();
        for fill in self.exchange.fills(account) {
            let details = self.exchange.contract(&fill.instrument);
            let multiplier = details.map_or(Decimal::ONE, |details| details.multiplier);
            moved.extend(trade(&fill, multiplier));
            moved.extend(commission(&fill));
        }
        moved
    }
}

/// What a trade itself moves; a future moves nothing when it is traded.
fn trade(fill: &Fill, multiplier: Decimal) -> Option<Movement> {
    if names::segment(&fill.instrument) == "C" {
        return None;
    }
    let currency = fill.instrument.currency()?;
    let value = fill.price.get() * fill.quantity.get() * multiplier;
    let amount = if fill.side.is_sell() { value } else { -value };
    Some(Movement {
        id: format!("{}0", transaction_id(&fill.execution_id)),
        kind: "Trade",
        description: names::identifier(&fill.instrument),
        currency,
        segment: "SEC",
        amount,
        at: fill.executed_at,
    })
}

fn commission(fill: &Fill) -> Option<Movement> {
    let commission = fill.commission?;
    Some(Movement {
        id: format!("{}1", transaction_id(&fill.execution_id)),
        kind: "Trade",
        description: "Commission".to_owned(),
        currency: commission.currency,
        segment: names::segment_word(&fill.instrument),
        amount: -commission.amount,
        at: fill.executed_at,
    })
}

fn write(one: &Movement) -> Value {
    let day = one.at.with_timezone(&Eastern).format("%Y/%m/%d");
    json!({
        "id": one.id,
        "desc": one.description,
        "currency": one.currency.to_string(),
        "segType": one.segment,
        "type": one.kind,
        "amount": number(one.amount),
        "businessDate": day.to_string(),
        "updatedAt": one.at.timestamp_millis(),
    })
}

/// A segment's long word; none for all of them.
fn segment(word: &str) -> Result<Option<&'static str>, Complaint> {
    match word {
        "ALL" => Ok(None),
        "SEC" | "S" => Ok(Some("SEC")),
        "FUT" | "C" => Ok(Some("FUT")),
        "FUND" | "F" => Ok(Some("FUND")),
        "DGT" | "D" => Ok(Some("DGT")),
        other => Err(Complaint::business(format!(
            "seg_type '{other}' is not supported"
        ))),
    }
}

fn date(asked: Parameters<'_>, name: &str) -> Result<Option<NaiveDate>, Complaint> {
    let Some(text) = asked.text(name)? else {
        return Ok(None);
    };
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .map(Some)
        .map_err(|_| wrong(name, "a date as yyyy-MM-dd"))
}
