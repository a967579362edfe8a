//! The series of a data set: listings and daily history.

use std::sync::Arc;

use broker_core::{Result, model::Instrument};
use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::{
    Exchange, Listing, PriceSource,
    calendar::Calendar,
    market::DailyBar,
    tape::{Tape, TimedPoint},
    universe::{index, us_share},
};
use crate::data::{Bar, DataSet, IntradayPath, RecordedSeries};

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
        let from = self.today() - TimeDelta::days(RECENT_DAYS);
        let markets = self.markets.iter().enumerate();
        let markets = markets.filter_map(|(index, market)| match &market.listing.source {
            PriceSource::Recorded(symbol) => Some((Arc::clone(symbol), index)),
            _ => None,
        });
        let mut tape = Tape::new(data.store_from(from), path.clone(), markets.collect());
        let now = self.now;
        while let Some(point) = tape.take_if(|at| at <= now) {
            self.catch_up(&point);
        }
        self.set_tape(tape);
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
