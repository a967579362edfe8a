use broker_core::model::AccountSummary;

use super::{state::State, turn::Turn};
use crate::exchange::Exchange;
use crate::tws::message::{
    AccountDataRequest, AccountSummaryRequest, AccountUpdatesMultiRequest, CancelAccountSummary,
    CancelAccountUpdatesMulti, CancelPnL, CancelPnLSingle, CancelPositionsMulti, FaReplace,
    FaRequest, PnLRequest, PnLSingleRequest, PositionsMultiRequest, SoftDollarTiersRequest,
};

/// What this room keeps.
#[derive(Debug, Default)]
pub(super) struct Watches {}

impl State {
    pub(super) fn on_position(
        &mut self,
        _position: &broker_core::model::Position,
        _exchange: &mut Exchange,
    ) {
    }

    pub(super) fn on_summary(&mut self, _summary: &AccountSummary, _exchange: &mut Exchange) {}

    pub(super) fn tell_account_figures(&mut self, _exchange: &mut Exchange) {}
}

impl Turn<'_> {
    pub(super) fn account_data(&mut self, request: &AccountDataRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn account_summary(&mut self, request: &AccountSummaryRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn cancel_account_summary(&mut self, request: &CancelAccountSummary) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn account_updates_multi(&mut self, request: &AccountUpdatesMultiRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn cancel_account_updates_multi(&mut self, request: &CancelAccountUpdatesMulti) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn positions(&mut self) {
        self.error(-1, 321, "not served");
    }

    pub(super) fn cancel_positions(&mut self) {
        self.error(-1, 321, "not served");
    }

    pub(super) fn positions_multi(&mut self, request: &PositionsMultiRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn cancel_positions_multi(&mut self, request: &CancelPositionsMulti) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn pnl(&mut self, request: &PnLRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn cancel_pnl(&mut self, request: &CancelPnL) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn pnl_single(&mut self, request: &PnLSingleRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn cancel_pnl_single(&mut self, request: &CancelPnLSingle) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn family_codes(&mut self) {
        self.error(-1, 321, "not served");
    }

    pub(super) fn soft_dollar_tiers(&mut self, request: &SoftDollarTiersRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn financial_advisor(&mut self, request: &FaRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn replace_financial_advisor(&mut self, request: &FaReplace) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    /// Ends what the client has open here.
    pub(super) fn close_watches(&mut self) {}
}
