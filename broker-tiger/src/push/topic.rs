//! What can be asked for about the market, and who listens to it.

use std::borrow::Cow;

use broker_core::{
    Error,
    feed::FeedGap,
    model::{Instrument, OccSymbol, Quote, Right},
};
use chrono::{DateTime, NaiveDate, Utc};

use super::message::{
    BarData, DataType, DepthData, EachTradeData, Payload, PushData, QuoteData, TradesData,
};

/// A kind of market data that is pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Feed {
    Quotes,
    Depth,
    Trades,
    Bars,
}

/// One line upstream.
#[derive(Debug, Clone)]
pub(crate) struct Topic {
    pub(crate) feed: Feed,
    pub(crate) instrument: Instrument,
    /// As what it is asked for.
    pub(crate) kind: DataType,
    /// The name under which it is asked for.
    pub(crate) symbol: String,
}

impl Topic {
    /// By what the topic and the pushes about it are known.
    pub(super) fn key(&self) -> (Feed, String) {
        (self.feed, plain(&self.symbol).into_owned())
    }
}

/// A push about the market.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Market<'a> {
    Quote(&'a QuoteData),
    Depth(&'a DepthData),
    Trades(&'a TradesData),
    EachTrade(&'a EachTradeData),
    Bar(&'a BarData),
}

impl<'a> Market<'a> {
    /// What a push is about and under which name, as in [`Topic::key`]; `None` for what is about accounts.
    pub(super) fn of(data: &'a PushData) -> Option<(Feed, Cow<'a, str>, Self)> {
        let (feed, name, market) = match data.payload.as_ref()? {
            Payload::Quote(quote) => {
                let name = quote.identifier.as_deref().filter(|name| !name.is_empty());
                let name = name.unwrap_or(&quote.symbol);
                (Feed::Quotes, name, Self::Quote(quote))
            }
            Payload::Depth(depth) => (Feed::Depth, &*depth.symbol, Self::Depth(depth)),
            Payload::Trades(trades) => (Feed::Trades, &*trades.symbol, Self::Trades(trades)),
            Payload::EachTrade(trades) => (Feed::Trades, &*trades.symbol, Self::EachTrade(trades)),
            Payload::Bar(bar) => (Feed::Bars, &*bar.symbol, Self::Bar(bar)),
            Payload::Position(_)
            | Payload::Asset(_)
            | Payload::OrderStatus(_)
            | Payload::OrderTransaction(_) => return None,
        };
        Some((feed, plain(name), market))
    }

    /// When the service sent it, by its own clock.
    pub(super) fn sent_at(self) -> Option<DateTime<Utc>> {
        let millis = match self {
            Self::Quote(quote) => quote.timestamp.try_into().ok()?,
            Self::Depth(depth) => depth.timestamp.try_into().ok()?,
            Self::Trades(trades) => trades.timestamp.try_into().ok()?,
            Self::EachTrade(trades) => trades.timestamp,
            Self::Bar(bar) => bar.server_timestamp?.try_into().ok()?,
        };
        crate::convert::from_millis(millis)
    }
}

/// Who listens to a topic. Called with the register locked: it must not wait and must not call back.
pub(crate) trait Listener: Send {
    /// Takes a push in.
    fn take(&mut self, data: Market<'_>);

    /// No more pushes are at hand: tells readers what has been taken in.
    fn settle(&mut self) {}

    /// So late is it now, at least.
    fn pass(&mut self, _now: DateTime<Utc>) {}

    /// Takes in what was asked for once the line was open, where no push was quicker.
    fn fill_in(&mut self, _quote: &Quote) {}

    /// Something was lost: what is known so far may be old.
    fn lose(&mut self, gap: FeedGap);

    /// The line is over.
    fn fail(&mut self, error: Error);
}

/// Bytes of the shortest way to write an option: `F 20250919 1 C`.
const SHORTEST_OPTION: usize = 14;

/// One name for the several ways in which the vendor writes an option: `AAPL 20250919 200.0 CALL`, and
/// the clearing house's 21 characters with or without their padding.
fn plain(name: &str) -> Cow<'_, str> {
    // Nearly every name is that of a share, and shorter than that of any option.
    if name.len() < SHORTEST_OPTION {
        return Cow::Borrowed(name);
    }
    let mut parts = name.split_ascii_whitespace();
    let parts = [parts.next(), parts.next(), parts.next(), parts.next()];
    let symbol = match parts {
        [Some(root), Some(expiry), Some(strike), Some(right)] => {
            option(root, expiry, strike, right)
        }
        _ => name.parse().ok(),
    };
    symbol.map_or(Cow::Borrowed(name), |symbol: OccSymbol| {
        Cow::Owned(symbol.to_string())
    })
}

fn option(root: &str, expiry: &str, strike: &str, right: &str) -> Option<OccSymbol> {
    let expiry = NaiveDate::parse_from_str(&expiry.replace('-', ""), "%Y%m%d").ok()?;
    let right = match right {
        "CALL" | "C" => Right::Call,
        "PUT" | "P" => Right::Put,
        _ => return None,
    };
    OccSymbol::new(root, expiry, right, strike.parse().ok()?).ok()
}
