//! Quotes, books, trades and bars.

use prost::Message;

use super::QuoteType;

#[derive(Clone, PartialEq, Message)]
pub(in crate::tiger) struct QuoteData {
    #[prost(string, tag = "1")]
    pub(in crate::tiger) symbol: String,
    #[prost(enumeration = "QuoteType", tag = "2")]
    pub(in crate::tiger) r#type: i32,
    #[prost(uint64, tag = "3")]
    pub(in crate::tiger) timestamp: u64,
    #[prost(uint64, optional, tag = "4")]
    pub(in crate::tiger) server_timestamp: Option<u64>,
    #[prost(double, optional, tag = "5")]
    pub(in crate::tiger) avg_price: Option<f64>,
    #[prost(double, optional, tag = "6")]
    pub(in crate::tiger) latest_price: Option<f64>,
    #[prost(uint64, optional, tag = "7")]
    pub(in crate::tiger) latest_price_timestamp: Option<u64>,
    #[prost(string, optional, tag = "8")]
    pub(in crate::tiger) latest_time: Option<String>,
    #[prost(double, optional, tag = "9")]
    pub(in crate::tiger) pre_close: Option<f64>,
    #[prost(sint64, optional, tag = "10")]
    pub(in crate::tiger) volume: Option<i64>,
    #[prost(double, optional, tag = "11")]
    pub(in crate::tiger) amount: Option<f64>,
    #[prost(double, optional, tag = "12")]
    pub(in crate::tiger) open: Option<f64>,
    #[prost(double, optional, tag = "13")]
    pub(in crate::tiger) high: Option<f64>,
    #[prost(double, optional, tag = "14")]
    pub(in crate::tiger) low: Option<f64>,
    #[prost(string, optional, tag = "15")]
    pub(in crate::tiger) hour_trading_tag: Option<String>,
    #[prost(string, optional, tag = "16")]
    pub(in crate::tiger) market_status: Option<String>,
    #[prost(double, optional, tag = "17")]
    pub(in crate::tiger) ask_price: Option<f64>,
    #[prost(sint64, optional, tag = "18")]
    pub(in crate::tiger) ask_size: Option<i64>,
    #[prost(uint64, optional, tag = "19")]
    pub(in crate::tiger) ask_timestamp: Option<u64>,
    #[prost(double, optional, tag = "20")]
    pub(in crate::tiger) bid_price: Option<f64>,
    #[prost(sint64, optional, tag = "21")]
    pub(in crate::tiger) bid_size: Option<i64>,
    #[prost(uint64, optional, tag = "22")]
    pub(in crate::tiger) bid_timestamp: Option<u64>,
    #[prost(string, optional, tag = "23")]
    pub(in crate::tiger) identifier: Option<String>,
    #[prost(sint64, optional, tag = "24")]
    pub(in crate::tiger) open_int: Option<i64>,
    #[prost(uint64, optional, tag = "25")]
    pub(in crate::tiger) trade_time: Option<u64>,
    #[prost(double, optional, tag = "26")]
    pub(in crate::tiger) pre_settlement: Option<f64>,
    #[prost(float, optional, tag = "27")]
    pub(in crate::tiger) min_tick: Option<f32>,
    #[prost(message, optional, tag = "28")]
    pub(in crate::tiger) mi: Option<QuoteDataMinute>,
    #[prost(double, optional, tag = "29")]
    pub(in crate::tiger) volume_decimal: Option<f64>,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::tiger) struct QuoteDataMinute {
    #[prost(double, tag = "1")]
    pub(in crate::tiger) p: f64,
    #[prost(double, tag = "2")]
    pub(in crate::tiger) a: f64,
    #[prost(uint64, tag = "3")]
    pub(in crate::tiger) t: u64,
    #[prost(sint64, tag = "4")]
    pub(in crate::tiger) v: i64,
    #[prost(double, tag = "5")]
    pub(in crate::tiger) o: f64,
    #[prost(double, tag = "6")]
    pub(in crate::tiger) h: f64,
    #[prost(double, tag = "7")]
    pub(in crate::tiger) l: f64,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::tiger) struct QuoteDepthData {
    #[prost(string, tag = "1")]
    pub(in crate::tiger) symbol: String,
    #[prost(uint64, tag = "2")]
    pub(in crate::tiger) timestamp: u64,
    #[prost(message, optional, tag = "3")]
    pub(in crate::tiger) ask: Option<QuoteDepthDataOrderBook>,
    #[prost(message, optional, tag = "4")]
    pub(in crate::tiger) bid: Option<QuoteDepthDataOrderBook>,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::tiger) struct QuoteDepthDataOrderBook {
    #[prost(double, repeated, tag = "1")]
    pub(in crate::tiger) price: Vec<f64>,
    #[prost(sint64, repeated, tag = "2")]
    pub(in crate::tiger) volume: Vec<i64>,
    #[prost(uint32, repeated, tag = "3")]
    pub(in crate::tiger) order_count: Vec<u32>,
    #[prost(string, repeated, tag = "4")]
    pub(in crate::tiger) exchange: Vec<String>,
    #[prost(sint64, repeated, tag = "5")]
    pub(in crate::tiger) time: Vec<i64>,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::tiger) struct TradeTickData {
    #[prost(string, tag = "1")]
    pub(in crate::tiger) symbol: String,
    #[prost(string, tag = "2")]
    pub(in crate::tiger) r#type: String,
    #[prost(string, tag = "3")]
    pub(in crate::tiger) cond: String,
    #[prost(int64, tag = "4")]
    pub(in crate::tiger) sn: i64,
    #[prost(int64, tag = "5")]
    pub(in crate::tiger) price_base: i64,
    #[prost(int32, tag = "6")]
    pub(in crate::tiger) price_offset: i32,
    #[prost(int64, repeated, tag = "7")]
    pub(in crate::tiger) time: Vec<i64>,
    #[prost(int64, repeated, tag = "8")]
    pub(in crate::tiger) price: Vec<i64>,
    #[prost(int64, repeated, tag = "9")]
    pub(in crate::tiger) volume: Vec<i64>,
    #[prost(string, repeated, tag = "10")]
    pub(in crate::tiger) part_code: Vec<String>,
    #[prost(string, tag = "11")]
    pub(in crate::tiger) quote_level: String,
    #[prost(uint64, tag = "12")]
    pub(in crate::tiger) timestamp: u64,
    #[prost(string, tag = "13")]
    pub(in crate::tiger) sec_type: String,
    #[prost(message, repeated, tag = "14")]
    pub(in crate::tiger) merged_vols: Vec<TradeTickDataMergedVol>,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::tiger) struct TradeTickDataMergedVol {
    #[prost(int32, tag = "1")]
    pub(in crate::tiger) merge_times: i32,
    #[prost(int64, repeated, tag = "2")]
    pub(in crate::tiger) vol: Vec<i64>,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::tiger) struct TickData {
    #[prost(string, tag = "1")]
    pub(in crate::tiger) symbol: String,
    #[prost(message, repeated, tag = "2")]
    pub(in crate::tiger) ticks: Vec<TickDataTick>,
    #[prost(int64, tag = "3")]
    pub(in crate::tiger) timestamp: i64,
    #[prost(string, tag = "4")]
    pub(in crate::tiger) source: String,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::tiger) struct TickDataTick {
    #[prost(int64, tag = "1")]
    pub(in crate::tiger) sn: i64,
    #[prost(int64, tag = "2")]
    pub(in crate::tiger) time: i64,
    #[prost(float, tag = "3")]
    pub(in crate::tiger) price: f32,
    #[prost(int32, tag = "4")]
    pub(in crate::tiger) volume: i32,
    #[prost(string, tag = "5")]
    pub(in crate::tiger) r#type: String,
    #[prost(string, tag = "6")]
    pub(in crate::tiger) cond: String,
    #[prost(string, tag = "7")]
    pub(in crate::tiger) part_code: String,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::tiger) struct KlineData {
    #[prost(int64, tag = "1")]
    pub(in crate::tiger) time: i64,
    #[prost(float, tag = "2")]
    pub(in crate::tiger) open: f32,
    #[prost(float, tag = "3")]
    pub(in crate::tiger) high: f32,
    #[prost(float, tag = "4")]
    pub(in crate::tiger) low: f32,
    #[prost(float, tag = "5")]
    pub(in crate::tiger) close: f32,
    #[prost(float, tag = "6")]
    pub(in crate::tiger) avg: f32,
    #[prost(int64, tag = "7")]
    pub(in crate::tiger) volume: i64,
    #[prost(int32, tag = "8")]
    pub(in crate::tiger) count: i32,
    #[prost(string, tag = "9")]
    pub(in crate::tiger) symbol: String,
    #[prost(double, tag = "10")]
    pub(in crate::tiger) amount: f64,
    #[prost(uint64, optional, tag = "11")]
    pub(in crate::tiger) server_timestamp: Option<u64>,
}
