//! The messages of the push service, in the field numbers of the vendor's SDKs (package
//! `tigeropen.push.pb`, proto3).

use prost::{Enumeration, Message, Oneof};

/// What a frame is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub(in crate::tiger) enum Command {
    Unknown = 0,
    Connect = 1,
    Connected = 2,
    Send = 3,
    Subscribe = 4,
    Unsubscribe = 5,
    Disconnect = 6,
    Message = 7,
    Heartbeat = 8,
    Error = 9,
    RefreshToken = 10,
}

/// What a subscription or a push is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub(in crate::tiger) enum DataType {
    Unknown = 0,
    Quote = 1,
    Option = 2,
    Future = 3,
    QuoteDepth = 4,
    TradeTick = 5,
    Asset = 6,
    Position = 7,
    OrderStatus = 8,
    OrderTransaction = 9,
    StockTop = 10,
    OptionTop = 11,
    Kline = 12,
    Cc = 13,
}

/// Which sides of a quote a push carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub(in crate::tiger) enum QuoteType {
    None = 0,
    Basic = 1,
    Bbo = 2,
    All = 3,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::tiger) struct Request {
    #[prost(enumeration = "Command", tag = "1")]
    pub(in crate::tiger) command: i32,
    #[prost(uint32, tag = "2")]
    pub(in crate::tiger) id: u32,
    #[prost(message, optional, tag = "3")]
    pub(in crate::tiger) subscribe: Option<RequestSubscribe>,
    #[prost(message, optional, tag = "4")]
    pub(in crate::tiger) connect: Option<RequestConnect>,
    #[prost(message, optional, tag = "5")]
    pub(in crate::tiger) refresh_token: Option<RequestRefreshToken>,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::tiger) struct RequestRefreshToken {
    #[prost(string, tag = "1")]
    pub(in crate::tiger) access_token: String,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::tiger) struct RequestConnect {
    #[prost(string, tag = "1")]
    pub(in crate::tiger) tiger_id: String,
    #[prost(string, tag = "2")]
    pub(in crate::tiger) sign: String,
    #[prost(string, tag = "3")]
    pub(in crate::tiger) sdk_version: String,
    #[prost(string, optional, tag = "4")]
    pub(in crate::tiger) accept_version: Option<String>,
    #[prost(uint32, optional, tag = "5")]
    pub(in crate::tiger) send_interval: Option<u32>,
    #[prost(uint32, optional, tag = "6")]
    pub(in crate::tiger) receive_interval: Option<u32>,
    #[prost(bool, optional, tag = "7")]
    pub(in crate::tiger) use_full_tick: Option<bool>,
    #[prost(string, optional, tag = "10")]
    pub(in crate::tiger) access_token: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::tiger) struct RequestSubscribe {
    #[prost(enumeration = "DataType", tag = "1")]
    pub(in crate::tiger) data_type: i32,
    #[prost(string, optional, tag = "2")]
    pub(in crate::tiger) symbols: Option<String>,
    #[prost(string, optional, tag = "3")]
    pub(in crate::tiger) account: Option<String>,
    #[prost(string, optional, tag = "4")]
    pub(in crate::tiger) market: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::tiger) struct Response {
    #[prost(enumeration = "Command", tag = "1")]
    pub(in crate::tiger) command: i32,
    #[prost(uint32, optional, tag = "2")]
    pub(in crate::tiger) id: Option<u32>,
    #[prost(int32, optional, tag = "3")]
    pub(in crate::tiger) code: Option<i32>,
    #[prost(string, optional, tag = "4")]
    pub(in crate::tiger) msg: Option<String>,
    #[prost(message, optional, tag = "5")]
    pub(in crate::tiger) body: Option<PushData>,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::tiger) struct PushData {
    #[prost(enumeration = "DataType", tag = "1")]
    pub(in crate::tiger) data_type: i32,
    #[prost(oneof = "Payload", tags = "2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12")]
    pub(in crate::tiger) payload: Option<Payload>,
}

/// The data of a push.
#[derive(Clone, PartialEq, Oneof)]
pub(in crate::tiger) enum Payload {
    #[prost(message, tag = "2")]
    Quote(QuoteData),
    #[prost(message, tag = "3")]
    QuoteDepth(QuoteDepthData),
    #[prost(message, tag = "4")]
    TradeTick(TradeTickData),
    #[prost(message, tag = "5")]
    Position(PositionData),
    #[prost(message, tag = "6")]
    Asset(AssetData),
    #[prost(message, tag = "7")]
    OrderStatus(OrderStatusData),
    #[prost(message, tag = "8")]
    OrderTransaction(OrderTransactionData),
    #[prost(message, tag = "9")]
    StockTop(StockTopData),
    #[prost(message, tag = "10")]
    OptionTop(OptionTopData),
    #[prost(message, tag = "11")]
    Kline(KlineData),
    #[prost(message, tag = "12")]
    Tick(TickData),
}

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

