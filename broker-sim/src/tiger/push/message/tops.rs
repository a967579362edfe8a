//! The most traded.

use prost::Message;

#[derive(Clone, PartialEq, Message)]
pub(in crate::tiger) struct StockTopData {
    #[prost(string, tag = "1")]
    pub(in crate::tiger) market: String,
    #[prost(int64, tag = "2")]
    pub(in crate::tiger) timestamp: i64,
    #[prost(message, repeated, tag = "3")]
    pub(in crate::tiger) top_data: Vec<StockTopDataTopData>,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::tiger) struct StockTopDataTopData {
    #[prost(string, tag = "1")]
    pub(in crate::tiger) target_name: String,
    #[prost(message, repeated, tag = "2")]
    pub(in crate::tiger) item: Vec<StockTopDataStockItem>,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::tiger) struct StockTopDataStockItem {
    #[prost(string, tag = "1")]
    pub(in crate::tiger) symbol: String,
    #[prost(double, tag = "2")]
    pub(in crate::tiger) latest_price: f64,
    #[prost(double, tag = "3")]
    pub(in crate::tiger) target_value: f64,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::tiger) struct OptionTopData {
    #[prost(string, tag = "1")]
    pub(in crate::tiger) market: String,
    #[prost(int64, tag = "2")]
    pub(in crate::tiger) timestamp: i64,
    #[prost(message, repeated, tag = "3")]
    pub(in crate::tiger) top_data: Vec<OptionTopDataTopData>,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::tiger) struct OptionTopDataTopData {
    #[prost(string, tag = "1")]
    pub(in crate::tiger) target_name: String,
    #[prost(message, repeated, tag = "2")]
    pub(in crate::tiger) big_order: Vec<OptionTopDataBigOrder>,
    #[prost(message, repeated, tag = "3")]
    pub(in crate::tiger) item: Vec<OptionTopDataOptionItem>,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::tiger) struct OptionTopDataBigOrder {
    #[prost(string, tag = "1")]
    pub(in crate::tiger) symbol: String,
    #[prost(string, tag = "2")]
    pub(in crate::tiger) expiry: String,
    #[prost(string, tag = "3")]
    pub(in crate::tiger) strike: String,
    #[prost(string, tag = "4")]
    pub(in crate::tiger) right: String,
    #[prost(string, tag = "5")]
    pub(in crate::tiger) dir: String,
    #[prost(double, tag = "6")]
    pub(in crate::tiger) volume: f64,
    #[prost(double, tag = "7")]
    pub(in crate::tiger) price: f64,
    #[prost(double, tag = "8")]
    pub(in crate::tiger) amount: f64,
    #[prost(int64, tag = "9")]
    pub(in crate::tiger) trade_time: i64,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::tiger) struct OptionTopDataOptionItem {
    #[prost(string, tag = "1")]
    pub(in crate::tiger) symbol: String,
    #[prost(string, tag = "2")]
    pub(in crate::tiger) expiry: String,
    #[prost(string, tag = "3")]
    pub(in crate::tiger) strike: String,
    #[prost(string, tag = "4")]
    pub(in crate::tiger) right: String,
    #[prost(double, tag = "5")]
    pub(in crate::tiger) total_amount: f64,
    #[prost(double, tag = "6")]
    pub(in crate::tiger) total_volume: f64,
    #[prost(double, tag = "7")]
    pub(in crate::tiger) total_open_int: f64,
    #[prost(double, tag = "8")]
    pub(in crate::tiger) volume_to_open_int: f64,
    #[prost(double, tag = "9")]
    pub(in crate::tiger) latest_price: f64,
    #[prost(int64, tag = "10")]
    pub(in crate::tiger) update_time: i64,
}
