use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::table::{FillTime, Progress};
use crate::model::{ExecutionId, Fill, Money, Order, OrderStatus, Price};

/// What an execution cost and brought; absent until the broker says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Costs {
    pub(super) commission: Option<Money>,
    pub(super) realized_pnl: Option<Money>,
}

impl Costs {
    /// These, where they are known, over earlier ones.
    fn over(self, earlier: Self) -> Self {
        Self {
            commission: self.commission.or(earlier.commission),
            realized_pnl: self.realized_pnl.or(earlier.realized_pnl),
        }
    }
}

/// One order with what its status is computed from.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) order: Arc<Order>,
    /// The fills that count.
    pub(super) fills: Vec<Arc<Fill>>,
    /// The sum of their quantities.
    pub(super) known: Decimal,
    /// The sum of price × quantity; absent once it did not fit a decimal.
    notional: Option<Decimal>,
    /// Every execution ever seen, busted and corrected ones too: a replay brings none back.
    seen: HashSet<ExecutionId>,
    /// What became known of executions that have not arrived yet.
    early: HashMap<ExecutionId, Costs>,
    /// Filled quantity as the broker last counted it.
    pub(super) stated: Decimal,
    pub(super) stated_average: Option<Price>,
    /// An end that the broker reported before the order counted as filled or while it did; it holds once
    /// a bust or a correction takes the fill back.
    pub(super) end_behind_fill: Option<OrderStatus>,
    /// When the order ended, and the quantity stated then.
    pub(super) ended_at: Option<DateTime<Utc>>,
    pub(super) ended_with: Option<Decimal>,
    /// Whether the broker once had the order and did not list it later.
    pub(super) unlisted: bool,
}

impl Entry {
    pub(super) fn new(order: Arc<Order>) -> Self {
        Self {
            order,
            fills: Vec::new(),
            known: Decimal::ZERO,
            notional: Some(Decimal::ZERO),
            seen: HashSet::new(),
            early: HashMap::new(),
            stated: Decimal::ZERO,
            stated_average: None,
            end_behind_fill: None,
            ended_at: None,
            ended_with: None,
            unlisted: false,
        }
    }

    /// Takes a fill in, unless its execution has been seen.
    pub(super) fn add_fill(&mut self, fill: &Arc<Fill>) -> bool {
        if !self.seen.insert(fill.execution_id.clone()) {
            return false;
        }
        self.known += fill.quantity.get();
        self.notional = self
            .notional
            .and_then(|sum| sum.checked_add(notional(fill)?));
        self.fills.push(Arc::clone(fill));
        if let Some(costs) = self.early.remove(&fill.execution_id) {
            self.take_costs(&fill.execution_id, costs);
        }
        true
    }

    /// Takes in what an execution cost; `false` when nothing of it is new.
    pub(super) fn take_costs(&mut self, id: &ExecutionId, costs: Costs) -> bool {
        let counted = self.fills.iter_mut().find(|fill| fill.execution_id == *id);
        let Some(fill) = counted else {
            if self.seen.contains(id) {
                return false;
            }
            let earlier = self.early.get(id).copied().unwrap_or_default();
            let costs = costs.over(earlier);
            return self.early.insert(id.clone(), costs) != Some(costs);
        };
        let earlier = Costs {
            commission: fill.commission,
            realized_pnl: fill.realized_pnl,
        };
        let costs = costs.over(earlier);
        if costs == earlier {
            return false;
        }
        let fill = Arc::make_mut(fill);
        fill.commission = costs.commission;
        fill.realized_pnl = costs.realized_pnl;
        true
    }

    /// Makes an execution not count, now or when it arrives; gives back its quantity.
    pub(super) fn void_fill(&mut self, id: &ExecutionId) -> Option<Decimal> {
        self.seen.insert(id.clone());
        let index = self
            .fills
            .iter()
            .position(|fill| fill.execution_id == *id)?;
        let gone = self.fills.remove(index);
        self.known -= gone.quantity.get();
        self.notional = self
            .notional
            .and_then(|sum| sum.checked_sub(notional(&gone)?));
        Some(gone.quantity.get())
    }

    /// Whether the execution counts or has been made not to count.
    pub(super) fn has_seen(&self, id: &ExecutionId) -> bool {
        self.seen.contains(id)
    }

    /// Whether the execution counts.
    pub(super) fn counts(&self, id: &ExecutionId) -> bool {
        self.fills.iter().any(|fill| fill.execution_id == *id)
    }

    /// The filled quantity: what fills prove, or what the broker states when that is more.
    pub(super) fn cumulative(&self) -> Decimal {
        self.known.max(self.stated)
    }

    pub(super) fn progress(&self) -> Progress {
        let filled = self.cumulative();
        if filled.is_zero() {
            return Progress::None;
        }
        match self.order.terms.quantity() {
            Some(quantity) if filled >= quantity.get() => Progress::Full,
            _ => Progress::Partial,
        }
    }

    /// Average price over the known fills, or the broker's when it counts more than is known.
    pub(super) fn average(&self) -> Option<Price> {
        if self.stated > self.known && self.stated_average.is_some() {
            return self.stated_average;
        }
        if let [only] = self.fills.as_slice() {
            return Some(only.price);
        }
        let average = self.notional?.checked_div(self.known)?;
        Price::new(average.round_dp(crate::model::MAX_SCALE)).ok()
    }

    /// Where a fill lies relative to the end of the order.
    pub(super) fn fill_time(&self, fill: &Fill) -> FillTime {
        let by_time = self.ended_at.is_some_and(|end| fill.executed_at <= end);
        let by_quantity = self.ended_with.is_some_and(|stated| self.known <= stated);
        if by_time || by_quantity {
            FillTime::BeforeEnd
        } else {
            FillTime::AfterEnd
        }
    }
}

fn notional(fill: &Fill) -> Option<Decimal> {
    fill.price.get().checked_mul(fill.quantity.get())
}
