//! The push service: one TLS connection per developer, over which Tiger says what has changed.
//!
//! `message` are the messages in the vendor's field numbers, `frame` their bytes, `connection` one
//! connection from its greeting to its end, `talk` what is said in between, `client` the one that is
//! opened anew, `inbox` what waits to be heard. What is pushed about orders and executions is not believed
//! but read anew: an order has no number of the account there and an execution no scale (protocol notes,
//! section 6.7). What is pushed about the market is: `topic` says what can be asked for, `lines` who wants
//! it.

mod client;
#[cfg(test)]
mod client_tests;
mod connection;
mod frame;
mod heartbeat;
mod inbox;
#[cfg(test)]
mod inbox_tests;
mod lines;
#[cfg(test)]
mod lines_tests;
mod message;
mod pushed;
mod talk;
mod topic;

#[cfg(test)]
mod push_tests;
#[cfg(test)]
mod recorded_tests;

/// Reads bytes as frames, so many at once, and hands what is about the market to somebody.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn read_all(bytes: &[u8], at_once: usize, mut take: impl FnMut(Market<'_>)) {
    use prost::Message as _;
    let mut buffer = Vec::new();
    for piece in bytes.chunks(at_once) {
        buffer.extend_from_slice(piece);
        let mut rest = &*buffer;
        loop {
            let Ok(first) = frame::first(rest) else {
                return;
            };
            let Some((frame, taken)) = first else {
                break;
            };
            rest = rest.get(taken..).unwrap_or_default();
            let Ok(said) = message::Response::decode(frame) else {
                continue;
            };
            let _agreed = heartbeat::Heartbeat::agreed(said.msg.as_deref().unwrap_or_default());
            if let Some(data) = &said.body {
                let _told = pushed::pushed(data);
                if let Some((_, _, market)) = Market::of(data) {
                    let _at = market.sent_at();
                    take(market);
                }
            }
        }
        buffer = rest.to_vec();
    }
}

pub(crate) use client::{Pauses, PushClient, PushEvent};
pub(crate) use connection::Dial;
pub(crate) use inbox::Inbox;
pub(crate) use lines::Lines;
pub(crate) use message::{
    BarData, DataType, DepthSide, EachTradeData, QuoteData, QuoteHalves, TradesData,
};
pub(crate) use pushed::{Pushed, double};
pub(crate) use topic::{Feed, Listener, Market, Topic};

#[cfg(test)]
pub(crate) use message::DepthData;
#[cfg(test)]
pub(crate) use push_tests::{frames as recorded_frames, recorded};
