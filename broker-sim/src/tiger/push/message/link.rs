//! What is said on a connection, and what a push carries.

use prost::{Enumeration, Message, Oneof};

use super::{
    AssetData, KlineData, OptionTopData, OrderStatusData, OrderTransactionData, PositionData,
    QuoteData, QuoteDepthData, StockTopData, TickData, TradeTickData,
};

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
