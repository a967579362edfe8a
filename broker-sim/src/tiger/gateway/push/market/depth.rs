//! Whole books, not more often than the vendor pushes them.

use broker_core::model::{Depth, DepthLevel, Instrument, Mic};
use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::prelude::ToPrimitive as _;

use super::{Line, data};
use crate::{
    exchange::Exchange,
    tiger::{
        gateway::{number::double, push::session::millis},
        push::{DataType, Payload, PushData, QuoteDepthData, QuoteDepthDataOrderBook},
    },
};

/// Levels of a book that are pushed at most.
const LEVELS: usize = 40;
/// Between two pushes of a book, in New York and in Hong Kong.
const PAUSE: TimeDelta = TimeDelta::milliseconds(300);
const PAUSE_IN_HONG_KONG: TimeDelta = TimeDelta::seconds(2);

/// What was told last, and until when nothing more is told.
#[derive(Debug, Default)]
pub(super) struct DepthTold {
    book: Option<QuoteDepthData>,
    quiet_until: Option<DateTime<Utc>>,
    /// Whether the end of the pause has an appointment.
    waits: bool,
}

/// What is to be pushed after a listing has changed, or when to look again.
pub(super) fn changed(
    symbol: &str,
    line: &mut Line<DepthTold>,
    exchange: &mut Exchange,
) -> (Option<PushData>, Option<DateTime<Utc>>) {
    if let Some(until) = line.told.quiet_until
        && exchange.now() < until
    {
        let first = !line.told.waits;
        line.told.waits = true;
        return (None, first.then_some(until));
    }
    (push(symbol, line, exchange), None)
}

/// The pause is over.
pub(super) fn again(
    symbol: &str,
    line: &mut Line<DepthTold>,
    exchange: &mut Exchange,
) -> (Option<PushData>, Option<DateTime<Utc>>) {
    line.told.waits = false;
    changed(symbol, line, exchange)
}

fn push(symbol: &str, line: &mut Line<DepthTold>, exchange: &mut Exchange) -> Option<PushData> {
    let (_, depth) = exchange.view(line.listing, LEVELS)?;
    let Depth { bids, asks, .. } = &depth;
    let mut written = QuoteDepthData {
        symbol: symbol.to_owned(),
        timestamp: 0,
        ask: Some(side(asks, line.kind)),
        bid: Some(side(bids, line.kind)),
    };
    if line.told.book.as_ref() == Some(&written) {
        return None;
    }
    line.told.book = Some(written.clone());
    let now = exchange.now();
    let in_hong_kong = matches!(
        &line.instrument,
        Instrument::Equity(part) if part.primary == Mic::XHKG
    );
    let pause = if in_hong_kong {
        PAUSE_IN_HONG_KONG
    } else {
        PAUSE
    };
    line.told.quiet_until = Some(now + pause);
    written.timestamp = millis(now);
    Some(data(DataType::QuoteDepth, Payload::QuoteDepth(written)))
}

fn side(levels: &[DepthLevel], kind: DataType) -> QuoteDepthDataOrderBook {
    let mut written = QuoteDepthDataOrderBook::default();
    for level in levels {
        written.price.push(double(level.price.get()));
        let size = level.size.trunc().to_i64();
        written.volume.push(size.unwrap_or_default());
        if kind == DataType::Quote {
            written.order_count.push(level.orders.unwrap_or_default());
        }
    }
    written
}
