use super::turn::Turn;
use crate::tws::message::{
    CancelScannerSubscription, CancelWshEventData, CancelWshMetaData, ConfigRequest,
    FundamentalDataRequest, HistoricalNewsRequest, NewsArticleRequest, NewsBulletinsRequest,
    QueryDisplayGroupsRequest, ScannerSubscriptionRequest, SubscribeToGroupEventsRequest,
    UnsubscribeFromGroupEventsRequest, UpdateConfigRequest, UpdateDisplayGroupRequest,
    WshEventDataRequest, WshMetaDataRequest,
};

/// What this room keeps.
#[derive(Debug, Default)]
pub(super) struct Desks {}

impl Turn<'_> {
    pub(super) fn news_providers(&mut self) {
        self.error(-1, 321, "not served");
    }

    pub(super) fn news_article(&mut self, request: &NewsArticleRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn historical_news(&mut self, request: &HistoricalNewsRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn news_bulletins(&mut self, request: &NewsBulletinsRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn cancel_news_bulletins(&mut self) {
        self.error(-1, 321, "not served");
    }

    pub(super) fn scanner_parameters(&mut self) {
        self.error(-1, 321, "not served");
    }

    pub(super) fn scanner(&mut self, request: &ScannerSubscriptionRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn cancel_scanner(&mut self, request: &CancelScannerSubscription) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn fundamental_data(&mut self, request: &FundamentalDataRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn cancel_fundamental_data(&mut self, request: i32) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn wsh_meta_data(&mut self, request: &WshMetaDataRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn cancel_wsh_meta_data(&mut self, request: &CancelWshMetaData) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn wsh_event_data(&mut self, request: &WshEventDataRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn cancel_wsh_event_data(&mut self, request: &CancelWshEventData) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn display_groups(&mut self, request: &QueryDisplayGroupsRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn subscribe_to_group(&mut self, request: &SubscribeToGroupEventsRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn update_display_group(&mut self, request: &UpdateDisplayGroupRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn unsubscribe_from_group(&mut self, request: &UnsubscribeFromGroupEventsRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn config(&mut self, request: &ConfigRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    pub(super) fn update_config(&mut self, request: &UpdateConfigRequest) {
        let _ = request;
        self.error(-1, 321, "not served");
    }

    /// Ends what the client has open here.
    pub(super) fn close_desks(&mut self) {}
}
