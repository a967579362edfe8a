//! One order under a tracker, for the tests of this folder.

use std::sync::Arc;

use super::{Folded, OrderTracker, OrderWarning};
use crate::{
    Decimal,
    model::*,
    test_support::{fill_of, id, order, report, time},
};
use ExecutionKind as K;
use OrderStatus as S;

/// A tracker with one order, `a`, to buy 100.
pub(super) struct One {
    pub(super) tracker: OrderTracker,
    pub(super) terms: NewOrder,
    /// What the last report was warned about.
    pub(super) warning: Option<OrderWarning>,
}

impl One {
    /// An order that works.
    pub(super) fn working() -> Self {
        let mut one = Self::sent();
        one.says(K::New);
        one
    }

    /// An order that has been sent.
    pub(super) fn sent() -> Self {
        Self::with(order("a"))
    }

    pub(super) fn with(terms: NewOrder) -> Self {
        let mut one = Self {
            tracker: OrderTracker::default(),
            terms,
            warning: None,
        };
        let sent = report("a", K::PendingNew).with_terms(Arc::new(one.terms.clone()));
        one.fold(&sent);
        one
    }

    /// Folds a report; whether it changed anything.
    pub(super) fn fold(&mut self, report: &ExecutionReport) -> bool {
        let version = self
            .tracker
            .order(&id("a"))
            .map_or(0, |order| order.version);
        match self.tracker.fold(report, time(1_000)) {
            Folded::Changed { order, warning } => {
                assert_eq!(order.version, version + 1);
                self.warning = warning;
                true
            }
            Folded::Duplicate => {
                self.warning = None;
                assert_eq!(self.order().version, version);
                false
            }
            Folded::Unknown => panic!("the order is known"),
        }
    }

    pub(super) fn says(&mut self, kind: ExecutionKind) -> bool {
        self.fold(&report("a", kind))
    }

    /// A fill at 10, executed at `second`.
    pub(super) fn fills(&mut self, name: &str, units: &str, second: i64) -> bool {
        self.fold(&self.trade(name, units, second))
    }

    pub(super) fn trade(&self, name: &str, units: &str, second: i64) -> ExecutionReport {
        ExecutionReport::trade(fill_of(&self.terms, name, units, "10", second))
    }

    /// The end at second 100.
    pub(super) fn ends(&mut self, kind: ExecutionKind) -> bool {
        self.fold(&report("a", kind).at(time(100)))
    }

    pub(super) fn busts(&mut self, name: &str) -> bool {
        self.says(bust(name))
    }

    pub(super) fn corrects(&mut self, old: &str, name: &str, units: &str) -> bool {
        let kind = self.correction(old, name, units);
        self.says(kind)
    }

    pub(super) fn correction(&self, old: &str, name: &str, units: &str) -> ExecutionKind {
        let fill = Arc::new(fill_of(&self.terms, name, units, "10", 10));
        let replaces = execution(old);
        K::TradeCorrect { replaces, fill }
    }

    pub(super) fn order(&self) -> Arc<Order> {
        Arc::clone(self.tracker.order(&id("a")).unwrap())
    }

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "reads better at the calls")]
    pub(super) fn stands(&self, status: S, cumulative: &str) {
        let order = self.order();
        let cumulative: Decimal = cumulative.parse().unwrap();
        assert_eq!(
            (&order.status, order.cumulative_quantity),
            (&status, cumulative)
        );
        let leaves = order.leaves_quantity.unwrap();
        if status.is_final() {
            assert_eq!(leaves, Decimal::ZERO);
        } else {
            let all = order.terms.quantity().unwrap().get();
            assert_eq!(leaves, (all - cumulative).max(Decimal::ZERO));
        }
    }
}

pub(super) fn execution(name: &str) -> ExecutionId {
    ExecutionId::new(name).unwrap()
}

pub(super) fn bust(name: &str) -> ExecutionKind {
    K::TradeCancel {
        execution_id: execution(name),
    }
}

pub(super) fn broker_id(name: &str) -> BrokerOrderId {
    BrokerOrderId::new(name).unwrap()
}
