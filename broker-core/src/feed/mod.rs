//! Market data lines: one upstream line for any number of readers (promises P8 and P10).
//!
//! [`FeedHub`] opens a line with [`MarketData::open_line`](crate::MarketData::open_line) when the
//! first reader subscribes, hands everyone the same data, and releases it when the last reader is
//! dropped. Quotes and depth are conflated: a reader always gets the newest and never queues.
//! Trades and bars are delivered one by one; a reader that is too slow gets a [`FeedItem::Gap`].

mod hub;
mod item;
mod line;
mod stream;

#[cfg(test)]
mod hub_tests;

pub use hub::FeedHub;
pub use item::{FeedGap, FeedItem};
pub use line::{FeedLine, FeedSink};
pub use stream::FeedStream;
