use std::collections::BTreeMap;

use broker_core::model::Currency;
use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{AccountError, exact};

/// Money that moves on a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Flow {
    pub(super) currency: Currency,
    /// Above zero comes in.
    pub(super) amount: Decimal,
    /// When it settles; `None` is at once.
    pub(super) settles: Option<NaiveDate>,
}

/// What comes and goes on one date; kept apart, because proceeds on their way do not pay for
/// what goes out on the same day in an account without credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Pending {
    incoming: Decimal,
    outgoing: Decimal,
}

/// Cash of one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CashLine {
    pub(super) currency: Currency,
    /// Settled or not.
    pub(super) total: Decimal,
    pending: BTreeMap<NaiveDate, Pending>,
}

impl CashLine {
    fn new(currency: Currency) -> Self {
        Self {
            currency,
            total: Decimal::ZERO,
            pending: BTreeMap::new(),
        }
    }

    /// The part that has settled.
    pub(super) fn settled(&self) -> Result<Decimal, AccountError> {
        self.pending.values().try_fold(self.total, |rest, pending| {
            exact::sub(rest, exact::sub(pending.incoming, pending.outgoing)?)
        })
    }

    /// What can be spent without waiting: all cash except proceeds that have not settled.
    pub(super) fn spendable(&self) -> Result<Decimal, AccountError> {
        self.pending.values().try_fold(self.total, |rest, pending| {
            exact::sub(rest, pending.incoming)
        })
    }

    /// Adds or takes back a flow; nothing changes on error.
    fn book(
        &mut self,
        flow: &Flow,
        take_back: bool,
        settled_through: Option<NaiveDate>,
    ) -> Result<(), AccountError> {
        let signed = |amount: Decimal| if take_back { -amount } else { amount };
        let total = exact::add(self.total, signed(flow.amount))?;
        if let Some(date) = flow.settles
            && settled_through.is_none_or(|through| date > through)
        {
            let pending = self.pending.entry(date).or_default();
            // The side follows the flow itself, so that taking back lands where it came from.
            let side = if flow.amount.is_sign_negative() {
                &mut pending.outgoing
            } else {
                &mut pending.incoming
            };
            let result = exact::add(*side, signed(flow.amount.abs()));
            if let Ok(value) = result {
                *side = value;
            }
            if pending.incoming.is_zero() && pending.outgoing.is_zero() {
                self.pending.remove(&date);
            }
            result?;
        }
        self.total = total;
        Ok(())
    }
}

/// Cash by currency; interest-free.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Cash {
    /// Few, so a search in order is the fastest.
    lines: Vec<CashLine>,
    settled_through: Option<NaiveDate>,
}

impl Cash {
    pub(super) fn lines(&self) -> &[CashLine] {
        &self.lines
    }

    pub(super) fn line(&self, currency: Currency) -> Option<&CashLine> {
        self.lines.iter().find(|line| line.currency == currency)
    }

    /// Books flows, all or none.
    pub(super) fn post(&mut self, flows: &[Flow]) -> Result<(), AccountError> {
        self.book(flows, false)
    }

    /// Undoes [`post`](Self::post) of the same flows, all or none.
    pub(super) fn take_back(&mut self, flows: &[Flow]) -> Result<(), AccountError> {
        self.book(flows, true)
    }

    fn book(&mut self, flows: &[Flow], take_back: bool) -> Result<(), AccountError> {
        for (done, flow) in flows.iter().enumerate() {
            if let Err(error) = self.book_one(flow, take_back) {
                for earlier in flows.iter().take(done).rev() {
                    // Back to a sum that was representable a moment ago.
                    self.book_one(earlier, !take_back)?;
                }
                return Err(error);
            }
        }
        Ok(())
    }

    fn book_one(&mut self, flow: &Flow, take_back: bool) -> Result<(), AccountError> {
        if flow.amount.is_zero() {
            return Ok(());
        }
        let through = self.settled_through;
        match self
            .lines
            .binary_search_by(|line| line.currency.cmp(&flow.currency))
        {
            Ok(at) => {
                if let Some(line) = self.lines.get_mut(at) {
                    line.book(flow, take_back, through)?;
                    if line.total.is_zero() && line.pending.is_empty() {
                        self.lines.remove(at);
                    }
                }
            }
            Err(at) => {
                let mut line = CashLine::new(flow.currency);
                line.book(flow, take_back, through)?;
                self.lines.insert(at, line);
            }
        }
        Ok(())
    }

    /// Settles everything that is due on or before a date.
    pub(super) fn settle_through(&mut self, date: NaiveDate) {
        if self.settled_through.is_some_and(|through| through >= date) {
            return;
        }
        self.settled_through = Some(date);
        for line in &mut self.lines {
            line.pending.retain(|due, _| *due > date);
        }
        self.lines
            .retain(|line| !line.total.is_zero() || !line.pending.is_empty());
    }
}
