//! The single prices that figures, minutes and bars are made of.

use broker_core::{Decimal, model::Instrument};
use chrono::{DateTime, Utc};

use crate::exchange::Exchange;

/// One price: of a trade, or without size of an instrument that follows another's price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tiger::gateway) struct Point {
    pub(in crate::tiger::gateway) at: DateTime<Utc>,
    pub(in crate::tiger::gateway) price: Decimal,
    pub(in crate::tiger::gateway) size: Decimal,
}

/// The prices of an instrument from an instant on, oldest first.
pub(in crate::tiger::gateway) fn points(
    exchange: &mut Exchange,
    instrument: &Instrument,
    from: DateTime<Utc>,
) -> Vec<Point> {
    let mut points = trades(exchange, instrument, from);
    let follows = matches!(
        instrument,
        Instrument::Index(_) | Instrument::Future(_) | Instrument::Option(_)
    );
    if follows {
        let past = exchange.past_prices(instrument, from).unwrap_or_default();
        let later = past.iter().filter(|past| past.at >= from);
        points.extend(later.map(|past| Point {
            at: past.at,
            price: past.price,
            size: Decimal::ZERO,
        }));
        points.sort_by_key(|point| point.at);
    }
    points
}

/// The trades of an instrument from an instant on, oldest first.
pub(in crate::tiger::gateway) fn trades(
    exchange: &mut Exchange,
    instrument: &Instrument,
    from: DateTime<Utc>,
) -> Vec<Point> {
    let tape = exchange.trades_since(instrument, from).unwrap_or_default();
    let traded = tape.iter().filter(|trade| !trade.size.is_zero());
    traded
        .map(|trade| Point {
            at: trade.time,
            price: trade.price.get(),
            size: trade.size,
        })
        .collect()
}
