//! The executions of an order: which are new, which have been corrected, which are gone.

use std::{collections::BTreeMap, sync::Arc};

use broker_core::{
    Decimal, Error, ErrorKind, Result,
    model::{AccountId, ExecutionId, ExecutionKind, ExecutionReport, Fill},
};

use super::{
    blotter::Blotter,
    reading::gone,
    register::{Entry, Key},
    row::broker_order_id,
};

/// What a list of executions has changed.
#[derive(Debug, Default)]
pub(super) struct Compared {
    fresh: Vec<Arc<Fill>>,
    busted: Vec<ExecutionId>,
}

impl Compared {
    /// The reports about it, in the order in which they are told.
    pub(super) fn reports(self, entry: &Entry, filled: Decimal) -> Vec<ExecutionReport> {
        let mut fresh = self.fresh.into_iter();
        let mut reports = Vec::new();
        for id in self.busted {
            // What takes the place of an execution corrects it.
            let kind = match fresh.next() {
                Some(fill) => ExecutionKind::TradeCorrect { replaces: id, fill },
                None => ExecutionKind::TradeCancel { execution_id: id },
            };
            let mut report = ExecutionReport::new(entry.id.clone(), kind);
            report.terms = Some(Arc::clone(&entry.terms));
            report.cumulative_quantity = Some(filled);
            reports.push(report);
        }
        for fill in fresh {
            let mut report = ExecutionReport::trade((*fill).clone());
            report.terms = Some(Arc::clone(&entry.terms));
            reports.push(report);
        }
        reports
    }
}

/// What takes back what an order was said to have filled, when no execution of it was ever listed: one
/// was busted between the list of orders and that of its executions. Without it the ledger would count
/// what it was told before.
///
/// # Errors
/// When no name can be made for it.
pub(super) fn taken_back(
    entry: &mut Entry,
    number: i64,
    filled: Decimal,
    news: &[ExecutionReport],
) -> Result<Option<ExecutionReport>> {
    let stated = entry.standing.as_ref();
    let stated = stated.and_then(|standing| standing.cumulative_quantity);
    let is_bust = |report: &ExecutionReport| {
        matches!(
            report.kind,
            ExecutionKind::TradeCancel { .. } | ExecutionKind::TradeCorrect { .. }
        )
    };
    if stated.is_none_or(|stated| stated <= filled) || news.iter().any(is_bust) {
        return Ok(None);
    }
    entry.taken_back += 1;
    // Tiger's numbers have no letters, so it is nobody else's.
    let execution_id = ExecutionId::new(format!("{number}.unlisted.{}", entry.taken_back))?;
    let kind = ExecutionKind::TradeCancel { execution_id };
    let mut report = ExecutionReport::new(entry.id.clone(), kind);
    report.terms = Some(Arc::clone(&entry.terms));
    report.cumulative_quantity = Some(filled);
    Ok(Some(report))
}

impl Blotter {
    /// Asks for the executions of an order and takes them in. What has changed has to be told before
    /// anything is waited for.
    ///
    /// # Errors
    /// When not all of them could be read; nothing has changed.
    pub(super) async fn take_executions(
        &self,
        account: &AccountId,
        number: i64,
        key: Key,
        filled: Decimal,
    ) -> Result<Compared> {
        let told = self.fills_of(account, number, key).await?;
        let compared = self.compare(key, told, filled);
        let round = self.progress.round(account);
        if let Some(entry) = self.register().get_mut(key) {
            entry.verified = round;
        }
        Ok(compared)
    }

    /// The executions of an order, if all of them could be read.
    async fn fills_of(
        &self,
        account: &AccountId,
        number: i64,
        key: Key,
    ) -> Result<BTreeMap<i64, Arc<Fill>>> {
        let lines = self.executions(account, number).await?;
        if let Some(error) = lines.unreadable.into_iter().next() {
            return Err(error);
        }
        let terms = {
            let register = self.register();
            let entry = register.get(key).ok_or_else(gone)?;
            Arc::clone(&entry.terms)
        };
        if lines.rows.iter().any(|row| row.is_of_leg(&terms)) {
            let message = "Tiger lists the executions of the legs and none of the combination";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let mut fills = BTreeMap::new();
        for row in lines.rows {
            let (id, mut fill) = row.fill(&terms)?;
            fill.broker_order_id = broker_order_id(number);
            fills.insert(id, Arc::new(fill));
        }
        Ok(fills)
    }

    /// What executions are new, and which are gone.
    ///
    /// One that is listed no more has been busted only if what is left adds up to what the order has
    /// filled: a list that lags behind must not take a fill away.
    fn compare(&self, key: Key, told: BTreeMap<i64, Arc<Fill>>, filled: Decimal) -> Compared {
        let mut register = self.register();
        let Some(entry) = register.get_mut(key) else {
            return Compared::default();
        };
        let sum: Decimal = told.values().map(|fill| fill.quantity.get()).sum();
        let mut busted = Vec::new();
        if sum == filled {
            entry.fills.retain(|id, fill| {
                let stays = told.contains_key(id);
                if !stays {
                    busted.push(fill.execution_id.clone());
                }
                stays
            });
        }
        let mut fresh = Vec::new();
        for (id, fill) in told {
            entry.fills.entry(id).or_insert_with(|| {
                fresh.push(Arc::clone(&fill));
                fill
            });
        }
        fresh.sort_by(|a: &Arc<Fill>, b| {
            (a.executed_at, &a.execution_id).cmp(&(b.executed_at, &b.execution_id))
        });
        Compared { fresh, busted }
    }
}