#[derive(Clone, PartialEq, Message)]
pub(in crate::tiger) struct OrderStatusData {
    #[prost(sint64, tag = "1")]
    pub(in crate::tiger) id: i64,
    #[prost(string, tag = "2")]
    pub(in crate::tiger) account: String,
    #[prost(string, tag = "3")]
    pub(in crate::tiger) symbol: String,
    #[prost(string, tag = "4")]
    pub(in crate::tiger) expiry: String,
    #[prost(string, tag = "5")]
    pub(in crate::tiger) strike: String,
    #[prost(string, tag = "6")]
    pub(in crate::tiger) right: String,
    #[prost(string, tag = "7")]
    pub(in crate::tiger) identifier: String,
    #[prost(uint32, tag = "8")]
    pub(in crate::tiger) multiplier: u32,
    #[prost(string, tag = "9")]
    pub(in crate::tiger) action: String,
    #[prost(string, tag = "10")]
    pub(in crate::tiger) market: String,
    #[prost(string, tag = "11")]
    pub(in crate::tiger) currency: String,
    #[prost(string, tag = "12")]
    pub(in crate::tiger) seg_type: String,
    #[prost(string, tag = "13")]
    pub(in crate::tiger) sec_type: String,
    #[prost(string, tag = "14")]
    pub(in crate::tiger) order_type: String,
    #[prost(bool, tag = "15")]
    pub(in crate::tiger) is_long: bool,
    #[prost(sint64, tag = "16")]
    pub(in crate::tiger) total_quantity: i64,
    #[prost(sint32, tag = "17")]
    pub(in crate::tiger) total_quantity_scale: i32,
    #[prost(sint64, tag = "18")]
    pub(in crate::tiger) filled_quantity: i64,
    #[prost(sint32, tag = "19")]
    pub(in crate::tiger) filled_quantity_scale: i32,
    #[prost(double, tag = "20")]
    pub(in crate::tiger) avg_fill_price: f64,
    #[prost(double, tag = "21")]
    pub(in crate::tiger) limit_price: f64,
    #[prost(double, tag = "22")]
    pub(in crate::tiger) stop_price: f64,
    #[prost(double, tag = "23")]
    pub(in crate::tiger) realized_pnl: f64,
    #[prost(string, tag = "24")]
    pub(in crate::tiger) status: String,
    #[prost(string, tag = "25")]
    pub(in crate::tiger) replace_status: String,
    #[prost(string, tag = "26")]
    pub(in crate::tiger) cancel_status: String,
    #[prost(bool, tag = "27")]
    pub(in crate::tiger) outside_rth: bool,
    #[prost(bool, tag = "28")]
    pub(in crate::tiger) can_modify: bool,
    #[prost(bool, tag = "29")]
    pub(in crate::tiger) can_cancel: bool,
    #[prost(bool, tag = "30")]
    pub(in crate::tiger) liquidation: bool,
    #[prost(string, tag = "31")]
    pub(in crate::tiger) name: String,
    #[prost(string, tag = "32")]
    pub(in crate::tiger) source: String,
    #[prost(string, tag = "33")]
    pub(in crate::tiger) error_msg: String,
    #[prost(string, tag = "34")]
    pub(in crate::tiger) attr_desc: String,
    #[prost(float, tag = "35")]
    pub(in crate::tiger) commission_and_fee: f32,
    #[prost(uint64, tag = "36")]
    pub(in crate::tiger) open_time: u64,
    #[prost(uint64, tag = "37")]
    pub(in crate::tiger) timestamp: u64,
    #[prost(string, tag = "38")]
    pub(in crate::tiger) user_mark: String,
    #[prost(double, tag = "39")]
    pub(in crate::tiger) total_cash_amount: f64,
    #[prost(double, tag = "40")]
    pub(in crate::tiger) filled_cash_amount: f64,
    #[prost(double, tag = "41")]
    pub(in crate::tiger) gst: f64,
    #[prost(string, repeated, tag = "42")]
    pub(in crate::tiger) attr_list: Vec<String>,
    #[prost(string, tag = "43")]
    pub(in crate::tiger) time_in_force: String,
    #[prost(uint64, tag = "44")]
    pub(in crate::tiger) update_time: u64,
    #[prost(uint64, tag = "45")]
    pub(in crate::tiger) latest_time: u64,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::tiger) struct OrderTransactionData {
    #[prost(sint64, tag = "1")]
    pub(in crate::tiger) id: i64,
    #[prost(sint64, tag = "2")]
    pub(in crate::tiger) order_id: i64,
    #[prost(string, tag = "3")]
    pub(in crate::tiger) account: String,
    #[prost(string, tag = "4")]
    pub(in crate::tiger) symbol: String,
    #[prost(string, tag = "5")]
    pub(in crate::tiger) identifier: String,
    #[prost(uint32, tag = "6")]
    pub(in crate::tiger) multiplier: u32,
    #[prost(string, tag = "7")]
    pub(in crate::tiger) action: String,
    #[prost(string, tag = "8")]
    pub(in crate::tiger) market: String,
    #[prost(string, tag = "9")]
    pub(in crate::tiger) currency: String,
    #[prost(string, tag = "10")]
    pub(in crate::tiger) seg_type: String,
    #[prost(string, tag = "11")]
    pub(in crate::tiger) sec_type: String,
    #[prost(double, tag = "12")]
    pub(in crate::tiger) filled_price: f64,
    #[prost(sint64, tag = "13")]
    pub(in crate::tiger) filled_quantity: i64,
    #[prost(uint64, tag = "14")]
    pub(in crate::tiger) create_time: u64,
    #[prost(uint64, tag = "15")]
    pub(in crate::tiger) update_time: u64,
    #[prost(uint64, tag = "16")]
    pub(in crate::tiger) transact_time: u64,
    #[prost(uint64, tag = "17")]
    pub(in crate::tiger) timestamp: u64,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::tiger) struct PositionData {
    #[prost(string, tag = "1")]
    pub(in crate::tiger) account: String,
    #[prost(string, tag = "2")]
    pub(in crate::tiger) symbol: String,
    #[prost(string, tag = "3")]
    pub(in crate::tiger) expiry: String,
    #[prost(string, tag = "4")]
    pub(in crate::tiger) strike: String,
    #[prost(string, tag = "5")]
    pub(in crate::tiger) right: String,
    #[prost(string, tag = "6")]
    pub(in crate::tiger) identifier: String,
    #[prost(uint32, tag = "7")]
    pub(in crate::tiger) multiplier: u32,
    #[prost(string, tag = "8")]
    pub(in crate::tiger) market: String,
    #[prost(string, tag = "9")]
    pub(in crate::tiger) currency: String,
    #[prost(string, tag = "10")]
    pub(in crate::tiger) seg_type: String,
    #[prost(string, tag = "11")]
    pub(in crate::tiger) sec_type: String,
    #[prost(sint64, tag = "12")]
    pub(in crate::tiger) position: i64,
    #[prost(sint32, tag = "13")]
    pub(in crate::tiger) position_scale: i32,
    #[prost(double, tag = "14")]
    pub(in crate::tiger) average_cost: f64,
    #[prost(double, tag = "15")]
    pub(in crate::tiger) latest_price: f64,
    #[prost(double, tag = "16")]
    pub(in crate::tiger) market_value: f64,
    #[prost(double, tag = "17")]
    pub(in crate::tiger) unrealized_pnl: f64,
    #[prost(string, tag = "18")]
    pub(in crate::tiger) name: String,
    #[prost(uint64, tag = "19")]
    pub(in crate::tiger) timestamp: u64,
    #[prost(sint64, optional, tag = "20")]
    pub(in crate::tiger) saleable: Option<i64>,
    #[prost(double, tag = "21")]
    pub(in crate::tiger) position_qty: f64,
    #[prost(double, tag = "22")]
    pub(in crate::tiger) salable_qty: f64,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::tiger) struct AssetData {
    #[prost(string, tag = "1")]
    pub(in crate::tiger) account: String,
    #[prost(string, tag = "2")]
    pub(in crate::tiger) currency: String,
    #[prost(string, tag = "3")]
    pub(in crate::tiger) seg_type: String,
    #[prost(double, tag = "4")]
    pub(in crate::tiger) available_funds: f64,
    #[prost(double, tag = "5")]
    pub(in crate::tiger) excess_liquidity: f64,
    #[prost(double, tag = "6")]
    pub(in crate::tiger) net_liquidation: f64,
    #[prost(double, tag = "7")]
    pub(in crate::tiger) equity_with_loan: f64,
    #[prost(double, tag = "8")]
    pub(in crate::tiger) buying_power: f64,
    #[prost(double, tag = "9")]
    pub(in crate::tiger) cash_balance: f64,
    #[prost(double, tag = "10")]
    pub(in crate::tiger) gross_position_value: f64,
    #[prost(double, tag = "11")]
    pub(in crate::tiger) init_margin_req: f64,
    #[prost(double, tag = "12")]
    pub(in crate::tiger) maint_margin_req: f64,
    #[prost(uint64, tag = "13")]
    pub(in crate::tiger) timestamp: u64,
}

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
