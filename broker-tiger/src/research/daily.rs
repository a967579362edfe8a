//! Figures of companies, day by day.

use broker_core::{Decimal, Error, Result, model::Instrument};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::service::{Reports, share};
use crate::{
    convert::{Figure, Rows, Text, Whole},
    transport::{Call, Method, Parameters},
};

/// One figure of a company on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DailyFigure {
    /// Of which share.
    pub instrument: Instrument,
    /// The vendor's word for the figure.
    pub field: String,
    /// When the day begins, UTC.
    pub day: DateTime<Utc>,
    /// The figure.
    pub value: Decimal,
}

/// Shares that are asked for at once.
const AT_ONCE: usize = 50;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct FigureRow {
    symbol: Text,
    field: Text,
    date: Whole,
    value: Figure,
}

impl Reports {
    /// The figures of shares of one market from one instant to another, in the vendor's words, such as
    /// `shares_outstanding` and `market_capitalization`.
    pub(crate) async fn daily(
        &self,
        shares: &[Instrument],
        fields: &[&str],
        (from, to): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<Vec<DailyFigure>> {
        if fields.is_empty() {
            return Err(Error::invalid("fields", "are none"));
        }
        let mut named = Vec::new();
        for one in shares {
            named.push((share(one)?, one));
        }
        let market = named.first().map(|((_, market), _)| *market);
        let market = market.ok_or_else(|| Error::invalid("shares", "are none"))?;
        if named.iter().any(|((_, other), _)| *other != market) {
            return Err(Error::invalid("shares", "are of several markets"));
        }
        let mut found = Vec::new();
        for some in named.chunks(AT_ONCE) {
            let symbols: Vec<&str> = some
                .iter()
                .map(|((symbol, _), _)| symbol.as_str())
                .collect();
            let parameters = Parameters::default()
                .with("symbols", symbols)?
                .with("market", market)?
                .with("fields", fields)?
                .with("begin_date", from.timestamp_millis())?
                .with("end_date", to.timestamp_millis())?;
            let data = self
                .ask(&Call::new(Method::FINANCIAL_DAILY, parameters))
                .await?;
            let Rows { rows, unreadable } = data.rows::<FigureRow>()?;
            if let Some(error) = unreadable.into_iter().next() {
                return Err(error);
            }
            for row in rows {
                let owner = row.symbol.get();
                let owner = some.iter().find(|((symbol, _), _)| owner == Some(symbol));
                // A day without a figure has none; a share that was not asked for is nobody's.
                let (Some((_, share)), Some(value)) = (owner, row.value.computed()) else {
                    continue;
                };
                let day = row.date.instant().ok_or_else(|| {
                    Error::new(broker_core::ErrorKind::Protocol, "a figure without a day")
                })?;
                found.push(DailyFigure {
                    instrument: (*share).clone(),
                    field: row.field.required("field")?.to_owned(),
                    day,
                    value,
                });
            }
        }
        Ok(found)
    }
}
