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
pub(super) enum DataType {
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
    #[prost(oneof = "Payload", tags = "5, 6, 7, 8")]
    pub(super) payload: Option<Payload>,
}

/// The data of a push, as far as they are read.
#[derive(Clone, PartialEq, Oneof)]
pub(super) enum Payload {
    #[prost(message, boxed, tag = "5")]
    Position(Box<PositionData>),
    #[prost(message, tag = "6")]
    Asset(About),
    #[prost(message, tag = "7")]
    OrderStatus(OrderStatusData),
    #[prost(message, tag = "8")]
    OrderTransaction(OrderTransactionData),
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
}
