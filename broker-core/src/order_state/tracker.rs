use std::{
    collections::{HashMap, HashSet, VecDeque, hash_map},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    entry::{Costs, Entry},
    table::{FillTime, Next, transition},
};
use crate::model::{
    BrokerOrderId, ClientOrderId, ExecutionId, ExecutionKind, ExecutionReport, Fill, NewOrder,
    Order, OrderStatus,
};

/// Something about an order that a person should look at. The report was folded all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum OrderWarning {
    /// A fill came after the order had ended; `was` is the status it had.
    LateFill {
        /// The status before.
        was: OrderStatus,
    },
    /// The order lives although it had been reported as ended.
    Reopened {
        /// The status before.
        was: OrderStatus,
    },
    /// The report contradicts what is known; the status was kept.
    Contradiction {
        /// The status that was kept.
        kept: OrderStatus,
    },
    /// More was filled than was ordered.
    Overfilled {
        /// The filled quantity.
        #[serde(with = "crate::model::decimal")]
        #[cfg_attr(feature = "schemars", schemars(with = "String"))]
        cumulative: Decimal,
    },
    /// The broker counts more than the executions that have arrived.
    FillsMissing {
        /// As the broker counts.
        #[serde(with = "crate::model::decimal")]
        #[cfg_attr(feature = "schemars", schemars(with = "String"))]
        stated: Decimal,
        /// As the executions add up.
        #[serde(with = "crate::model::decimal")]
        #[cfg_attr(feature = "schemars", schemars(with = "String"))]
        known: Decimal,
    },
    /// The broker had the order and lists it nowhere any more: how it ended has to be found out
    /// with the broker. `was` is the status it had.
    Unlisted {
        /// The status before.
        was: OrderStatus,
    },
    /// The broker's lists lack a fill that counted, and nobody has told of a bust: it counts no longer.
    UnreportedBust {
        /// The fill.
        fill: Arc<Fill>,
    },
    /// A second broker order under the same client order id: look at both.
    SecondBrokerOrder {
        /// The newcomer.
        id: BrokerOrderId,
    },
}

/// What a report did.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Folded {
    /// The order is now this.
    Changed {
        /// The order.
        order: Arc<Order>,
        /// What should be looked at, if anything.
        warning: Option<OrderWarning>,
    },
    /// Old news: nothing changed and nobody needs to hear it.
    Duplicate,
    /// The order is not known and the report does not carry its terms.
    Unknown,
}

/// All orders of one account, folded from execution reports.
///
/// ```
/// use broker_core::{dec, model::*, order_state::{Folded, OrderTracker}};
/// # fn main() -> Result<(), ValueError> {
/// # let now = chrono::Utc::now();
/// let terms = std::sync::Arc::new(NewOrder::new(
///     ClientOrderId::new("a-1")?, AccountId::new("DU1")?,
///     Instrument::equity("AAPL", Mic::XNAS, Currency::USD)?,
///     Side::Buy, OrderAmount::Quantity(Quantity::try_from(100)?), OrderType::Market,
/// ));
/// let fill = Fill::new(ExecutionId::new("x-1")?, &terms, Price::new(dec!(187.5))?,
///     Quantity::try_from(100)?, now);
/// let mut tracker = OrderTracker::default();
/// tracker.fold(&ExecutionReport::trade(fill.clone()).with_terms(terms), now);
/// let order = tracker.order(&ClientOrderId::new("a-1")?).unwrap();
/// assert_eq!(order.status, OrderStatus::Filled);
/// // The same execution again is the same execution.
/// assert_eq!(tracker.fold(&ExecutionReport::trade(fill), now), Folded::Duplicate);
/// # Ok(()) }
/// ```
#[derive(Debug, Default)]
pub struct OrderTracker {
    entries: HashMap<ClientOrderId, Entry>,
    /// Finished orders in the order in which they finished, for retirement.
    finished: VecDeque<ClientOrderId>,
    /// Ids of orders that were finished long ago and dropped. Never used again.
    retired: HashSet<ClientOrderId>,
}

