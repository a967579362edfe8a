//! What cash has moved.

use broker_core::{
    Error, Result,
    model::{AccountId, Money},
};
use chrono::NaiveDate;
use serde::Deserialize;

use super::service::{Segment, Treasury, money, whole};
use crate::{
    convert::{Figure, Flag, Rows, Text, Whole},
    transport::{Call, Method, Parameters},
};

/// A deposit or a withdrawal.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CashTransfer {
    /// Tiger's number.
    pub id: i64,
    /// The vendor's word for what it is, such as `Deposit`.
    pub kind: String,
    /// How much; the vendor tells both directions without a sign.
    pub amount: Money,
    /// Whether it is completed; `None` when that was not told.
    pub completed: Option<bool>,
    /// The day it counts for.
    pub business_date: Option<NaiveDate>,
}

/// One line of an account's cash.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CashMovement {
    /// Tiger's number.
    pub id: String,
    /// The vendor's word for the kind, such as `Trade`.
    pub kind: String,
    /// The vendor's description.
    pub description: String,
    /// The segment; `None` for one that this library does not know.
    pub segment: Option<Segment>,
    /// What came in, negative for what went out.
    pub amount: Money,
    /// The day it counts for.
    pub business_date: Option<NaiveDate>,
}

/// Which lines of an account's cash are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CashMovementQuery {
    /// Of which segment.
    pub segment: Segment,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// Most lines in the answer, 1 to 1,000.
    pub limit: u32,
}

impl CashMovementQuery {
    /// At most 1,000 lines of the days from one to another.
    #[must_use]
    pub const fn new(segment: Segment, from: NaiveDate, to: NaiveDate) -> Self {
        Self {
            segment,
            from,
            to,
            limit: MOST,
        }
    }
}

/// Lines in an answer at most, and of one page.
const MOST: u32 = 1_000;
const PAGE: u32 = 100;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct TransferRow {
    id: Whole,
    type_desc: Text,
    currency: Text,
    amount: Figure,
    completed_status: Flag,
    business_date: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct MovementRow {
    id: Text,
    desc: Text,
    currency: Text,
    seg_type: Text,
    r#type: Text,
    amount: Figure,
    business_date: Text,
}

/// A date with slashes, or with dashes.
fn day(text: &Text) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(&text.get()?.replace('/', "-"), "%Y-%m-%d").ok()
}

impl Treasury {
    /// Deposits and withdrawals.
    ///
    /// # Errors
    /// Why they are not known; a list with a line that cannot be read is none.
    pub async fn deposits_and_withdrawals(
        &self,
        account: &AccountId,
        segment: Segment,
    ) -> Result<Vec<CashTransfer>> {
        let asked = async {
            let parameters = Parameters::default().with("seg_type", segment.word())?;
            let call = Call::new(Method::TRANSFER_FUND, parameters);
            let data = self.ask(account, call).await?;
            let rows = whole::<TransferRow>(&data)?.into_iter();
            let rows = rows.map(|row| {
                Ok(CashTransfer {
                    id: row.id.required("id")?,
                    kind: row.type_desc.get().unwrap_or_default().to_owned(),
                    amount: money(row.amount, &row.currency)?,
                    completed: row.completed_status.get(),
                    business_date: day(&row.business_date),
                })
            });
            rows.collect()
        };
        let asked: Result<_> = asked.await;
        asked.map_err(|error| error.in_operation("deposits_and_withdrawals"))
    }

    /// The lines of an account's cash, newest first.
    ///
    /// # Errors
    /// [`InvalidRequest`](broker_core::ErrorKind::InvalidRequest) for a limit outside of its range and days in
    /// the wrong order; otherwise why they are not known.
    pub async fn cash_movements(
        &self,
        account: &AccountId,
        query: &CashMovementQuery,
    ) -> Result<Vec<CashMovement>> {
        let asked = self.movements(account, query).await;
        asked.map_err(|error| error.in_operation("cash_movements"))
    }

    async fn movements(
        &self,
        account: &AccountId,
        query: &CashMovementQuery,
    ) -> Result<Vec<CashMovement>> {
        if !(1..=MOST).contains(&query.limit) {
            return Err(Error::invalid("limit", format!("must be 1 to {MOST}")));
        }
        if query.to < query.from {
            return Err(Error::invalid("to", "is before the first day"));
        }
        let most = usize::try_from(query.limit).unwrap_or(usize::MAX);
        let mut found = Vec::new();
        loop {
            let parameters = Parameters::default()
                .with("seg_types", [query.segment.word()])?
                .with("start_date", query.from.to_string())?
                .with("end_date", query.to.to_string())?
                .with("start", found.len())?
                .with("limit", PAGE)?;
            let call = Call::new(Method::FUND_DETAILS, parameters);
            let data = self.ask(account, call).await?;
            let Rows { rows, unreadable } = data.rows::<MovementRow>()?;
            if let Some(error) = unreadable.into_iter().next() {
                return Err(error);
            }
            let last = rows.len() < usize::try_from(PAGE).unwrap_or(usize::MAX);
            for row in rows {
                found.push(CashMovement {
                    id: row.id.required("id")?.to_owned(),
                    kind: row.r#type.get().unwrap_or_default().to_owned(),
                    description: row.desc.get().unwrap_or_default().to_owned(),
                    segment: Segment::of_word(&row.seg_type),
                    amount: money(row.amount, &row.currency)?,
                    business_date: day(&row.business_date),
                });
            }
            if last || found.len() >= most {
                found.truncate(most);
                return Ok(found);
            }
        }
    }
}
