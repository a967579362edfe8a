//! Cash between the segments of an account.

use broker_core::{
    Error, Result,
    model::{AccountId, Currency, Money},
};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{
    outcome::Outcome,
    service::{Segment, Treasury, money, positive, unreadable, whole},
};
use crate::{
    convert::{Figure, Text, Whole},
    transport::{Call, Method, Parameters},
};

/// How a transfer stands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransferState {
    /// It has been taken (`NEW`).
    New,
    /// It is under way (`PROC`).
    Processing,
    /// The money has arrived (`SUCC`).
    Succeeded,
    /// It has failed (`FAIL`).
    Failed,
    /// It has been canceled (`CANC`).
    Canceled,
    /// A word that this library does not know.
    Other(String),
}

/// A transfer between two segments.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SegmentTransfer {
    /// Tiger's number.
    pub id: i64,
    /// Where from; `None` for a segment that this library does not know.
    pub from: Option<Segment>,
    /// Where to; as above.
    pub to: Option<Segment>,
    /// How much.
    pub amount: Money,
    /// How it stands.
    pub state: TransferState,
    /// The vendor's words, if there are any.
    pub message: Option<String>,
    /// When it was asked for, UTC.
    pub created_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct TransferRow {
    id: Whole,
    from_segment: Text,
    to_segment: Text,
    currency: Text,
    amount: Figure,
    status: Text,
    message: Text,
    created_at: Whole,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct AvailableRow {
    currency: Text,
    amount: Figure,
}

impl TransferRow {
    fn transfer(self) -> Result<SegmentTransfer> {
        Ok(SegmentTransfer {
            id: self.id.required("id")?,
            from: Segment::of_word(&self.from_segment),
            to: Segment::of_word(&self.to_segment),
            amount: money(self.amount, &self.currency)?,
            state: match self.status.required("status")? {
                "NEW" => TransferState::New,
                "PROC" => TransferState::Processing,
                "SUCC" => TransferState::Succeeded,
                "FAIL" => TransferState::Failed,
                "CANC" => TransferState::Canceled,
                other => TransferState::Other(other.to_owned()),
            },
            message: self.message.0,
            created_at: self.created_at.instant(),
        })
    }
}

/// Transfers that are listed at most.
const MOST: u32 = 500;

impl Treasury {
    /// What could be taken out of a segment in a currency.
    ///
    /// # Errors
    /// Why it is not known.
    pub async fn available(
        &self,
        account: &AccountId,
        from: Segment,
        currency: Currency,
    ) -> Result<Money> {
        let parameters = Parameters::default()
            .with("from_segment", from.word())?
            .with("currency", currency.as_str())?;
        let call = Call::new(Method::SEGMENT_FUND_AVAILABLE, parameters);
        let asked = async {
            let data = self.ask(account, call).await?;
            let rows = whole::<AvailableRow>(&data)?;
            let mut found = rows.iter().map(|row| money(row.amount, &row.currency));
            let found = found.find(|one| one.as_ref().is_ok_and(|one| one.currency == currency));
            found.unwrap_or_else(|| Err(unreadable("amount in the currency")))
        };
        let asked: Result<Money> = asked.await;
        asked.map_err(|error| error.in_operation("available"))
    }

    /// Moves cash from one segment to another. Sent once, whatever happens.
    ///
    /// # Errors
    /// Only when nothing was moved: refused by Tiger, or never sent.
    pub async fn transfer(
        &self,
        account: &AccountId,
        from: Segment,
        to: Segment,
        amount: Money,
    ) -> Result<Outcome<SegmentTransfer>> {
        positive(amount)?;
        if from == to {
            return Err(Error::invalid("to", "is the segment that the money is in"));
        }
        let parameters = Parameters::default()
            .with("from_segment", from.word())?
            .with("to_segment", to.word())?
            .with("currency", amount.currency.as_str())?
            .number("amount", amount.amount)?;
        let call = Call::new(Method::TRANSFER_SEGMENT_FUND, parameters);
        let written = self.command(account, call).await;
        let written = written.map_err(|error| error.in_operation("transfer"))?;
        Ok(Outcome::of(written, |data| {
            data.decode::<TransferRow>()?.transfer()
        }))
    }

    /// Cancels a transfer that is not settled yet.
    ///
    /// # Errors
    /// Only when the request had no effect.
    pub async fn cancel_transfer(
        &self,
        account: &AccountId,
        id: i64,
    ) -> Result<Outcome<SegmentTransfer>> {
        let parameters = Parameters::default().with("id", id)?;
        let call = Call::new(Method::CANCEL_SEGMENT_FUND, parameters);
        let written = self.command(account, call).await;
        let written = written.map_err(|error| error.in_operation("cancel_transfer"))?;
        Ok(Outcome::of(written, |data| {
            data.decode::<TransferRow>()?.transfer()
        }))
    }

    /// The newest transfers between segments, at most 500.
    ///
    /// # Errors
    /// Why they are not known; a list with a line that cannot be read is none.
    pub async fn transfers(&self, account: &AccountId) -> Result<Vec<SegmentTransfer>> {
        let parameters = Parameters::default().with("limit", MOST)?;
        let call = Call::new(Method::SEGMENT_FUND_HISTORY, parameters);
        let asked = async {
            let data = self.ask(account, call).await?;
            let rows = whole::<TransferRow>(&data)?.into_iter();
            rows.map(TransferRow::transfer).collect()
        };
        let asked: Result<_> = asked.await;
        asked.map_err(|error| error.in_operation("transfers"))
    }
}
