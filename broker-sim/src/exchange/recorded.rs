//! The series of a data set: listings, daily history and the prices that are to be played.

use std::sync::Arc;

use broker_core::{Result, model::Instrument};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;

use super::{
    Exchange, Listing, PriceSource,
    calendar::Calendar,
    engine::TimedPoint,
    market::DailyBar,
    universe::{index, us_share},
};
use crate::data::{Bar, DataSet, IntradayPath, PointTime, RecordedSeries};

/// Days before the present whose prices are remembered one by one, for bars shorter than a day.
const RECENT_DAYS: i64 = 10;

impl Exchange {
    /// Lists every series of a data set and plays its prices from the present on. What lies before
    /// the present becomes daily history.
    ///
    /// A series named `SPX` is an index, any other a US share.
    ///
    /// # Errors
    /// When a symbol cannot be that of a share.
    pub fn list_data(&mut self, data: &DataSet, path: &IntradayPath) -> Result<()> {
        for series in data.all_series() {
            let source = PriceSource::Recorded(Arc::clone(series.symbol()));
            let listing = match &**series.symbol() {
                "SPX" => index("SPX", "S&P 500 index", source)?,
                symbol => us_share(symbol, source)?,
            };
            let listing = self.with_nights(listing);
            let calendar = listing.calendar.clone();
            let index = self.list(listing);
            self.take_history(index, series, &calendar);
        }
        let mut points = self.timed_points(data, path);
        let to_come = points.partition_point(|point| point.at <= self.now);
        for point in points.drain(..to_come) {
            self.catch_up(&point);
        }
        self.set_points(points);
        Ok(())
    }

    /// A US share in the hours that it trades here.
    pub(super) fn with_nights(&self, listing: Listing) -> Listing {
        let share = matches!(listing.instrument(), Instrument::Equity(_));
        if !self.settings.nights || !share {
            return listing;
        }
        Listing {
            calendar: Calendar::us_equities_overnight(),
            ..listing
        }
    }

    /// Takes a price from before the present: those of the day under way make its figures and the
    /// reference, all others are only on the tape.
    fn catch_up(&mut self, point: &TimedPoint) {
        let Some(market) = self.markets.get_mut(point.market) else {
            return;
        };
        let date = market.listing.calendar.trade_date_of(point.at).ok();
        let over = market.daily.last().map(|daily| daily.date) >= date;
        if date == market.day.date && !over {
            market.set_reference(point.price, point.at);
            market.print(point.price, point.volume, point.at, true);
        } else {
            market.remember_reference(point.price, point.at);
            market.remember(point.price, point.volume, point.at);
        }
    }

    fn take_history(&mut self, index: usize, series: &RecordedSeries, calendar: &Calendar) {
        let now = self.now;
        let Some(market) = self.markets.get_mut(index) else {
            return;
        };
        for bar in series.bars() {
            let date = bar.at().date();
            let close = calendar
                .trading_date(date)
                .ok()
                .flatten()
                .and_then(|d| d.regular_close());
            if close.is_none_or(|close| close > now) {
                continue;
            }
            if let Some(daily) = daily_bar(bar, market.daily.last()) {
                market.daily.push(daily);
            }
        }
        if let Some(last) = market.daily.last().copied() {
            market.day.previous_close = Some(last.close);
            market.last = Some((last.close, Decimal::ZERO));
            market.set_reference(last.close, now);
            // The recorded prices of the days before come first.
            market.past.clear();
        }
    }

    /// The recorded prices after the present, with the instants at which they come.
    fn timed_points(&self, data: &DataSet, path: &IntradayPath) -> Vec<TimedPoint> {
        let markets: std::collections::HashMap<&str, usize> = self
            .markets
            .iter()
            .enumerate()
            .filter_map(|(index, market)| match &market.listing.source {
                PriceSource::Recorded(symbol) => Some((&**symbol, index)),
                _ => None,
            })
            .collect();
        let mut hours = Hours {
            calendar: Calendar::us_equities(),
            last: None,
        };
        let mut points = Vec::new();
        let from = self.today() - TimeDelta::days(RECENT_DAYS);
        for point in data.replay_from(path, from) {
            let at = match point.at {
                PointTime::Instant(at) => Some(at),
                PointTime::Session {
                    date,
                    parts_per_million,
                } => hours.instant(date, parts_per_million),
            };
            let (Some(at), Some(market)) = (at, markets.get(&*point.symbol)) else {
                continue;
            };
            let (price, volume) = (point.price, point.volume);
            points.push(TimedPoint {
                at,
                market: *market,
                price,
                volume,
            });
        }
        points.sort_by_key(|point| point.at);
        points
    }
}

/// The regular session of the last date that was asked for.
struct Hours {
    calendar: Calendar,
    last: Option<(NaiveDate, DateTime<Utc>, DateTime<Utc>)>,
}

impl Hours {
    fn instant(&mut self, date: NaiveDate, parts_per_million: u32) -> Option<DateTime<Utc>> {
        let known = self.last.filter(|(known, _, _)| *known == date);
        let (open, close) = match known {
            Some((_, open, close)) => (open, close),
            None => {
                let layout = self.calendar.trading_date(date).ok().flatten()?;
                let (open, close) = (layout.regular_open()?, layout.regular_close()?);
                self.last = Some((date, open, close));
                (open, close)
            }
        };
        let span = (close - open).num_milliseconds();
        let part = i64::from(parts_per_million.min(1_000_000));
        let offset = span.checked_mul(part)? / 1_000_000;
        open.checked_add_signed(TimeDelta::milliseconds(offset))
    }
}

fn daily_bar(bar: &Bar, previous: Option<&DailyBar>) -> Option<DailyBar> {
    let close = bar.close();
    let (open, high, low) = match bar.open_high_low() {
        Some(parts) => (parts.open, parts.high, parts.low),
        // A series of closes opens where it closed the day before.
        None => {
            let open = previous.map_or(close, |previous| previous.close);
            (open, open.max(close), open.min(close))
        }
    };
    Some(DailyBar {
        date: bar.at().date(),
        open,
        high,
        low,
        close,
        volume: bar.volume(),
    })
}
