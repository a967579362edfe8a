//! The messages of the push service, in the field numbers of the vendor's SDKs (package
//! `tigeropen.push.pb`, proto3).
//!
//! `link` is what is said on a connection, `market` what is pushed about instruments, `account` about
//! accounts, `tops` about whole markets.

mod account;
mod link;
mod market;
mod tops;

pub(in crate::tiger) use account::{
    AssetData, OrderStatusData, OrderTransactionData, PositionData,
};
pub(in crate::tiger) use link::{
    Command, DataType, Payload, PushData, QuoteType, Request, RequestConnect, RequestSubscribe,
    Response,
};
pub(in crate::tiger) use market::{
    KlineData, QuoteData, QuoteDataMinute, QuoteDepthData, QuoteDepthDataOrderBook, TickData,
    TickDataTick, TradeTickData,
};
pub(in crate::tiger) use tops::{
    OptionTopData, OptionTopDataBigOrder, OptionTopDataOptionItem, OptionTopDataTopData,
    StockTopData, StockTopDataStockItem, StockTopDataTopData,
};
