//! What companies report.

use broker_core::{
    Error, ErrorKind, Result,
    model::{FundamentalFact, FundamentalKind, Fundamentals, Instrument},
};
use chrono::{NaiveDate, TimeDelta};
use serde::Deserialize;

use super::service::{Reports, share};
use crate::{
    convert::{Figure, Rows, Text},
    transport::{Call, Method, Parameters},
};

/// The figures of statements that are asked for, in the vendor's words.
const FIELDS: [&str; 8] = [
    "total_revenue",
    "gross_profit",
    "operating_income",
    "net_income",
    "total_assets",
    "total_liabilities",
    "total_equity",
    "cash_from_ops",
];
/// How far back statements are asked for.
const BACK: TimeDelta = TimeDelta::days(5 * 365);

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct FactRow {
    field: Text,
    /// A text.
    value: Figure,
    currency: Text,
    period_end_date: Text,
}

impl Reports {
    pub(super) async fn report(
        &self,
        instrument: &Instrument,
        kind: FundamentalKind,
    ) -> Result<Fundamentals> {
        let (symbol, market) = share(instrument)?;
        if kind != FundamentalKind::Statements {
            return Err(Error::unsupported(format!("a report of the kind {kind}")));
        }
        let now = self.link.now();
        let parameters = Parameters::default()
            .with("symbols", [&symbol])?
            .with("market", market)?
            .with("fields", FIELDS)?
            .with("period_type", "Annual")?
            .with("begin_date", (now - BACK).timestamp_millis())?
            .with("end_date", now.timestamp_millis())?;
        let call = Call::new(Method::FINANCIAL_REPORT, parameters);
        let none = || {
            let message = format!("Tiger has no statements of {instrument}");
            Error::new(ErrorKind::NotFound, message).at_field("instrument")
        };
        let told: Rows<FactRow> = match self.ask(&call).await {
            Ok(data) => data.rows()?,
            Err(error) if error.broker_code() == Some("2000") => return Err(none()),
            Err(error) => return Err(error),
        };
        if let Some(error) = told.unreadable.into_iter().next() {
            return Err(error);
        }
        let facts: Vec<FundamentalFact> = told
            .rows
            .into_iter()
            .filter_map(|row| {
                let end = row.period_end_date.get();
                Some(FundamentalFact {
                    name: row.field.0?,
                    value: row.value.computed()?,
                    currency: row.currency.get().and_then(|word| word.parse().ok()),
                    period_end: end
                        .and_then(|end| NaiveDate::parse_from_str(end.get(..10)?, "%Y-%m-%d").ok()),
                })
            })
            .collect();
        if facts.is_empty() {
            return Err(none());
        }
        Ok(Fundamentals {
            instrument: instrument.clone(),
            kind,
            facts,
            text: None,
        })
    }
}
