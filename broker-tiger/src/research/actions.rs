//! Dividends, splits and earnings.

use std::collections::BTreeMap;

use broker_core::{
    Result,
    model::{CorporateAction, CorporateEvent, Currency, Instrument, ResearchQuery},
};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, TimeZone as _, Utc};
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

/// A factor as a whole number; factors such as 1.5 have no form in core.
fn whole(figure: Figure) -> Option<u32> {
    let value = figure.get()?.normalize();
    (value.scale() == 0).then(|| u32::try_from(value.mantissa()).ok())?
}

impl ActionRow {
    pub(super) fn action(&self, kind: &str, instrument: &Instrument) -> Option<CorporateAction> {
        let event = match kind {
            "dividend" => CorporateEvent::CashDividend {
                amount: self.amount.computed()?,
                currency: self
                    .currency
                    .get()
                    .and_then(|word| word.parse().ok())
                    .or_else(|| Some(instrument.currency().unwrap_or(Currency::USD)))?,
            },
            "split" => CorporateEvent::Split {
                from: whole(self.from_factor)?,
                to: whole(self.to_factor)?,
            },
            _ => CorporateEvent::Earnings {
                expected: self.expected_eps.computed(),
                actual: self.actual_eps.computed(),
            },
        };
        let first = match kind {
            "earning" => date(&self.report_date).or_else(|| date(&self.execute_date)),
            _ => date(&self.execute_date),
        };
        let mut action = CorporateAction::new(instrument.clone(), event, first?);
        action.record_date = date(&self.record_date);
        action.pay_date = date(&self.pay_date);
        Some(action)
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
                let rows = rows.rows.iter();
                all.extend(rows.filter_map(|row| row.action(kind, &query.instrument)));
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
