//! Bars of every length that the vendor has.

use broker_core::{
    Decimal,
    model::{Bar, CorporateEvent, Instrument, ResearchQuery},
};
use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Utc};

use super::{
    points::{Point, points},
    sessions::{Day, Part},
};
use crate::tiger::gateway::{Complaint, symbols::Name, turn::Turn};

/// Lengths of bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tiger::gateway) enum Period {
    Minutes(i64),
    Day,
    Week,
    Month,
    Year,
}

impl Period {
    /// The length of a word.
    pub(in crate::tiger::gateway) fn of(word: &str) -> Result<Self, Complaint> {
        Ok(match word {
            "min" | "1min" => Self::Minutes(1),
            "2min" => Self::Minutes(2),
            "3min" => Self::Minutes(3),
            "5min" => Self::Minutes(5),
            "10min" => Self::Minutes(10),
            "15min" => Self::Minutes(15),
            "30min" => Self::Minutes(30),
            "45min" => Self::Minutes(45),
            "60min" => Self::Minutes(60),
            "120min" | "2hour" => Self::Minutes(120),
            "3hour" => Self::Minutes(180),
            "240min" | "4hour" => Self::Minutes(240),
            "6hour" => Self::Minutes(360),
            "day" => Self::Day,
            "week" => Self::Week,
            "month" => Self::Month,
            "year" => Self::Year,
            other => {
                return Err(Complaint::business(format!(
                    "period '{other}' is not supported"
                )));
            }
        })
    }

    /// Whether two dates fall into the same bar.
    fn joins(self, one: NaiveDate, other: NaiveDate) -> bool {
        match self {
            Self::Minutes(_) | Self::Day => one == other,
            Self::Week => one.iso_week() == other.iso_week(),
            Self::Month => (one.year(), one.month()) == (other.year(), other.month()),
            Self::Year => one.year() == other.year(),
        }
    }
}

/// One bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tiger::gateway) struct Candle {
    pub(in crate::tiger::gateway) start: DateTime<Utc>,
    /// When the last price in it came, as far as single prices are remembered.
    pub(in crate::tiger::gateway) last_at: DateTime<Utc>,
    pub(in crate::tiger::gateway) open: Decimal,
    pub(in crate::tiger::gateway) high: Decimal,
    pub(in crate::tiger::gateway) low: Decimal,
    pub(in crate::tiger::gateway) close: Decimal,
    pub(in crate::tiger::gateway) volume: Option<Decimal>,
    /// What was paid, where every trade is remembered.
    pub(in crate::tiger::gateway) amount: Option<Decimal>,
}

/// Which bars.
#[derive(Debug, Clone)]
pub(in crate::tiger::gateway) struct Bars {
    pub(in crate::tiger::gateway) period: Period,
    /// Bars that begin at or after this.
    pub(in crate::tiger::gateway) begin: Option<DateTime<Utc>>,
    /// Bars that begin before this.
    pub(in crate::tiger::gateway) end: Option<DateTime<Utc>>,
    /// The parts of the day that bars shorter than a day are made of.
    pub(in crate::tiger::gateway) parts: Vec<Part>,
    /// Whether earlier prices are those before later splits.
    pub(in crate::tiger::gateway) unadjusted: bool,
}

