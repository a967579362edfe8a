use std::collections::BTreeMap;

use broker_core::model::{AccountId, AccountSummary, Currency, Instrument};
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::US::Eastern;
use rust_decimal::Decimal;

/// What is kept about money beside the exchange.
#[derive(Debug, Default)]
pub(in crate::tiger::gateway) struct Money {
    pub(super) transfers: BTreeMap<i64, Transfer>,
    pub(super) exercises: BTreeMap<i64, Exercise>,
    last_id: i64,
    futures: BTreeMap<(AccountId, Currency), Decimal>,
    equity: BTreeMap<AccountId, BTreeMap<NaiveDate, Day>>,
}

/// Equity at the end of a day, or now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tiger::gateway) struct Day {
    pub(in crate::tiger::gateway) asset: Decimal,
    pub(in crate::tiger::gateway) cash: Decimal,
    pub(in crate::tiger::gateway) gross: Decimal,
}

/// Money on its way between segments.
#[derive(Debug, Clone)]
pub(super) struct Transfer {
    pub(super) id: i64,
    pub(super) account: AccountId,
    pub(super) to_futures: bool,
    pub(super) currency: Currency,
    pub(super) amount: Decimal,
    pub(super) status: Progress,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
}

/// An option that is to be exercised, or left to lapse.
#[derive(Debug, Clone)]
pub(super) struct Exercise {
    pub(super) id: i64,
    pub(super) account: AccountId,
    pub(super) instrument: Instrument,
    pub(super) quantity: Decimal,
    /// The vendor's word: `Exercise` or `Expire`.
    pub(super) kind: &'static str,
    pub(super) date: NaiveDate,
    pub(super) status: Progress,
    pub(super) message: String,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
}

/// How far something has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    New,
    Succeeded,
    Failed,
    Canceled,
}

impl Progress {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::New => "NEW",
            Self::Succeeded => "SUCC",
            Self::Failed => "FAIL",
            Self::Canceled => "CANC",
        }
    }

    pub(super) const fn description(self) -> &'static str {
        match self {
            Self::New => "New",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Canceled => "Canceled",
        }
    }
}

impl Money {
    pub(super) fn next_id(&mut self) -> i64 {
        self.last_id += 1;
        30_000_000_000_000_000 + self.last_id
    }

    /// The cash of an account that was transferred to its segment of futures.
    pub(in crate::tiger::gateway) fn in_futures(
        &self,
        account: &AccountId,
        currency: Currency,
    ) -> Decimal {
        let line = self.futures.get(&(account.clone(), currency));
        line.copied().unwrap_or_default()
    }

    pub(super) fn move_to_futures(&mut self, account: &AccountId, currency: Currency, by: Decimal) {
        let line = self.futures.entry((account.clone(), currency));
        *line.or_default() += by;
    }

    /// Notes an account's equity of today.
    pub(in crate::tiger::gateway) fn note_equity(
        &mut self,
        summary: &AccountSummary,
        now: DateTime<Utc>,
    ) {
        let Some(asset) = summary.net_liquidation else {
            return;
        };
        let day = Day {
            asset: asset.amount,
            cash: summary.cash.map_or(Decimal::ZERO, |money| money.amount),
            gross: summary
                .gross_position_value
                .map_or(Decimal::ZERO, |money| money.amount),
        };
        let date = now.with_timezone(&Eastern).date_naive();
        let days = self.equity.entry(summary.account.clone()).or_default();
        days.insert(date, day);
    }

    /// An account's equity by day, as far as it was seen.
    pub(in crate::tiger::gateway) fn equity(
        &mut self,
        account: &AccountId,
    ) -> &BTreeMap<NaiveDate, Day> {
        self.equity.entry(account.clone()).or_default()
    }
}