impl OrderTracker {
    /// Finished orders that are kept with all their fills; older ones leave only their id behind.
    pub const KEPT_FINISHED: usize = 20_000;

    /// The order as it is now.
    #[must_use]
    pub fn order(&self, id: &ClientOrderId) -> Option<&Arc<Order>> {
        self.entries.get(id).map(|entry| &entry.order)
    }

    /// Every order that is kept, in no particular order.
    pub fn orders(&self) -> impl Iterator<Item = &Arc<Order>> {
        self.entries.values().map(|entry| &entry.order)
    }

    /// Every fill that counts, in no particular order.
    pub fn fills(&self) -> impl Iterator<Item = &Arc<Fill>> {
        self.entries.values().flat_map(|entry| &entry.fills)
    }

    /// Every fill of an order that counts, in the order in which they were heard of.
    #[must_use]
    pub fn fills_of(&self, id: &ClientOrderId) -> &[Arc<Fill>] {
        self.entries.get(id).map_or(&[], |entry| &entry.fills)
    }

    /// Whether the execution of an order counts.
    pub(crate) fn counts(&self, fill: &Fill) -> bool {
        self.counts_for(&fill.client_order_id, &fill.execution_id)
    }

    /// Whether an execution counts for an order.
    pub(crate) fn counts_for(&self, order: &ClientOrderId, execution: &ExecutionId) -> bool {
        let entry = self.entries.get(order);
        entry.is_some_and(|entry| entry.counts(execution))
    }

    /// Whether the identifier has ever been used for an order that reached the broker.
    #[must_use]
    pub fn knows(&self, id: &ClientOrderId) -> bool {
        self.entries.contains_key(id) || self.retired.contains(id)
    }

    /// Folds one report, received at `now`, into its order.
    ///
    /// A report for an order that is not known yet must carry the order's terms.
    pub fn fold(&mut self, report: &ExecutionReport, now: DateTime<Utc>) -> Folded {
        let entry = match self.entries.entry(report.client_order_id.clone()) {
            hash_map::Entry::Occupied(occupied) => occupied.into_mut(),
            hash_map::Entry::Vacant(vacant) => {
                if self.retired.contains(vacant.key()) {
                    return Folded::Duplicate;
                }
                let Some(terms) = report.terms.clone().or_else(|| terms_in(&report.kind)) else {
                    return Folded::Unknown;
                };
                if terms.client_order_id != report.client_order_id {
                    return Folded::Unknown;
                }
                let mut order = Order::pending(terms, now);
                order.list.clone_from(&report.list);
                vacant.insert(Entry::new(Arc::new(order)))
            }
        };
        let was_final = entry.order.status.is_final();
        let folded = entry.fold(report, now);
        if let Folded::Changed { order, .. } = &folded
            && order.status.is_final()
            && !was_final
        {
            self.finished.push_back(order.client_order_id().clone());
            self.retire();
        }
        folded
    }

    fn retire(&mut self) {
        while self.finished.len() > Self::KEPT_FINISHED {
            let Some(id) = self.finished.pop_front() else {
                return;
            };
            if let hash_map::Entry::Occupied(entry) = self.entries.entry(id.clone())
                && entry.get().order.status.is_final()
            {
                entry.remove();
                self.retired.insert(id);
            }
        }
    }
}

fn terms_in(kind: &ExecutionKind) -> Option<Arc<NewOrder>> {
    match kind {
        ExecutionKind::Replaced { terms } | ExecutionKind::Restated { terms } => {
            Some(Arc::clone(terms))
        }
        _ => None,
    }
}

