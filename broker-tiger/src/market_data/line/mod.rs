//! Subscriptions: what the push service is asked for, and what its pushes mean.
//!
//! `quotes`, `depth`, `trades` and `bars` each listen to one kind of push and feed the sink; `single`
//! reads prices that come in single precision; `fill` asks for the figures of a line that has just been
//! opened, because the first push may be a long time away.

mod bars;
mod depth;
mod fill;
mod quotes;
mod single;
mod trades;

#[cfg(test)]
mod bars_tests;
#[cfg(test)]
mod line_tests;
#[cfg(test)]
mod trades_tests;

use std::sync::Arc;

use broker_core::{
    Error, Result,
    feed::{FeedLine, FeedSink},
    model::{Instrument, OccSymbol, Subscription, TickTable},
};

pub(crate) use fill::fill_in;

use super::service::{Quotes, not_told};
use crate::{
    instrument::{right_word, strike_text},
    push::{DataType, Feed, Listener, Topic},
};

/// What is asked for.
///
/// # Errors
/// [`Unsupported`](broker_core::ErrorKind::Unsupported) for instruments whose class is not pushed.
fn kind(feed: Feed, instrument: &Instrument) -> Result<DataType> {
    let quoted = match instrument {
        // Options are asked for as quotes and pushed as options.
        Instrument::Equity(_) | Instrument::Index(_) | Instrument::Option(_) => DataType::Quote,
        Instrument::Future(_) => DataType::Future,
        Instrument::Crypto(_) => DataType::Cc,
        other => return Err(not_told("prices", other)),
    };
    let traded = matches!(
        instrument,
        Instrument::Equity(_) | Instrument::Option(_) | Instrument::Future(_)
    );
    match feed {
        Feed::Quotes => Ok(quoted),
        Feed::Depth if traded => Ok(DataType::QuoteDepth),
        Feed::Trades if traded => Ok(DataType::TradeTick),
        Feed::Bars => Ok(DataType::Kline),
        Feed::Depth => Err(not_told("a book", instrument)),
        Feed::Trades => Err(not_told("trades", instrument)),
    }
}

/// Those who listen to a subscription, for somebody who has pushes and no connection.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn listeners(wanted: &Subscription, sink: FeedSink) -> Option<Box<dyn Listener>> {
    let instrument = wanted.instrument().clone();
    let clock = Arc::new(broker_core::ManualClock::at(chrono::DateTime::UNIX_EPOCH));
    Some(match wanted {
        Subscription::Quotes { .. } => {
            let now = chrono::DateTime::UNIX_EPOCH;
            Box::new(quotes::QuoteLine::new(instrument, now, sink))
        }
        Subscription::Depth { levels, .. } => {
            Box::new(depth::DepthLine::new(instrument, *levels, sink))
        }
        Subscription::Trades { .. } => Box::new(trades::TradeLine::new(instrument, None, sink)),
        Subscription::Bars { interval, .. } => {
            let length = bars::length(*interval).ok()?;
            Box::new(bars::BarLine::new(length, None, clock, sink))
        }
        _ => return None,
    })
}

/// An option as the official SDK asks for it.
fn option_words(occ: OccSymbol) -> String {
    let (expiry, strike) = (occ.expiry().format("%Y%m%d"), strike_text(occ.strike()));
    let (root, right) = (occ.root(), right_word(occ.right()));
    format!("{root} {expiry} {strike} {right}")
}

impl Quotes {
    /// The topic of a feed.
    async fn topic(&self, feed: Feed, instrument: &Instrument) -> Result<Topic> {
        let kind = kind(feed, instrument)?;
        let symbol = match instrument {
            Instrument::Option(part) => option_words(part.symbol),
            other => self.symbol(other).await?,
        };
        Ok(Topic {
            feed,
            instrument: instrument.clone(),
            kind,
            symbol,
        })
    }

    /// The price increments of an instrument; `None` where the vendor tells none.
    async fn ticks(&self, instrument: &Instrument) -> Result<Option<TickTable>> {
        // Indices and coins have prices of any size, and no contract to ask about.
        if !matches!(
            instrument,
            Instrument::Equity(_) | Instrument::Option(_) | Instrument::Future(_)
        ) {
            return Ok(None);
        }
        let listing = self.book.listing(instrument).await?;
        let details = listing.row.as_ref().map(|row| row.details(instrument));
        Ok(details.and_then(Result::ok).map(|details| details.ticks))
    }

    pub(super) async fn line(
        &self,
        subscription: &Subscription,
        sink: FeedSink,
    ) -> Result<FeedLine> {
        let Some(lines) = &self.lines else {
            let message = "nothing is pushed on this connection: it was made without pushes";
            return Err(Error::unsupported(message));
        };
        self.link.gateway()?;
        let now = self.link.now();
        let instrument = subscription.instrument();
        let (feed, listener): (Feed, Box<dyn Listener>) = match subscription {
            Subscription::Quotes { .. } => {
                let line = quotes::QuoteLine::new(instrument.clone(), now, sink);
                (Feed::Quotes, Box::new(line))
            }
            Subscription::Depth { levels: 0, .. } => {
                return Err(Error::invalid("levels", "a book has at least one level"));
            }
            Subscription::Depth { levels, .. } => {
                let line = depth::DepthLine::new(instrument.clone(), *levels, sink);
                (Feed::Depth, Box::new(line))
            }
            Subscription::Trades { .. } => {
                kind(Feed::Trades, instrument)?;
                let ticks = self.ticks(instrument).await?;
                let line = trades::TradeLine::new(instrument.clone(), ticks, sink);
                (Feed::Trades, Box::new(line))
            }
            Subscription::Bars { interval, .. } => {
                let length = bars::length(*interval)?;
                kind(Feed::Bars, instrument)?;
                let ticks = self.ticks(instrument).await?;
                let clock = Arc::clone(self.link.desk().clock());
                let line = bars::BarLine::new(length, ticks, clock, sink);
                (Feed::Bars, Box::new(line))
            }
            other => {
                let message = format!("{} are not pushed by Tiger", other.kind());
                return Err(Error::unsupported(message));
            }
        };
        let topic = self.topic(feed, instrument).await?;
        let within = self.link.deadlines().request;
        let guard = lines.open(topic, listener, within).await?;
        Ok(FeedLine::new(guard))
    }
}
