//! Single trades by their number in the day.

use broker_core::{Decimal, model::Instrument};
use serde_json::{Value, json};

use super::{
    points::{Point, trades},
    row::Row,
    sessions::Part,
};
use crate::tiger::gateway::{Answer, Complaint, parameters::Parameters, turn::Turn};

/// Trades when the request does not say how many, and at most.
const LIMITS: (usize, usize) = (200, 2000);

impl Turn<'_> {
    pub(in crate::tiger::gateway) fn trade_tick(&mut self, asked: Parameters<'_>) -> Answer {
        let limit = asked.bounded("limit", LIMITS.0, LIMITS.1)?;
        let parts = asked.parts()?;
        let mut rows: Vec<Value> = Vec::new();
        for (symbol, instrument) in self.asked(asked)? {
            let all = self.ticks_of_day(&instrument, &parts);
            let (begin, end) = range(asked, all.len(), limit)?;
            let signs = signs(&all);
            let items = all.iter().zip(&signs).skip(begin).take(end - begin);
            let items = items.map(|(point, sign)| {
                let row = tick(point).put("type", *sign);
                Value::from(row)
            });
            rows.push(json!({
                "symbol": symbol, "beginIndex": begin, "endIndex": end,
                "items": items.collect::<Vec<Value>>(),
            }));
        }
        Ok(rows.into())
    }

    /// The trades of the trading day that is under way or was last, as far as they are remembered.
    pub(in crate::tiger::gateway) fn ticks_of_day(
        &mut self,
        instrument: &Instrument,
        parts: &[Part],
    ) -> Vec<Point> {
        let now = self.now();
        let days = self.days(instrument, now, (12, 1));
        let wanted = |day: &&super::sessions::Day| {
            let mut windows = parts.iter().flat_map(|part| day.part(*part));
            windows.any(|window| window.open <= now)
        };
        let Some(day) = days.iter().rev().find(wanted) else {
            return Vec::new();
        };
        let windows: Vec<_> = parts.iter().flat_map(|part| day.part(*part)).collect();
        let from = windows.iter().map(|window| window.open).min();
        let mut all = trades(self.exchange, instrument, from.unwrap_or(now));
        all.retain(|point| {
            let mut windows = windows.iter();
            windows.any(|window| window.open <= point.at && point.at <= window.close)
        });
        all
    }
}

/// Which numbers are wanted: from one to before another, or the newest.
pub(in crate::tiger::gateway) fn range(
    asked: Parameters<'_>,
    count: usize,
    limit: usize,
) -> Result<(usize, usize), Complaint> {
    let begin = asked.integer("begin_index")?.unwrap_or(-1);
    let end = asked.integer("end_index")?.unwrap_or(-1);
    if begin < 0 && end < 0 {
        return Ok((count.saturating_sub(limit), count));
    }
    let first = usize::try_from(begin.max(0)).unwrap_or(usize::MAX);
    let last = if end < 0 {
        count
    } else {
        usize::try_from(end).unwrap_or(usize::MAX)
    };
    if first > last {
        return Err(Complaint::business("begin_index is after end_index"));
    }
    let first = first.min(count);
    Ok((first, last.min(count).min(first.saturating_add(limit))))
}

/// Time, price and size of a trade.
pub(in crate::tiger::gateway) fn tick(point: &Point) -> Row {
    Row::default()
        .at("time", point.at)
        .number("price", Some(point.price))
        .units("volume", Some(point.size))
}

/// Who took, by the rule that a price above the one before it was bought and one below it sold; the
/// exchange's tape does not tell.
pub(in crate::tiger::gateway) fn signs(points: &[Point]) -> Vec<&'static str> {
    let (mut before, mut sign): (Option<Decimal>, &'static str) = (None, "*");
    let mut signs = Vec::with_capacity(points.len());
    for point in points {
        sign = match before {
            Some(before) if point.price > before => "+",
            Some(before) if point.price < before => "-",
            _ => sign,
        };
        before = Some(point.price);
        signs.push(sign);
    }
    signs
}
