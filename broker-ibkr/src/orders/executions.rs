//! Executions and their costs: revisions, corrections, busts, commissions that come early.

use std::collections::HashMap;

use broker_core::{
    Decimal, Error, ErrorKind, Result,
    model::{
        AccountId, BrokerText, ClientOrderId, Currency, ExecutionId, ExecutionKind, Fill,
        Liquidity, Money, NewOrder, Side,
    },
};
use chrono::{DateTime, Utc};
use ibapi::orders::{CommissionReport, Execution, ExecutionSide, Liquidity as Word};

use super::decode::{broker_order_id, scaled};
use crate::{convert, instrument};

/// The part of an execution id that stays when the execution is corrected, and the number of the
/// correction: `0000e0d5.6580ca7c.01.02` restates `0000e0d5.6580ca7c.01.01`.
pub(crate) fn parts(id: &str) -> (&str, u32) {
    match id.rsplit_once('.') {
        Some((stem, revision)) => match revision.parse() {
            Ok(revision) => (stem, revision),
            Err(_) => (id, 0),
        },
        None => (id, 0),
    }
}

/// One execution as it counts now.
#[derive(Debug, Clone)]
struct Counted {
    revision: u32,
    id: ExecutionId,
    account: AccountId,
    order: ClientOrderId,
    quantity: Decimal,
    executed_at: Option<DateTime<Utc>>,
    /// The reading of the lists that lacked it.
    missed_by: Option<u64>,
}

/// An execution that counts.
#[derive(Debug, Clone)]
pub(crate) struct Counting {
    pub(crate) account: AccountId,
    pub(crate) order: ClientOrderId,
    pub(crate) id: ExecutionId,
    pub(crate) quantity: Decimal,
    /// When it was executed.
    pub(crate) executed_at: Option<DateTime<Utc>>,
}

/// What an execution does to what is known.
#[derive(Debug, PartialEq)]
pub(crate) enum News {
    /// It is known, or an older revision of a known one.
    Known,
    /// It restates one that TWS has listed no more; only its lists tell which of the two is the newer.
    Doubtful,
    /// It is new, restates an earlier one, or takes it back.
    Happened(ExecutionKind),
}

/// Every execution of the session, by the part of its id that stays.
#[derive(Debug, Default)]
pub(crate) struct Executions {
    counted: HashMap<String, Counted>,
    /// Filled so far by order, as the executions add up. An identifier is one order's in its account
    /// only.
    filled: HashMap<(AccountId, ClientOrderId), Decimal>,
    /// Costs of executions that have not come yet.
    early: HashMap<String, CommissionReport>,
}

impl Executions {
    /// Takes an execution in; `fill` is `None` for a revision to nothing, which is a bust.
    pub(crate) fn take(
        &mut self,
        id: &ExecutionId,
        account: &AccountId,
        order: &ClientOrderId,
        fill: Option<Fill>,
    ) -> News {
        let (stem, revision) = parts(id.as_str());
        let before = self.counted.get(stem).cloned();
        if before
            .as_ref()
            .is_some_and(|known| known.revision >= revision)
        {
            return News::Known;
        }
        if before
            .as_ref()
            .is_some_and(|known| known.missed_by.is_some())
        {
            return News::Doubtful;
        }
        let quantity = fill
            .as_ref()
            .map_or(Decimal::ZERO, |fill| fill.quantity.get());
        let executed_at = match (&fill, &before) {
            (Some(fill), _) => Some(fill.executed_at),
            (None, before) => before.as_ref().and_then(|known| known.executed_at),
        };
        let name = (account.clone(), order.clone());
        let sum = self.filled.entry(name).or_default();
        *sum += quantity
            - before
                .as_ref()
                .map_or(Decimal::ZERO, |known| known.quantity);
        self.counted.insert(
            stem.to_owned(),
            Counted {
                revision,
                id: id.clone(),
                account: account.clone(),
                order: order.clone(),
                quantity,
                executed_at,
                missed_by: None,
            },
        );
        let kind = match (before, fill) {
            (None, Some(fill)) => ExecutionKind::Trade { fill: fill.into() },
            (Some(known), Some(fill)) => ExecutionKind::TradeCorrect {
                replaces: known.id,
                fill: fill.into(),
            },
            (Some(known), None) => ExecutionKind::TradeCancel {
                execution_id: known.id,
            },
            (None, None) => return News::Known,
        };
        News::Happened(kind)
    }

    /// Notes that a reading of the lists has an execution.
    pub(crate) fn is_listed(&mut self, execution_id: &str, reading: u64) {
        let (stem, _) = parts(execution_id);
        if let Some(known) = self.counted.get_mut(stem) {
            known.missed_by = known.missed_by.filter(|missed| *missed >= reading);
        }
    }

    /// Makes an execution that a reading of the lists lacks not count; its id by now, if it did.
    ///
    /// The stream of orders can be slower than the lists, and bring a correction of it meanwhile or
    /// afterwards.
    pub(crate) fn bust(&mut self, id: &ExecutionId, reading: u64) -> Option<ExecutionId> {
        let (stem, _) = parts(id.as_str());
        let known = self.counted.get_mut(stem)?;
        if known.quantity.is_zero() {
            return None;
        }
        let name = (known.account.clone(), known.order.clone());
        if let Some(sum) = self.filled.get_mut(&name) {
            *sum -= known.quantity;
        }
        known.quantity = Decimal::ZERO;
        known.missed_by = Some(reading);
        Some(known.id.clone())
    }