impl Entry {
    fn fold(&mut self, report: &ExecutionReport, now: DateTime<Utc>) -> Folded {
        let first_report = self.order.version == 0;
        if !self.take_fills(report) && !first_report {
            return Folded::Duplicate;
        }
        let mut warning = None;
        let mut changed = self.take_terms(report) || first_report;
        changed |= !matches!(
            report.kind,
            ExecutionKind::Status { .. }
                | ExecutionKind::New
                | ExecutionKind::PendingNew
                | ExecutionKind::Unlisted
        );

        // What counts an execution that has been taken back is from before that.
        let old = match &report.kind {
            ExecutionKind::Trade { fill } | ExecutionKind::TradeCorrect { fill, .. } => {
                !self.counts(&fill.execution_id)
            }
            _ => false,
        };
        if let Some(stated) = report.cumulative_quantity.filter(|_| !old) {
            let lowered = matches!(report.kind, ExecutionKind::TradeCancel { .. });
            self.stated = if lowered {
                stated
            } else {
                self.stated.max(stated)
            };
        }
        if report.average_price.is_some() && !old {
            self.stated_average = report.average_price;
        }
        changed |= self.cumulative() != self.order.cumulative_quantity
            || self.average() != self.order.average_price;

        let before = self.order.status.clone();
        let fill = match &report.kind {
            ExecutionKind::Trade { fill } | ExecutionKind::TradeCorrect { fill, .. } => Some(fill),
            _ => None,
        };
        let late = before.is_final() && fill.is_some();
        let fill_time = fill.map_or(FillTime::AfterEnd, |fill| self.fill_time(fill));
        let next = match &report.kind {
            // It has been there, so its absence proves nothing.
            ExecutionKind::ProvenAbsent if self.unlisted => Next::Stale,
            kind => transition(&before, kind, self.progress(), fill_time),
        };
        let status = match next {
            Next::To(status) => status,
            Next::Keep => before.clone(),
            Next::Reopen(status) => {
                if !late && !matches!(report.kind, ExecutionKind::TradeCancel { .. }) {
                    warning = warning.or(Some(OrderWarning::Reopened {
                        was: before.clone(),
                    }));
                }
                status
            }
            Next::Stale => {
                self.note_end_behind_fill(&before, report);
                warning = warning.or(Some(OrderWarning::Contradiction {
                    kept: before.clone(),
                }));
                before.clone()
            }
        };
        let status = self.behind_fill(&before, status);
        if report.kind == ExecutionKind::Unlisted {
            self.unlisted = true;
            if status != before {
                warning = Some(OrderWarning::Unlisted {
                    was: before.clone(),
                });
            }
        }
        if late && before != OrderStatus::Filled {
            warning = warning.or(Some(OrderWarning::LateFill {
                was: before.clone(),
            }));
        }
        changed |= status != before;
        self.note_end(&status, report, now);
        warning = self.take_broker_order_id(report, &mut changed).or(warning);
        warning = warning.or_else(|| self.quantity_warning(report));

        if !changed && warning.is_none() && report.reason.is_none() {
            return Folded::Duplicate;
        }
        self.write(status, report, now);
        Folded::Changed {
            order: Arc::clone(&self.order),
            warning,
        }
    }

    /// Takes executions in; `false` when the report is a repetition of a known one.
    fn take_fills(&mut self, report: &ExecutionReport) -> bool {
        match &report.kind {
            ExecutionKind::Trade { fill } => self.add_fill(fill),
            ExecutionKind::TradeCorrect { replaces, fill } => {
                // A correction may itself have been corrected or busted before it arrives: then
                // only its original goes.
                let gone = self.void_fill(replaces);
                if let Some(gone) = gone {
                    self.stated = (self.stated - gone).max(Decimal::ZERO);
                }
                self.add_fill(fill) || gone.is_some()
            }
            ExecutionKind::TradeCancel { execution_id } => {
                if self.has_seen(execution_id) && !self.counts(execution_id) {
                    return false;
                }
                if let Some(gone) = self.void_fill(execution_id) {
                    self.stated = (self.stated - gone).max(Decimal::ZERO);
                }
                true
            }
            ExecutionKind::Commission {
                execution_id,
                commission,
                realized_pnl,
            } => {
                let costs = Costs {
                    commission: *commission,
                    realized_pnl: *realized_pnl,
                };
                self.take_costs(execution_id, costs)
            }
            _ => true,
        }
    }

