//! The messages of the push service, as far as the flood has them, in the vendor's field numbers.

use prost::{Message, Oneof};

/// What a frame is about.
pub(super) mod command {
    pub(crate) const CONNECT: i32 = 1;
    pub(crate) const CONNECTED: i32 = 2;
    pub(crate) const SUBSCRIBE: i32 = 4;
    pub(crate) const UNSUBSCRIBE: i32 = 5;
    pub(crate) const MESSAGE: i32 = 7;
    pub(crate) const HEARTBEAT: i32 = 8;
}

/// What a push is about.
pub(super) mod data_type {
    pub(crate) const QUOTE: i32 = 1;
    pub(crate) const TRADE_TICK: i32 = 5;
    pub(crate) const ASSET: i32 = 6;
    pub(crate) const ORDER_STATUS: i32 = 8;
}

/// Which sides of a quote a push carries.
pub(super) mod sides {
    pub(crate) const BASIC: i32 = 1;
    pub(crate) const BBO: i32 = 2;
    pub(crate) const ALL: i32 = 3;
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Request {
    #[prost(int32, tag = "1")]
    pub(super) command: i32,
    #[prost(uint32, tag = "2")]
    pub(super) id: u32,
    #[prost(message, optional, tag = "3")]
    pub(super) subscribe: Option<Subscribe>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Subscribe {
    #[prost(int32, tag = "1")]
    pub(super) data_type: i32,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Response {
    #[prost(int32, tag = "1")]
    pub(super) command: i32,
    #[prost(uint32, optional, tag = "2")]
    pub(super) id: Option<u32>,
    #[prost(int32, optional, tag = "3")]
    pub(super) code: Option<i32>,
    #[prost(string, optional, tag = "4")]
    pub(super) msg: Option<String>,
    #[prost(message, optional, tag = "5")]
    pub(super) body: Option<Body>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Body {
    #[prost(int32, tag = "1")]
    pub(super) data_type: i32,
    #[prost(oneof = "Payload", tags = "2, 4, 6, 7")]
    pub(super) payload: Option<Payload>,
}

#[derive(Clone, PartialEq, Oneof)]
pub(super) enum Payload {
    #[prost(message, tag = "2")]
    Quote(Quote),
    #[prost(message, tag = "4")]
    Trades(Trades),
    #[prost(message, tag = "6")]
    Asset(Asset),
    #[prost(message, tag = "7")]
    Order(Order),
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Quote {
    #[prost(string, tag = "1")]
    pub(super) symbol: String,
    #[prost(int32, tag = "2")]
    pub(super) sides: i32,
    #[prost(uint64, tag = "3")]
    pub(super) timestamp: u64,
    #[prost(uint64, optional, tag = "4")]
    pub(super) server_timestamp: Option<u64>,
    #[prost(double, optional, tag = "5")]
    pub(super) avg_price: Option<f64>,
    #[prost(double, optional, tag = "6")]
    pub(super) latest_price: Option<f64>,
    #[prost(uint64, optional, tag = "7")]
    pub(super) latest_price_timestamp: Option<u64>,
    #[prost(string, optional, tag = "8")]
    pub(super) latest_time: Option<String>,
    #[prost(double, optional, tag = "9")]
    pub(super) pre_close: Option<f64>,
    #[prost(sint64, optional, tag = "10")]
    pub(super) volume: Option<i64>,
    #[prost(double, optional, tag = "11")]
    pub(super) amount: Option<f64>,
    #[prost(double, optional, tag = "12")]
    pub(super) open: Option<f64>,
    #[prost(double, optional, tag = "13")]
    pub(super) high: Option<f64>,
    #[prost(double, optional, tag = "14")]
    pub(super) low: Option<f64>,
    #[prost(string, optional, tag = "16")]
    pub(super) market_status: Option<String>,
    #[prost(double, optional, tag = "17")]
    pub(super) ask_price: Option<f64>,
    #[prost(sint64, optional, tag = "18")]
    pub(super) ask_size: Option<i64>,
    #[prost(uint64, optional, tag = "19")]
    pub(super) ask_timestamp: Option<u64>,
    #[prost(double, optional, tag = "20")]
    pub(super) bid_price: Option<f64>,
    #[prost(sint64, optional, tag = "21")]
    pub(super) bid_size: Option<i64>,
    #[prost(uint64, optional, tag = "22")]
    pub(super) bid_timestamp: Option<u64>,
    #[prost(message, optional, tag = "28")]
    pub(super) minute: Option<Minute>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Minute {
    #[prost(double, tag = "1")]
    pub(super) price: f64,
    #[prost(double, tag = "2")]
    pub(super) average: f64,
    #[prost(uint64, tag = "3")]
    pub(super) time: u64,
    #[prost(sint64, tag = "4")]
    pub(super) volume: i64,
    #[prost(double, tag = "5")]
    pub(super) open: f64,
    #[prost(double, tag = "6")]
    pub(super) high: f64,
    #[prost(double, tag = "7")]
    pub(super) low: f64,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Trades {
    #[prost(string, tag = "1")]
    pub(super) symbol: String,
    #[prost(string, tag = "2")]
    pub(super) signs: String,
    #[prost(string, tag = "3")]
    pub(super) conditions: String,
    #[prost(int64, tag = "4")]
    pub(super) sn: i64,
    #[prost(int64, tag = "5")]
    pub(super) price_base: i64,
    #[prost(int32, tag = "6")]
    pub(super) price_offset: i32,
    #[prost(int64, repeated, tag = "7")]
    pub(super) time: Vec<i64>,
    #[prost(int64, repeated, tag = "8")]
    pub(super) price: Vec<i64>,
    #[prost(int64, repeated, tag = "9")]
    pub(super) volume: Vec<i64>,
    #[prost(string, repeated, tag = "10")]
    pub(super) part_code: Vec<String>,
    #[prost(string, tag = "11")]
    pub(super) quote_level: String,
    #[prost(uint64, tag = "12")]
    pub(super) timestamp: u64,
    #[prost(string, tag = "13")]
    pub(super) sec_type: String,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Asset {
    #[prost(string, tag = "1")]
    pub(super) account: String,
    #[prost(string, tag = "2")]
    pub(super) currency: String,
    #[prost(string, tag = "3")]
    pub(super) seg_type: String,
    #[prost(double, tag = "4")]
    pub(super) available_funds: f64,
    #[prost(double, tag = "5")]
    pub(super) excess_liquidity: f64,
    #[prost(double, tag = "6")]
    pub(super) net_liquidation: f64,
    #[prost(double, tag = "8")]
    pub(super) buying_power: f64,
    #[prost(double, tag = "9")]
    pub(super) cash_balance: f64,
    #[prost(uint64, tag = "13")]
    pub(super) timestamp: u64,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Order {
    #[prost(sint64, tag = "1")]
    pub(super) id: i64,
    #[prost(string, tag = "2")]
    pub(super) account: String,
    #[prost(string, tag = "3")]
    pub(super) symbol: String,
    #[prost(string, tag = "7")]
    pub(super) identifier: String,
    #[prost(uint32, tag = "8")]
    pub(super) multiplier: u32,
    #[prost(string, tag = "9")]
    pub(super) action: String,
    #[prost(string, tag = "10")]
    pub(super) market: String,
    #[prost(string, tag = "11")]
    pub(super) currency: String,
    #[prost(string, tag = "12")]
    pub(super) seg_type: String,
    #[prost(string, tag = "13")]
    pub(super) sec_type: String,
    #[prost(string, tag = "14")]
    pub(super) order_type: String,
    #[prost(bool, tag = "15")]
    pub(super) is_long: bool,
    #[prost(sint64, tag = "16")]
    pub(super) total_quantity: i64,
    #[prost(sint64, tag = "18")]
    pub(super) filled_quantity: i64,
    #[prost(double, tag = "20")]
    pub(super) avg_fill_price: f64,
    #[prost(double, tag = "21")]
    pub(super) limit_price: f64,
    #[prost(string, tag = "24")]
    pub(super) status: String,
    #[prost(bool, tag = "28")]
    pub(super) can_modify: bool,
    #[prost(bool, tag = "29")]
    pub(super) can_cancel: bool,
    #[prost(string, tag = "32")]
    pub(super) source: String,
    #[prost(uint64, tag = "36")]
    pub(super) open_time: u64,
    #[prost(uint64, tag = "37")]
    pub(super) timestamp: u64,
    #[prost(string, tag = "43")]
    pub(super) time_in_force: String,
    #[prost(uint64, tag = "44")]
    pub(super) update_time: u64,
}