impl Turn<'_> {
    /// The bars of an instrument, oldest first.
    pub(in crate::tiger::gateway) fn bars(
        &mut self,
        instrument: &Instrument,
        wanted: &Bars,
    ) -> Vec<Candle> {
        let mut bars = match wanted.period {
            Period::Minutes(minutes) => self.short_bars(instrument, minutes, &wanted.parts),
            _ => self.long_bars(instrument, wanted.period, wanted.unadjusted),
        };
        bars.retain(|bar| {
            wanted.begin.is_none_or(|begin| bar.start >= begin)
                && wanted.end.is_none_or(|end| bar.start < end)
        });
        bars
    }

    fn short_bars(&mut self, instrument: &Instrument, minutes: i64, parts: &[Part]) -> Vec<Candle> {
        let points = points(self.exchange, instrument, DateTime::UNIX_EPOCH);
        let Some(first) = points.first() else {
            return Vec::new();
        };
        let now = self.now();
        let zone = self.zone(instrument);
        let from = first.at.with_timezone(&zone).date_naive();
        let to = now.with_timezone(&zone).date_naive() + TimeDelta::days(4);
        let from = from.max(to - TimeDelta::days(365));
        let days = self.days_between(instrument, from, to);
        intraday(&points, &days, minutes, parts)
    }

    fn long_bars(
        &mut self,
        instrument: &Instrument,
        period: Period,
        unadjusted: bool,
    ) -> Vec<Candle> {
        let splits = if unadjusted {
            self.splits(instrument)
        } else {
            Vec::new()
        };
        let daily = self.exchange.daily_bars(instrument).unwrap_or_default();
        let market = Name::of(instrument).map(|name| name.market);
        let mut joined: Vec<(NaiveDate, Candle)> = Vec::new();
        for (date, bar) in &daily {
            let mut start = market.and_then(|market| market.midnight(*date));
            if matches!(instrument, Instrument::Crypto(_)) {
                start = Some(date.and_time(chrono::NaiveTime::MIN).and_utc());
            }
            let later = splits.iter().filter(|(ex_date, _)| date < ex_date);
            let factor: Decimal = later.map(|(_, factor)| *factor).product();
            let part = of_day(bar, start.unwrap_or(bar.start), factor);
            match joined.last_mut() {
                Some((last, whole)) if period.joins(*last, *date) => {
                    *last = *date;
                    whole.high = whole.high.max(part.high);
                    whole.low = whole.low.min(part.low);
                    whole.close = part.close;
                    whole.last_at = part.last_at;
                    whole.volume = whole.volume.zip(part.volume).map(|(a, b)| a + b);
                }
                _ => joined.push((*date, part)),
            }
        }
        joined.into_iter().map(|(_, bar)| bar).collect()
    }

    /// The splits that the exchange has worked into its history, with what undoes them.
    fn splits(&mut self, instrument: &Instrument) -> Vec<(NaiveDate, Decimal)> {
        let mut query = ResearchQuery::new(instrument.clone());
        query.limit = u32::MAX;
        let zone = self.zone(instrument);
        query.to = Some(self.now().with_timezone(&zone).date_naive());
        let actions = self.exchange.corporate_actions(&query);
        let undone = actions.iter().filter_map(|action| match action.event {
            CorporateEvent::Split { from, to } if from > 0 => {
                let factor = Decimal::from(to).checked_div(Decimal::from(from))?;
                Some((action.ex_date, factor))
            }
            _ => None,
        });
        undone.collect()
    }
}

fn of_day(bar: &Bar, start: DateTime<Utc>, factor: Decimal) -> Candle {
    let price = |price: broker_core::model::Price| (price.get() * factor).round_dp(8).normalize();
    Candle {
        start,
        last_at: start,
        open: price(bar.open),
        high: price(bar.high),
        low: price(bar.low),
        close: price(bar.close),
        volume: bar
            .volume
            .map(|volume| volume.checked_div(factor).unwrap_or(volume).round_dp(8)),
        amount: None,
    }
}

/// Bars of so many minutes over parts of days, counted from the beginning of each session; a bar
/// without a price is left out.
pub(in crate::tiger::gateway) fn intraday(
    points: &[Point],
    days: &[Day],
    minutes: i64,
    parts: &[Part],
) -> Vec<Candle> {
    let mut bars: Vec<Candle> = Vec::new();
    let mut windows: Vec<_> = days
        .iter()
        .flat_map(|day| {
            parts.iter().flat_map(move |part| {
                let windows = day.part(*part);
                windows.map(move |window| (day, *part, window))
            })
        })
        .collect();
    windows.sort_by_key(|(_, _, window)| window.open);
    let length = minutes.max(1).saturating_mul(60_000);
    for (day, part, window) in windows {
        // The closing auction prints at the very end of the regular session.
        let closing = part == Part::Regular && day.closes() == Some(window.close);
        let after_it = part == Part::After;
        let first = points.partition_point(|point| {
            point.at < window.open || (after_it && point.at == window.open)
        });
        let last = points.partition_point(|point| {
            point.at < window.close || (closing && point.at == window.close)
        });
        for point in points.get(first..last).unwrap_or_default() {
            let latest = window.close - TimeDelta::milliseconds(1);
            let passed = (point.at.min(latest) - window.open).num_milliseconds();
            let start = window.open + TimeDelta::milliseconds(passed - passed.rem_euclid(length));
            match bars.last_mut() {
                Some(bar) if bar.start == start => add(bar, point),
                _ => bars.push(Candle {
                    start,
                    last_at: point.at,
                    open: point.price,
                    high: point.price,
                    low: point.price,
                    close: point.price,
                    volume: Some(point.size),
                    amount: Some(point.price * point.size),
                }),
            }
        }
    }
    bars
}

fn add(bar: &mut Candle, point: &Point) {
    bar.last_at = point.at;
    bar.high = bar.high.max(point.price);
    bar.low = bar.low.min(point.price);
    bar.close = point.price;
    bar.volume = bar.volume.map(|volume| volume + point.size);
    bar.amount = bar.amount.map(|amount| amount + point.price * point.size);
}
