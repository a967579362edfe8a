//! What became of requests to exercise options.

use broker_core::{Decimal, Result, model::AccountId};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{
    outcome::Outcome,
    service::{Treasury, whole},
};
use crate::{
    convert::{Figure, Text, Whole},
    transport::{Call, Method, Parameters},
};

/// A request to exercise an option, or to let it lapse. Tiger keeps no name of the caller's: one whose
/// answer was lost is found here by its option, its quantity and its time.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExerciseRecord {
    /// Tiger's number.
    pub id: i64,
    /// Tiger's number of the option's contract.
    pub contract_id: Option<i64>,
    /// The underlying.
    pub symbol: String,
    /// The vendor's word: `Exercise` or `Expire`.
    pub kind: String,
    /// How many contracts.
    pub quantity: Option<Decimal>,
    /// The vendor's word for how it stands.
    pub status: String,
    /// When it was asked for, UTC.
    pub created_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RecordRow {
    id: Whole,
    contract_id: Whole,
    symbol: Text,
    r#type: Text,
    request_quantity: Figure,
    status: Text,
    created_at: Whole,
}

/// Records of a page, and pages that are read at most.
const PAGE: usize = 50;
const PAGES: u32 = 20;

impl Treasury {
    /// The requests to exercise, newest first, at most 1,000.
    ///
    /// # Errors
    /// Why they are not known; a list with a line that cannot be read is none.
    pub async fn exercises(&self, account: &AccountId) -> Result<Vec<ExerciseRecord>> {
        let asked = self.records(account).await;
        asked.map_err(|error| error.in_operation("exercises"))
    }

    async fn records(&self, account: &AccountId) -> Result<Vec<ExerciseRecord>> {
        let mut found = Vec::new();
        for page in 1..=PAGES {
            let parameters = Parameters::default()
                .with("page", page)?
                .with("size", PAGE)?;
            let call = Call::new(Method::OPTION_EXERCISE_RECORD, parameters);
            let rows = whole::<RecordRow>(&self.ask(account, call).await?)?;
            let last = rows.len() < PAGE;
            for row in rows {
                found.push(ExerciseRecord {
                    id: row.id.required("id")?,
                    contract_id: row.contract_id.get(),
                    symbol: row.symbol.get().unwrap_or_default().to_owned(),
                    kind: row.r#type.get().unwrap_or_default().to_owned(),
                    quantity: row.request_quantity.computed(),
                    status: row.status.get().unwrap_or_default().to_owned(),
                    created_at: row.created_at.instant(),
                });
            }
            if last {
                break;
            }
        }
        Ok(found)
    }

    /// Takes a request to exercise back.
    ///
    /// # Errors
    /// Only when the request had no effect.
    pub async fn cancel_exercise(&self, account: &AccountId, id: i64) -> Result<Outcome<()>> {
        let parameters = Parameters::default().with("id", id)?;
        let call = Call::new(Method::OPTION_EXERCISE_CANCEL, parameters);
        let written = self.command(account, call).await;
        let written = written.map_err(|error| error.in_operation("cancel_exercise"))?;
        Ok(Outcome::of(written, |_| Ok(())))
    }
}