    fn take_terms(&mut self, report: &ExecutionReport) -> bool {
        let terms = match &report.kind {
            ExecutionKind::Replaced { terms } | ExecutionKind::Restated { terms } => terms,
            // Terms that come with a status are a listing's: they are newer than a replay's.
            ExecutionKind::Status { .. } => match &report.terms {
                Some(terms) => terms,
                None => return false,
            },
            _ => return false,
        };
        if self.order.terms == *terms || terms.client_order_id != self.order.terms.client_order_id {
            return false;
        }
        Arc::make_mut(&mut self.order).terms = Arc::clone(terms);
        true
    }

    fn note_end_behind_fill(&mut self, before: &OrderStatus, report: &ExecutionReport) {
        if *before == OrderStatus::Filled {
            self.end_behind_fill = match report.kind {
                ExecutionKind::Canceled => Some(OrderStatus::Canceled),
                ExecutionKind::Expired => Some(OrderStatus::Expired),
                _ => return,
            };
        }
    }

    /// An order that is no longer filled has ended if its end was reported, before the fill or behind it.
    fn behind_fill(&mut self, before: &OrderStatus, status: OrderStatus) -> OrderStatus {
        match (before, &status) {
            // The fill came late: what it was executed before still holds without it.
            (OrderStatus::Canceled | OrderStatus::Expired, OrderStatus::Filled) => {
                self.end_behind_fill = Some(before.clone());
                status
            }
            (OrderStatus::Filled, _) if status.is_open() => {
                self.end_behind_fill.take().unwrap_or(status)
            }
            _ => status,
        }
    }

    fn note_end(&mut self, status: &OrderStatus, report: &ExecutionReport, now: DateTime<Utc>) {
        if !status.is_final() {
            self.ended_at = None;
            self.ended_with = None;
        } else if !self.order.status.is_final() {
            self.ended_at = Some(report.event_time.unwrap_or(now));
            self.ended_with = report.cumulative_quantity;
        }
    }

    fn take_broker_order_id(
        &mut self,
        report: &ExecutionReport,
        changed: &mut bool,
    ) -> Option<OrderWarning> {
        let id = report.broker_order_id.as_ref()?;
        if self.order.broker_order_ids.contains(id) {
            return None;
        }
        *changed = true;
        // A replace may give a new id. Anything else that brings one is a second order.
        let expected = self.order.broker_order_ids.is_empty()
            || matches!(
                report.kind,
                ExecutionKind::Replaced { .. }
                    | ExecutionKind::Restated { .. }
                    | ExecutionKind::PendingReplace
            );
        Arc::make_mut(&mut self.order)
            .broker_order_ids
            .push(id.clone());
        (!expected).then(|| OrderWarning::SecondBrokerOrder { id: id.clone() })
    }

    fn quantity_warning(&self, report: &ExecutionReport) -> Option<OrderWarning> {
        let known = self.known;
        if let Some(quantity) = self.order.terms.quantity()
            && known > quantity.get()
            && matches!(report.kind, ExecutionKind::Trade { .. })
        {
            return Some(OrderWarning::Overfilled { cumulative: known });
        }
        let ended = matches!(
            report.kind,
            ExecutionKind::Status { .. } | ExecutionKind::Canceled | ExecutionKind::Expired
        );
        let stated = report.cumulative_quantity?;
        (ended && stated > known).then_some(OrderWarning::FillsMissing { stated, known })
    }

    fn write(&mut self, status: OrderStatus, report: &ExecutionReport, now: DateTime<Utc>) {
        let cumulative = self.cumulative();
        let average = self.average();
        let order = Arc::make_mut(&mut self.order);
        order.leaves_quantity = if status.is_final() {
            Some(Decimal::ZERO)
        } else {
            order
                .terms
                .quantity()
                .map(|all| (all.get() - cumulative).max(Decimal::ZERO))
        };
        order.cumulative_quantity = cumulative;
        order.average_price = average;
        order.status = status;
        if report.reason.is_some() {
            order.reason.clone_from(&report.reason);
        }
        if order.list.is_none() {
            order.list.clone_from(&report.list);
        }
        order.updated_at = now;
        order.version += 1;
    }
}
