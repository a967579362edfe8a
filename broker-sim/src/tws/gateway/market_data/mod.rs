use broker_core::model::Trade;

use super::{state::State, turn::Turn};
use crate::exchange::Exchange;
use crate::tws::message::{
    CalculateImpliedVolatilityRequest, CalculateOptionPriceRequest, CancelMarketData,
    CancelMarketDepth, CancelRealTimeBars, CancelTickByTick, MarketDataRequest,
    MarketDataTypeRequest, MarketDepthRequest, RealTimeBarsRequest, TickByTickRequest,
};

/// What this room keeps.
#[derive(Debug, Default)]
pub(super) struct Lines {}

impl State {
    pub(super) fn on_market(&mut self, _listing: usize, _exchange: &mut Exchange) {}

    pub(super) fn on_print(&mut self, _listing: usize, _trade: &Trade, _exchange: &mut Exchange) {}

    pub(super) fn end_real_time_bars(&mut self, _exchange: &mut Exchange) {}

    pub(super) fn show_line(&mut self, _line: u64, _exchange: &mut Exchange) {}

    pub(super) fn open_lines(&self) -> usize {
        0
    }
}

impl Turn<'_> {
    pub(super) fn market_data(&mut self, request: &MarketDataRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn cancel_market_data(&mut self, request: &CancelMarketData) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn market_data_type(&mut self, request: &MarketDataTypeRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn market_depth(&mut self, request: &MarketDepthRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn cancel_market_depth(&mut self, request: &CancelMarketDepth) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn real_time_bars(&mut self, request: &RealTimeBarsRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn cancel_real_time_bars(&mut self, request: &CancelRealTimeBars) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn tick_by_tick(&mut self, request: &TickByTickRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn cancel_tick_by_tick(&mut self, request: &CancelTickByTick) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn calculate_volatility(&mut self, request: &CalculateImpliedVolatilityRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn calculate_option_price(&mut self, request: &CalculateOptionPriceRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    /// Ends what the client has open here.
    pub(super) fn close_lines(&mut self) {}

    /// A client has come back: nothing of its lines is left.
    pub(super) fn restart_lines(&mut self) {}
}
