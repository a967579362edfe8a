//! The messages of the push service that this library reads and writes (protocol notes, section 6.3).

use prost::{Enumeration, Message, Oneof};

/// What a frame is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub(super) enum Command {
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
pub(crate) enum DataType {
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

#[derive(Clone, PartialEq, Message)]
pub(super) struct Request {
    #[prost(enumeration = "Command", tag = "1")]
    pub(super) command: i32,
    #[prost(uint32, tag = "2")]
    pub(super) id: u32,
    #[prost(message, optional, tag = "3")]
    pub(super) subscribe: Option<Subscribe>,
    #[prost(message, optional, tag = "4")]
    pub(super) connect: Option<Connect>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Connect {
    #[prost(string, tag = "1")]
    pub(super) tiger_id: String,
    #[prost(string, tag = "2")]
    pub(super) sign: String,
    #[prost(string, tag = "3")]
    pub(super) sdk_version: String,
    #[prost(string, optional, tag = "4")]
    pub(super) accept_version: Option<String>,
    #[prost(uint32, optional, tag = "5")]
    pub(super) send_interval: Option<u32>,
    #[prost(uint32, optional, tag = "6")]
    pub(super) receive_interval: Option<u32>,
    #[prost(bool, optional, tag = "7")]
    pub(super) use_full_tick: Option<bool>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Subscribe {
    #[prost(enumeration = "DataType", tag = "1")]
    pub(super) data_type: i32,
    #[prost(string, optional, tag = "2")]
    pub(super) symbols: Option<String>,
    #[prost(string, optional, tag = "3")]
    pub(super) account: Option<String>,
    #[prost(string, optional, tag = "4")]
    pub(super) market: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Response {
    #[prost(enumeration = "Command", tag = "1")]
    pub(super) command: i32,
    #[prost(uint32, optional, tag = "2")]
    pub(super) id: Option<u32>,
    #[prost(int32, optional, tag = "3")]
    pub(super) code: Option<i32>,
    #[prost(string, optional, tag = "4")]
    pub(super) msg: Option<String>,
    #[prost(message, optional, tag = "5")]
    pub(super) body: Option<PushData>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct PushData {
    #[prost(enumeration = "DataType", tag = "1")]
    pub(super) data_type: i32,
    #[prost(oneof = "Payload", tags = "2, 3, 4, 5, 6, 7, 8, 11, 12")]
    pub(super) payload: Option<Payload>,
}

/// The data of a push, as far as they are read.
#[derive(Clone, PartialEq, Oneof)]
pub(super) enum Payload {
    #[prost(message, boxed, tag = "2")]
    Quote(Box<QuoteData>),
    #[prost(message, tag = "3")]
    Depth(DepthData),
    #[prost(message, boxed, tag = "4")]
    Trades(Box<TradesData>),
    #[prost(message, boxed, tag = "5")]
    Position(Box<PositionData>),
    #[prost(message, tag = "6")]
    Asset(About),
    #[prost(message, tag = "7")]
    OrderStatus(OrderStatusData),
    #[prost(message, tag = "8")]
    OrderTransaction(OrderTransactionData),
    #[prost(message, boxed, tag = "11")]
    Bar(Box<BarData>),
    #[prost(message, tag = "12")]
    EachTrade(EachTradeData),
}

/// Whose figures have changed; the figures of one segment are read anew with the others.
#[derive(Clone, PartialEq, Message)]
pub(super) struct About {
    #[prost(string, tag = "1")]
    pub(super) account: String,
}

/// The members of an order's push by which it is known; the others are read anew.
#[derive(Clone, PartialEq, Message)]
pub(super) struct OrderStatusData {
    #[prost(sint64, tag = "1")]
    pub(super) id: i64,
    #[prost(string, tag = "2")]
    pub(super) account: String,
    #[prost(string, tag = "24")]
    pub(super) status: String,
}

/// The members of an execution's push by which it is known; its quantity has no scale there.
#[derive(Clone, PartialEq, Message)]
pub(super) struct OrderTransactionData {
    #[prost(sint64, tag = "1")]
    pub(super) id: i64,
    #[prost(sint64, tag = "2")]
    pub(super) order_id: i64,
    #[prost(string, tag = "3")]
    pub(super) account: String,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct PositionData {
    #[prost(string, tag = "1")]
    pub(super) account: String,
    #[prost(string, tag = "2")]
    pub(super) symbol: String,
    #[prost(string, tag = "3")]
    pub(super) expiry: String,
    #[prost(string, tag = "4")]
    pub(super) strike: String,
    #[prost(string, tag = "5")]
    pub(super) right: String,
    #[prost(string, tag = "6")]
    pub(super) identifier: String,
    #[prost(string, tag = "8")]
    pub(super) market: String,
    #[prost(string, tag = "9")]
    pub(super) currency: String,
    #[prost(string, tag = "11")]
    pub(super) sec_type: String,
    #[prost(sint64, tag = "12")]
    pub(super) position: i64,
    #[prost(sint32, tag = "13")]
    pub(super) position_scale: i32,
    #[prost(double, tag = "14")]
    pub(super) average_cost: f64,
    #[prost(double, tag = "15")]
    pub(super) latest_price: f64,
    #[prost(double, tag = "16")]
    pub(super) market_value: f64,
    #[prost(double, tag = "17")]
    pub(super) unrealized_pnl: f64,
    #[prost(uint64, tag = "19")]
    pub(super) timestamp: u64,
}

/// Which halves of a quote a push has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub(crate) enum QuoteHalves {
    None = 0,
    /// What trades have done.
    Basic = 1,
    /// The best prices.
    Bbo = 2,
    All = 3,
}

/// A quote: an absent field has not changed.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct QuoteData {
    #[prost(string, tag = "1")]
    pub(crate) symbol: String,
    #[prost(enumeration = "QuoteHalves", tag = "2")]
    pub(crate) r#type: i32,
    #[prost(uint64, tag = "3")]
    pub(crate) timestamp: u64,
    #[prost(double, optional, tag = "6")]
    pub(crate) latest_price: Option<f64>,
    #[prost(uint64, optional, tag = "7")]
    pub(crate) latest_price_timestamp: Option<u64>,
    #[prost(double, optional, tag = "9")]
    pub(crate) pre_close: Option<f64>,
    #[prost(sint64, optional, tag = "10")]
    pub(crate) volume: Option<i64>,
    #[prost(double, optional, tag = "12")]
    pub(crate) open: Option<f64>,
    #[prost(double, optional, tag = "13")]
    pub(crate) high: Option<f64>,
    #[prost(double, optional, tag = "14")]
    pub(crate) low: Option<f64>,
    #[prost(double, optional, tag = "17")]
    pub(crate) ask_price: Option<f64>,
    #[prost(sint64, optional, tag = "18")]
    pub(crate) ask_size: Option<i64>,
    #[prost(double, optional, tag = "20")]
    pub(crate) bid_price: Option<f64>,
    #[prost(sint64, optional, tag = "21")]
    pub(crate) bid_size: Option<i64>,
    #[prost(string, optional, tag = "23")]
    pub(crate) identifier: Option<String>,
    #[prost(double, optional, tag = "26")]
    pub(crate) pre_settlement: Option<f64>,
    #[prost(double, optional, tag = "29")]
    pub(crate) volume_decimal: Option<f64>,
}

/// A whole book.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct DepthData {
    #[prost(string, tag = "1")]
    pub(crate) symbol: String,
    #[prost(uint64, tag = "2")]
    pub(crate) timestamp: u64,
    #[prost(message, optional, tag = "3")]
    pub(crate) ask: Option<DepthSide>,
    #[prost(message, optional, tag = "4")]
    pub(crate) bid: Option<DepthSide>,
}

/// One side of a book, best first; the lists go together.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct DepthSide {
    #[prost(double, repeated, tag = "1")]
    pub(crate) price: Vec<f64>,
    #[prost(sint64, repeated, tag = "2")]
    pub(crate) volume: Vec<i64>,
    #[prost(uint32, repeated, tag = "3")]
    pub(crate) order_count: Vec<u32>,
}

/// Trades, as differences.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct TradesData {
    #[prost(string, tag = "1")]
    pub(crate) symbol: String,
    /// One character per trade.
    #[prost(string, tag = "2")]
    pub(crate) r#type: String,
    /// The number of the first trade.
    #[prost(int64, tag = "4")]
    pub(crate) sn: i64,
    #[prost(int64, tag = "5")]
    pub(crate) price_base: i64,
    /// Digits after the point.
    #[prost(int32, tag = "6")]
    pub(crate) price_offset: i32,
    /// What passed since the trade before; the first is an instant.
    #[prost(int64, repeated, tag = "7")]
    pub(crate) time: Vec<i64>,
    #[prost(int64, repeated, tag = "8")]
    pub(crate) price: Vec<i64>,
    #[prost(int64, repeated, tag = "9")]
    pub(crate) volume: Vec<i64>,
    #[prost(string, repeated, tag = "10")]
    pub(crate) part_code: Vec<String>,
    #[prost(uint64, tag = "12")]
    pub(crate) timestamp: u64,
    #[prost(message, repeated, tag = "14")]
    pub(crate) merged: Vec<MergedVolumes>,
}

/// The trades of which one trade of a future is made up.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct MergedVolumes {
    #[prost(int64, repeated, tag = "2")]
    pub(crate) volume: Vec<i64>,
}

