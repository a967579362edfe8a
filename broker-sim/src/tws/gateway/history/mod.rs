use super::turn::Turn;
use crate::tws::message::{
    CancelHeadTimestamp, CancelHistogramData, CancelHistoricalData, CancelHistoricalTicks,
    HeadTimestampRequest, HistogramDataRequest, HistoricalDataRequest, HistoricalTicksRequest,
};

/// What this room keeps.
#[derive(Debug, Default)]
pub(super) struct History {}

impl Turn<'_> {
    pub(super) fn historical_data(&mut self, request: &HistoricalDataRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn cancel_historical_data(&mut self, request: &CancelHistoricalData) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn head_timestamp(&mut self, request: &HeadTimestampRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn cancel_head_timestamp(&mut self, request: &CancelHeadTimestamp) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn histogram(&mut self, request: &HistogramDataRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn cancel_histogram(&mut self, request: &CancelHistogramData) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn historical_ticks(&mut self, request: &HistoricalTicksRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn cancel_historical_ticks(&mut self, request: &CancelHistoricalTicks) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    /// Ends what the client has open here.
    pub(super) fn close_history(&mut self) {}
}

impl Turn<'_> {
    pub(super) fn within_history_pace(
        &mut self,
        _what: &str,
        _contract: Option<&crate::tws::message::Contract>,
        _bars: Option<i64>,
    ) -> bool {
        true
    }

    pub(super) fn newest_ticks(
        &mut self,
        _id: i32,
        _instrument: &broker_core::model::Instrument,
        _kind: super::market_data::TickKind,
        _count: usize,
    ) {
    }
}
