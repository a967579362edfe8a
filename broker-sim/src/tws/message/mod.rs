//! The messages of the protocol, in both directions.
//!
//! One message model serves both dialects: these structs are the protobuf messages by their
//! published tags (`u32` length, four-byte id, payload), and [`text`](super::text) maps the same
//! structs onto the fields of the older dialect. An absent field is a value that was not sent.

mod account;
mod config;
mod contract;
mod execution;
mod history;
mod market_data;
mod order;
mod order_flow;
mod reply;
mod request;
mod research;
mod session;

pub(crate) use self::{
    account::*,
    config::*,
    contract::*,
    execution::*,
    history::*,
    market_data::*,
    order::*,
    order_flow::*,
    reply::{HistoricalBars, Reply},
    request::{FundamentalDataRequest, Request},
    research::*,
    session::*,
};