/// Trades one by one, for who asked for every one.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct EachTradeData {
    #[prost(string, tag = "1")]
    pub(crate) symbol: String,
    #[prost(message, repeated, tag = "2")]
    pub(crate) ticks: Vec<OneTrade>,
    #[prost(int64, tag = "3")]
    pub(crate) timestamp: i64,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct OneTrade {
    #[prost(int64, tag = "1")]
    pub(crate) sn: i64,
    #[prost(int64, tag = "2")]
    pub(crate) time: i64,
    #[prost(float, tag = "3")]
    pub(crate) price: f32,
    #[prost(int32, tag = "4")]
    pub(crate) volume: i32,
    #[prost(string, tag = "5")]
    pub(crate) r#type: String,
    #[prost(string, tag = "7")]
    pub(crate) part_code: String,
}

/// The bar of the minute that is under way.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct BarData {
    #[prost(int64, tag = "1")]
    pub(crate) time: i64,
    #[prost(float, tag = "2")]
    pub(crate) open: f32,
    #[prost(float, tag = "3")]
    pub(crate) high: f32,
    #[prost(float, tag = "4")]
    pub(crate) low: f32,
    #[prost(float, tag = "5")]
    pub(crate) close: f32,
    #[prost(int64, tag = "7")]
    pub(crate) volume: i64,
    #[prost(int32, tag = "8")]
    pub(crate) count: i32,
    #[prost(string, tag = "9")]
    pub(crate) symbol: String,
    #[prost(double, tag = "10")]
    pub(crate) amount: f64,
    #[prost(uint64, optional, tag = "11")]
    pub(crate) server_timestamp: Option<u64>,
}