    /// The executions that count, with their orders.
    pub(crate) fn counting(&self) -> impl Iterator<Item = Counting> {
        let counting = self.counted.values();
        let counting = counting.filter(|known| !known.quantity.is_zero());
        counting.map(|known| Counting {
            account: known.account.clone(),
            order: known.order.clone(),
            id: known.id.clone(),
            quantity: known.quantity,
            executed_at: known.executed_at,
        })
    }

    /// The executions that count and happened since.
    pub(crate) fn counting_since(&self, since: DateTime<Utc>) -> Vec<Counting> {
        let counting = self.counting();
        let late = |known: &Counting| known.executed_at.is_some_and(|at| at >= since);
        counting.filter(late).collect()
    }

    /// Forgets single executions that are older than TWS lists any. What is filled of their orders
    /// stays.
    pub(crate) fn forget_before(&mut self, before: DateTime<Utc>) {
        self.counted
            .retain(|_, known| known.executed_at.is_some_and(|at| at >= before));
    }

    /// Forgets what is filled of an order that is forgotten.
    pub(super) fn forget_order(&mut self, name: &(AccountId, ClientOrderId)) {
        self.filled.remove(name);
    }

    /// Filled so far, as the executions add up.
    pub(crate) fn filled(&self, account: &AccountId, order: &ClientOrderId) -> Decimal {
        let name = (account.clone(), order.clone());
        self.filled.get(&name).copied().unwrap_or_default()
    }

    /// When an execution happened, as far as it is known.
    pub(crate) fn executed_at(&self, execution_id: &str) -> Option<DateTime<Utc>> {
        let (stem, _) = parts(execution_id);
        self.counted.get(stem)?.executed_at
    }

    /// The order of an execution.
    pub(crate) fn order_of(&self, execution_id: &str) -> Option<(AccountId, ClientOrderId)> {
        let (stem, _) = parts(execution_id);
        self.counted
            .get(stem)
            .map(|known| (known.account.clone(), known.order.clone()))
    }

    /// Keeps costs whose execution has not come yet.
    pub(crate) fn keep_early(&mut self, report: CommissionReport) {
        // TWS replays them after a reconnect; what nobody fetches within a day's trading is old.
        const MOST: usize = 100_000;
        if self.early.len() >= MOST {
            self.early.clear();
        }
        self.early.insert(report.execution_id.clone(), report);
    }

    /// The costs that came before their execution.
    pub(crate) fn take_early(&mut self, execution_id: &str) -> Option<CommissionReport> {
        self.early.remove(execution_id)
    }
}

/// What an execution cost and brought.
pub(crate) fn costs(report: &CommissionReport) -> (Option<Money>, Option<Money>) {
    let Ok(currency) = report.currency.parse::<Currency>() else {
        return (None, None);
    };
    // Below zero it is a rebate.
    let commission = convert::optional(report.commission);
    let money = |amount| Money::new(amount, currency);
    (
        commission.map(money),
        report.realized_pnl.and_then(convert::optional).map(money),
    )
}

/// When an execution happened, if TWS names a time zone that is known.
pub(crate) fn executed_at(execution: &Execution) -> Result<DateTime<Utc>> {
    convert::instant(&execution.time, None)
}

/// The fill that an execution tells; `None` for one of nothing. Of one whose time cannot be read it is
/// known that it happened, and that is no later than it was `received`.
///
/// # Errors
/// [`Protocol`](ErrorKind::Protocol) when a field makes no sense.
pub(crate) fn fill(
    execution: &Execution,
    order: &NewOrder,
    magnifier: Decimal,
    received: DateTime<Utc>,
) -> Result<Option<Fill>> {
    let quantity = convert::decimal(execution.shares)?;
    if quantity.is_zero() {
        return Ok(None);
    }
    let id = ExecutionId::new(&execution.execution_id)?;
    let price = convert::price(execution.price).and_then(|price| scaled(price, magnifier));
    let price = price.ok_or_else(|| {
        Error::new(ErrorKind::Protocol, format!("execution {id} has no price"))
            .with_broker(BrokerText::text(execution.price.to_string()))
    })?;
    let executed_at = executed_at(execution).unwrap_or(received);
    let mut fill = Fill::new(
        id,
        order,
        price,
        broker_core::model::Quantity::new(quantity)?,
        executed_at,
    );
    fill.side = match (execution.side, order.side) {
        (ExecutionSide::Bought, _) => Side::Buy,
        (ExecutionSide::Sold, Side::SellShort) => Side::SellShort,
        (ExecutionSide::Sold, _) => Side::Sell,
    };
    fill.broker_order_id = broker_order_id(execution.perm_id);
    fill.venue = instrument::mic(&execution.exchange);
    fill.liquidity = match &execution.last_liquidity {
        Word::None => None,
        Word::AddedLiquidity => Some(Liquidity::Added),
        Word::RemovedLiquidity => Some(Liquidity::Removed),
        Word::LiquidityRoutedOut => Some(Liquidity::Routed),
        Word::Unknown(code) => Some(Liquidity::Other(code.to_string().into())),
    };
    Ok(Some(fill))
}
