//! What exercising an option would do, and what became of requests to.

use broker_core::{
    Decimal, Result,
    model::{AccountId, ExerciseOption},
};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{
    outcome::Outcome,
    service::{Treasury, unreadable, whole},
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

/// What exercising options, or letting them lapse, would do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExerciseCheck {
    /// Contracts that could be asked for.
    pub available: Decimal,
    /// Contracts that are held.
    pub held: Option<Decimal>,
    /// Units of the underlying before it; negative when sold short.
    pub underlying_before: Option<Decimal>,
    /// Units of the underlying that would come, or go where negative.
    pub underlying_change: Option<Decimal>,
    /// Units of the underlying after it.
    pub underlying_after: Option<Decimal>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct CheckRow {
    available_quantity: Figure,
    position: Figure,
    stk_position_before: Figure,
    stk_position_change: Figure,
    stk_position_after: Figure,
}

/// Records of a page, and pages that are read at most.
const PAGE: usize = 50;
const PAGES: u32 = 20;

impl Treasury {
    /// What exercising an option, or letting it lapse, would do today; nothing is asked for yet.
    ///
    /// # Errors
    /// [`InvalidRequest`](broker_core::ErrorKind::InvalidRequest) for a part of a contract; otherwise why it is not
    /// known, such as that the option is not held.
    pub async fn exercise_check(&self, request: &ExerciseOption) -> Result<ExerciseCheck> {
        let asked = async {
            let parameters = self.blotter.exercise_parameters(request).await?;
            let call = Call::new(Method::OPTION_EXERCISE_CHECK, parameters);
            let told: CheckRow = self.ask(&request.account, call).await?.decode()?;
            let available = told.available_quantity.computed();
            Ok(ExerciseCheck {
                available: available.ok_or_else(|| unreadable("quantity"))?,
                held: told.position.computed(),
                underlying_before: told.stk_position_before.computed(),
                underlying_change: told.stk_position_change.computed(),
                underlying_after: told.stk_position_after.computed(),
            })
        };
        let asked: Result<_> = asked.await;
        asked.map_err(|error| error.in_operation("exercise_check"))
    }

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
