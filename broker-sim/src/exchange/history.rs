//! Historical bars.

use broker_core::{
    ErrorKind,
    model::{Bar, BarInterval, BarQuery, Price, Trade},
};
use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Utc};

use super::{Exchange, Refusal, market::DailyBar};

impl Exchange {
    /// Historical bars of an instrument, oldest first.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when it is not listed, [`ErrorKind::InvalidRequest`] for a limit or a
    /// range that makes no sense.
    pub fn bars(&mut self, query: &BarQuery) -> Result<Vec<Bar>, Refusal> {
        let invalid =
            |field, text: &str| Refusal::new(ErrorKind::InvalidRequest, "321", text).at(field);
        if !(1..=BarQuery::MAX_LIMIT).contains(&query.limit) {
            return Err(invalid("limit", "the limit must be from 1 to 5000"));
        }
        let end = query.end.unwrap_or(self.now).min(self.now);
        if query.start.is_some_and(|start| start >= end) {
            return Err(invalid("start", "the range ends before it begins"));
        }
        let index = self.find_or_list(&query.instrument)?;
        let market = self
            .markets
            .get(index)
            .ok_or_else(super::intake::not_listed)?;
        let mut bars = match query.interval.seconds() {
            Some(seconds) => intraday(market.tape.iter(), seconds),
            None => {
                let daily = self.daily(index, query.interval).into_iter();
                daily.map(|(_, bar)| bar).collect()
            }
        };
        bars.retain(|bar| query.start.is_none_or(|start| bar.start >= start) && bar.start < end);
        let skip = bars.len().saturating_sub(query.limit as usize);
        Ok(bars.split_off(skip))
    }

    /// Bars of a day or longer with the first date of their period, the unfinished day included.
    pub(super) fn daily(&self, index: usize, interval: BarInterval) -> Vec<(NaiveDate, Bar)> {
        let Some(market) = self.markets.get(index) else {
            return Vec::new();
        };
        let day = &market.day;
        let unfinished = match (day.date, day.open, day.high, day.low, market.last) {
            (Some(date), Some(open), Some(high), Some(low), Some((close, _))) => Some(DailyBar {
                date,
                open,
                high,
                low,
                close,
                volume: Some(day.volume),
            }),
            _ => None,
        };
        let mut bars: Vec<(NaiveDate, Bar)> = Vec::new();
        for daily in market.daily.iter().chain(&unfinished) {
            let key = period(daily.date, interval);
            let Some(bar) = self.daily_bar(index, daily) else {
                continue;
            };
            match bars.last_mut() {
                Some((last, whole)) if *last == key => merge(whole, &bar),
                _ => bars.push((key, bar)),
            }
        }
        bars
    }

    fn daily_bar(&self, index: usize, daily: &DailyBar) -> Option<Bar> {
        let market = self.markets.get(index)?;
        let layout = market
            .listing
            .calendar
            .trading_date(daily.date)
            .ok()
            .flatten();
        let open = layout.and_then(|layout| layout.regular_open());
        let start = open.or_else(|| Some(daily.date.and_hms_opt(0, 0, 0)?.and_utc()))?;
        let mut bar = Bar::new(start, Price::new(daily.open).ok()?);
        bar.high = Price::new(daily.high).ok()?;
        bar.low = Price::new(daily.low).ok()?;
        bar.close = Price::new(daily.close).ok()?;
        bar.volume = daily.volume;
        Some(bar)
    }
}

/// The first date of the period that a date belongs to.
fn period(date: NaiveDate, interval: BarInterval) -> NaiveDate {
    let first = match interval {
        BarInterval::Week1 => {
            let back = TimeDelta::days(i64::from(date.weekday().num_days_from_monday()));
            date.checked_sub_signed(back)
        }
        BarInterval::Month1 => date.with_day(1),
        BarInterval::Year1 => date.with_ordinal(1),
        _ => Some(date),
    };
    first.unwrap_or(date)
}

fn merge(whole: &mut Bar, part: &Bar) {
    whole.high = whole.high.max(part.high);
    whole.low = whole.low.min(part.low);
    whole.close = part.close;
    whole.volume = match (whole.volume, part.volume) {
        (Some(one), Some(other)) => Some(one + other),
        // A part without volume leaves the whole without one.
        _ => None,
    };
}

/// Bars of trades, aligned to whole multiples of the interval since midnight UTC.
fn intraday<'a>(tape: impl Iterator<Item = &'a Trade>, seconds: i64) -> Vec<Bar> {
    let mut bars: Vec<Bar> = Vec::new();
    for trade in tape {
        let at = trade.time.timestamp();
        let Some(start) = DateTime::<Utc>::from_timestamp(at - at.rem_euclid(seconds), 0) else {
            continue;
        };
        let mut print = Bar::new(start, trade.price);
        print.volume = Some(trade.size);
        print.trades = Some(1);
        match bars.last_mut() {
            Some(last) if last.start == start => {
                merge(last, &print);
                last.trades = last.trades.map(|count| count + 1);
            }
            _ => bars.push(print),
        }
    }
    bars
}
