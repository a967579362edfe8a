//! How an account has done.

use broker_core::{
    Decimal, Error, Result,
    model::{AccountId, Currency},
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use super::service::{Segment, Treasury};
use crate::{
    convert::{Figure, Rows, Whole},
    transport::{Call, Method, Parameters},
};

/// How an account has done over some days.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Performance {
    /// The currency of all amounts.
    pub currency: Currency,
    /// What was won or lost.
    pub profit: Option<Decimal>,
    /// The same in percent.
    pub profit_percent: Option<Decimal>,
    /// The same over a year, in percent.
    pub annualized_percent: Option<Decimal>,
    /// Day by day, oldest first.
    pub days: Vec<PerformanceDay>,
}

/// One day of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PerformanceDay {
    /// When the day begins, UTC.
    pub day: DateTime<Utc>,
    /// What the account was worth.
    pub worth: Option<Decimal>,
    /// What was won or lost since the first day.
    pub profit: Option<Decimal>,
    /// Its cash.
    pub cash: Option<Decimal>,
    /// What was paid in.
    pub deposited: Option<Decimal>,
    /// What was taken out.
    pub withdrawn: Option<Decimal>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Analytics {
    summary: Option<SummaryRow>,
    history: Rows<DayRow>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SummaryRow {
    pnl: Figure,
    pnl_percentage: Figure,
    annualized_return: Figure,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct DayRow {
    date: Whole,
    asset: Figure,
    pnl: Figure,
    cash_balance: Figure,
    deposit: Figure,
    withdrawal: Figure,
}

impl Treasury {
    /// How an account has done from one day to another, both included.
    ///
    /// # Errors
    /// [`InvalidRequest`](broker_core::ErrorKind::InvalidRequest) for days in the wrong order; otherwise why it
    /// is not known.
    pub async fn performance(
        &self,
        account: &AccountId,
        segment: Segment,
        currency: Currency,
        (from, to): (NaiveDate, NaiveDate),
    ) -> Result<Performance> {
        if to < from {
            let error = Error::invalid("to", "is before the first day");
            return Err(error.in_operation("performance"));
        }
        let asked = async {
            let parameters = Parameters::default()
                .with("seg_type", segment.word())?
                .with("currency", currency.as_str())?
                .with("start_date", from.to_string())?
                .with("end_date", to.to_string())?;
            let call = Call::new(Method::ANALYTICS_ASSET, parameters);
            let told: Analytics = self.ask(account, call).await?.decode()?;
            if let Some(error) = told.history.unreadable.into_iter().next() {
                return Err(error);
            }
            let summary = told.summary.unwrap_or_default();
            let mut days = Vec::new();
            for row in told.history.rows {
                days.push(PerformanceDay {
                    day: row.date.instant().ok_or_else(|| {
                        let kind = broker_core::ErrorKind::Protocol;
                        Error::new(kind, "a day without a date")
                    })?,
                    worth: row.asset.computed(),
                    profit: row.pnl.computed(),
                    cash: row.cash_balance.computed(),
                    deposited: row.deposit.computed(),
                    withdrawn: row.withdrawal.computed(),
                });
            }
            days.sort_by_key(|day| day.day);
            Ok(Performance {
                currency,
                profit: summary.pnl.computed(),
                profit_percent: summary.pnl_percentage.computed(),
                annualized_percent: summary.annualized_return.computed(),
                days,
            })
        };
        let asked: Result<_> = asked.await;
        asked.map_err(|error| error.in_operation("performance"))
    }
}
