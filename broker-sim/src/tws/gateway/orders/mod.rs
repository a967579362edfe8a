use broker_core::model::{AccountId, ExecutionReport};

use super::{Habits, state::State, turn::Turn};
use crate::tws::message::{
    AutoOpenOrdersRequest, CancelOrderRequest, CompletedOrdersRequest, ExecutionRequest,
    ExerciseOptionsRequest, GlobalCancelRequest, PlaceOrderRequest,
};
use crate::{exchange::Exchange, truth::Truth};

/// What this room keeps.
#[derive(Debug, Default)]
pub(super) struct Orders {}

/// A commission report that is told later.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::tws::gateway) struct LateCommission;

impl Orders {
    pub(super) fn new(_habits: &Habits) -> Self {
        Self::default()
    }

    pub(super) fn reset_ids(&mut self) {}

    pub(super) fn next_id(&self, _client: i32, habits: &Habits) -> i32 {
        habits.first_order_id
    }
}

impl State {
    pub(super) fn on_report(
        &mut self,
        _account: &AccountId,
        _report: &ExecutionReport,
        _exchange: &mut Exchange,
    ) {
    }

    pub(super) fn tell_commission(&mut self, _late: &LateCommission) {}

    /// The truth by order references.
    pub(super) fn truth(&self, truth: Truth) -> Truth {
        truth
    }
}

impl Turn<'_> {
    pub(super) fn place_order(&mut self, request: PlaceOrderRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn cancel_order(&mut self, request: &CancelOrderRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn global_cancel(&mut self, request: &GlobalCancelRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn open_orders(&mut self) {
        self.error(-1, 321, "not served");
    }

    pub(super) fn all_open_orders(&mut self) {
        self.error(-1, 321, "not served");
    }

    pub(super) fn auto_open_orders(&mut self, request: &AutoOpenOrdersRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn completed_orders(&mut self, request: &CompletedOrdersRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn executions(&mut self, request: &ExecutionRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn exercise_options(&mut self, request: &ExerciseOptionsRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }
}
