//! Dividends, splits and earnings.

use std::collections::BTreeMap;

use broker_core::{
    Error, ErrorKind, Result,
    model::{CorporateAction, CorporateEvent, Currency, Instrument, ResearchQuery},
};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, TimeZone as _, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::service::{Reports, share};
use crate::{
    convert::{Figure, Rows, Text},
    instrument::zone_of,
    transport::{Call, Method, Parameters},
};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ActionRow {
    execute_date: Text,
    record_date: Text,
    pay_date: Text,
    report_date: Text,
    amount: Figure,
    currency: Text,
    from_factor: Figure,
    to_factor: Figure,
    expected_eps: Figure,
    actual_eps: Figure,
}

/// How far back and ahead is asked for when the caller does not say.
const BACK: TimeDelta = TimeDelta::days(3_650);
const AHEAD: TimeDelta = TimeDelta::days(365);

/// A date, of which some rows have the time as well.
fn date(text: &Text) -> Option<NaiveDate> {
    let text = text.get()?;
    NaiveDate::parse_from_str(text.get(..10).unwrap_or(text), "%Y-%m-%d").ok()
}

fn lacks(name: &str) -> Error {
    Error::new(ErrorKind::Protocol, format!("an action lacks `{name}`"))
}

/// Two factors as the smallest whole numbers with their ratio: 1 for 1.5 is 2 for 3.
fn ratio(from: Decimal, to: Decimal) -> Option<(u32, u32)> {
    let scale = from.normalize().scale().max(to.normalize().scale());
    let whole = |factor: Decimal| {
        let units = factor.checked_mul(Decimal::try_new(10_i64.checked_pow(scale)?, 0).ok()?)?;
        u64::try_from(units).ok().filter(|units| *units > 0)
    };
    let (from, to) = (whole(from)?, whole(to)?);
    let (mut divisor, mut rest) = (from, to);
    while rest > 0 {
        (divisor, rest) = (rest, divisor.checked_rem(rest)?);
    }
    let part = |units: u64| u32::try_from(units.checked_div(divisor)?).ok();
    Some((part(from)?, part(to)?))
}

impl ActionRow {
    /// The action in core's words; `None` for one that has no date yet.
    ///
    /// # Errors
    /// [`Protocol`](ErrorKind::Protocol) for one that lacks what it is about.
    pub(super) fn action(
        &self,
        kind: &str,
        instrument: &Instrument,
    ) -> Result<Option<CorporateAction>> {
        let first = match kind {
            "earning" => date(&self.report_date).or_else(|| date(&self.execute_date)),
            _ => date(&self.execute_date),
        };
        let Some(first) = first else {
            return Ok(None);
        };
        let event = match kind {
            "dividend" => CorporateEvent::CashDividend {
                amount: self.amount.computed().ok_or_else(|| lacks("amount"))?,
                currency: self
                    .currency
                    .get()
                    .and_then(|word| word.parse().ok())
                    .or(instrument.currency())
                    .unwrap_or(Currency::USD),
            },
            "split" => {
                let from = self.from_factor.required("fromFactor")?;
                let to = self.to_factor.required("toFactor")?;
                let (from, to) = ratio(from, to).ok_or_else(|| {
                    let message = format!("{to} for {from} is no ratio of a split");
                    Error::new(ErrorKind::Protocol, message)
                })?;
                CorporateEvent::Split { from, to }
            }
            _ => CorporateEvent::Earnings {
                expected: self.expected_eps.computed(),
                actual: self.actual_eps.computed(),
            },
        };
        let mut action = CorporateAction::new(instrument.clone(), event, first);
        action.record_date = date(&self.record_date);
        action.pay_date = date(&self.pay_date);
        Ok(Some(action))
    }
}

impl Reports {
    pub(super) async fn actions(&self, query: &ResearchQuery) -> Result<Vec<CorporateAction>> {
        let (symbol, market) = share(&query.instrument)?;
        let zone = zone_of(market);
        let today = self.link.now().with_timezone(&zone).date_naive();
        let midnight = |date: NaiveDate| -> Option<DateTime<Utc>> {
            let local = zone.from_local_datetime(&date.and_time(NaiveTime::MIN));
            local.earliest().map(|at| at.to_utc())
        };
        let from = query.from.unwrap_or(today - BACK);
        let to = query.to.unwrap_or(today + AHEAD);
        let mut all = Vec::new();
        for kind in ["dividend", "split", "earning"] {
            let mut parameters = Parameters::default()
                .with("action_type", kind)?
                .with("symbols", [&symbol])?
                .with("market", market)?;
            if let (Some(from), Some(to)) = (midnight(from), midnight(to)) {
                parameters = parameters
                    .with("begin_date", from.timestamp_millis())?
                    .with("end_date", to.timestamp_millis())?;
            }
            let data = self
                .ask(&Call::new(Method::CORPORATE_ACTION, parameters))
                .await?;
            if data.is_null() {
                continue;
            }
            let told: BTreeMap<String, Rows<ActionRow>> = data.decode()?;
            for rows in told.into_values() {
                if let Some(error) = rows.unreadable.into_iter().next() {
                    return Err(error);
                }
                for row in &rows.rows {
                    all.extend(row.action(kind, &query.instrument)?);
                }
            }
        }
        all.retain(|action: &CorporateAction| query.accepts(action.ex_date));
        all.sort_by_key(|action| action.ex_date);
        // The newest are kept.
        let most = usize::try_from(query.limit).unwrap_or(usize::MAX);
        let skip = all.len().saturating_sub(most);
        Ok(all.split_off(skip))
    }
}
