//! News, scanners, calendars, display groups.

use std::collections::BTreeMap;

use super::Contract;

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct CancelNewsBulletins {}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct CancelScannerSubscription {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct CancelWshEventData {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct CancelWshMetaData {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct DisplayGroupList {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
    #[prost(string, optional, tag = "2")]
    pub(crate) groups: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct DisplayGroupUpdated {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
    #[prost(string, optional, tag = "2")]
    pub(crate) contract_info: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct HistoricalNews {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
    #[prost(string, optional, tag = "2")]
    pub(crate) time: Option<String>,
    #[prost(string, optional, tag = "3")]
    pub(crate) provider_code: Option<String>,
    #[prost(string, optional, tag = "4")]
    pub(crate) article_id: Option<String>,
    #[prost(string, optional, tag = "5")]
    pub(crate) headline: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct HistoricalNewsEnd {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
    #[prost(bool, optional, tag = "2")]
    pub(crate) has_more: Option<bool>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct HistoricalNewsRequest {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
    #[prost(int32, optional, tag = "2")]
    pub(crate) con_id: Option<i32>,
    #[prost(string, optional, tag = "3")]
    pub(crate) provider_codes: Option<String>,
    #[prost(string, optional, tag = "4")]
    pub(crate) start_date_time: Option<String>,
    #[prost(string, optional, tag = "5")]
    pub(crate) end_date_time: Option<String>,
    #[prost(int32, optional, tag = "6")]
    pub(crate) total_results: Option<i32>,
    #[prost(btree_map = "string, string", tag = "7")]
    pub(crate) historical_news_options: BTreeMap<String, String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct NewsArticle {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
    #[prost(int32, optional, tag = "2")]
    pub(crate) article_type: Option<i32>,
    #[prost(string, optional, tag = "3")]
    pub(crate) article_text: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct NewsArticleRequest {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
    #[prost(string, optional, tag = "2")]
    pub(crate) provider_code: Option<String>,
    #[prost(string, optional, tag = "3")]
    pub(crate) article_id: Option<String>,
    #[prost(btree_map = "string, string", tag = "4")]
    pub(crate) news_article_options: BTreeMap<String, String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct NewsBulletin {
    #[prost(int32, optional, tag = "1")]
    pub(crate) news_msg_id: Option<i32>,
    #[prost(int32, optional, tag = "2")]
    pub(crate) news_msg_type: Option<i32>,
    #[prost(string, optional, tag = "3")]
    pub(crate) news_message: Option<String>,
    #[prost(string, optional, tag = "4")]
    pub(crate) originating_exch: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct NewsBulletinsRequest {
    #[prost(bool, optional, tag = "1")]
    pub(crate) all_messages: Option<bool>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct NewsProvider {
    #[prost(string, optional, tag = "1")]
    pub(crate) provider_code: Option<String>,
    #[prost(string, optional, tag = "2")]
    pub(crate) provider_name: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct NewsProviders {
    #[prost(message, repeated, tag = "1")]
    pub(crate) news_providers: Vec<NewsProvider>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct NewsProvidersRequest {}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct QueryDisplayGroupsRequest {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ScannerData {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) scanner_data_element: Vec<ScannerDataElement>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ScannerDataElement {
    #[prost(int32, optional, tag = "1")]
    pub(crate) rank: Option<i32>,
    #[prost(message, optional, tag = "2")]
    pub(crate) contract: Option<Contract>,
    #[prost(string, optional, tag = "3")]
    pub(crate) market_name: Option<String>,
    #[prost(string, optional, tag = "4")]
    pub(crate) distance: Option<String>,
    #[prost(string, optional, tag = "5")]
    pub(crate) benchmark: Option<String>,
    #[prost(string, optional, tag = "6")]
    pub(crate) projection: Option<String>,
    #[prost(string, optional, tag = "7")]
    pub(crate) combo_key: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ScannerParameters {
    #[prost(string, optional, tag = "1")]
    pub(crate) xml: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ScannerParametersRequest {}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ScannerSubscription {
    #[prost(int32, optional, tag = "1")]
    pub(crate) number_of_rows: Option<i32>,
    #[prost(string, optional, tag = "2")]
    pub(crate) instrument: Option<String>,
    #[prost(string, optional, tag = "3")]
    pub(crate) location_code: Option<String>,
    #[prost(string, optional, tag = "4")]
    pub(crate) scan_code: Option<String>,
    #[prost(double, optional, tag = "5")]
    pub(crate) above_price: Option<f64>,
    #[prost(double, optional, tag = "6")]
    pub(crate) below_price: Option<f64>,
    #[prost(int64, optional, tag = "7")]
    pub(crate) above_volume: Option<i64>,
    #[prost(double, optional, tag = "8")]
    pub(crate) market_cap_above: Option<f64>,
    #[prost(double, optional, tag = "9")]
    pub(crate) market_cap_below: Option<f64>,
    #[prost(string, optional, tag = "10")]
    pub(crate) moody_rating_above: Option<String>,
    #[prost(string, optional, tag = "11")]
    pub(crate) moody_rating_below: Option<String>,
    #[prost(string, optional, tag = "12")]
    pub(crate) sp_rating_above: Option<String>,
    #[prost(string, optional, tag = "13")]
    pub(crate) sp_rating_below: Option<String>,
    #[prost(string, optional, tag = "14")]
    pub(crate) maturity_date_above: Option<String>,
    #[prost(string, optional, tag = "15")]
    pub(crate) maturity_date_below: Option<String>,
    #[prost(double, optional, tag = "16")]
    pub(crate) coupon_rate_above: Option<f64>,
    #[prost(double, optional, tag = "17")]
    pub(crate) coupon_rate_below: Option<f64>,
    #[prost(bool, optional, tag = "18")]
    pub(crate) exclude_convertible: Option<bool>,
    #[prost(int64, optional, tag = "19")]
    pub(crate) average_option_volume_above: Option<i64>,
    #[prost(string, optional, tag = "20")]
    pub(crate) scanner_setting_pairs: Option<String>,
    #[prost(string, optional, tag = "21")]
    pub(crate) stock_type_filter: Option<String>,
    #[prost(btree_map = "string, string", tag = "22")]
    pub(crate) scanner_subscription_filter_options: BTreeMap<String, String>,
    #[prost(btree_map = "string, string", tag = "23")]
    pub(crate) scanner_subscription_options: BTreeMap<String, String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ScannerSubscriptionRequest {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
    #[prost(message, optional, tag = "2")]
    pub(crate) scanner_subscription: Option<ScannerSubscription>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SubscribeToGroupEventsRequest {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
    #[prost(int32, optional, tag = "2")]
    pub(crate) group_id: Option<i32>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct UnsubscribeFromGroupEventsRequest {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct UpdateDisplayGroupRequest {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
    #[prost(string, optional, tag = "2")]
    pub(crate) contract_info: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct WshEventData {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
    #[prost(string, optional, tag = "2")]
    pub(crate) data_json: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct WshEventDataRequest {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
    #[prost(int32, optional, tag = "2")]
    pub(crate) con_id: Option<i32>,
    #[prost(string, optional, tag = "3")]
    pub(crate) filter: Option<String>,
    #[prost(bool, optional, tag = "4")]
    pub(crate) fill_watchlist: Option<bool>,
    #[prost(bool, optional, tag = "5")]
    pub(crate) fill_portfolio: Option<bool>,
    #[prost(bool, optional, tag = "6")]
    pub(crate) fill_competitors: Option<bool>,
    #[prost(string, optional, tag = "7")]
    pub(crate) start_date: Option<String>,
    #[prost(string, optional, tag = "8")]
    pub(crate) end_date: Option<String>,
    #[prost(int32, optional, tag = "9")]
    pub(crate) total_limit: Option<i32>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct WshMetaData {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
    #[prost(string, optional, tag = "2")]
    pub(crate) data_json: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct WshMetaDataRequest {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
}
