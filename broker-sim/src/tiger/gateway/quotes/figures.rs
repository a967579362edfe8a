//! The figures of an instrument as the vendor tells them: those of the last regular session, and
//! what has traded outside it beside them.

use broker_core::{
    Decimal,
    model::{Bar, Instrument, Price, Quote},
};
use chrono::{DateTime, NaiveDate, Utc};

use super::{
    points::{Point, points},
    sessions::{Day, Part},
};
use crate::tiger::gateway::turn::Turn;

/// The figures at an instant.
#[derive(Debug, Clone, Default)]
pub(in crate::tiger::gateway) struct Figures {
    pub(in crate::tiger::gateway) date: Option<NaiveDate>,
    pub(in crate::tiger::gateway) open: Option<Decimal>,
    pub(in crate::tiger::gateway) high: Option<Decimal>,
    pub(in crate::tiger::gateway) low: Option<Decimal>,
    /// The price of the last regular trade.
    pub(in crate::tiger::gateway) latest: Option<Decimal>,
    pub(in crate::tiger::gateway) latest_size: Option<Decimal>,
    pub(in crate::tiger::gateway) latest_at: Option<DateTime<Utc>>,
    /// The close of the regular session before.
    pub(in crate::tiger::gateway) previous_close: Option<Decimal>,
    pub(in crate::tiger::gateway) volume: Decimal,
    /// What the day's trades were worth, where all of them are remembered.
    pub(in crate::tiger::gateway) amount: Option<Decimal>,
    pub(in crate::tiger::gateway) outside: Option<Outside>,
}

/// What has traded outside the regular session since it ended.
#[derive(Debug, Clone)]
pub(in crate::tiger::gateway) struct Outside {
    pub(in crate::tiger::gateway) part: Part,
    pub(in crate::tiger::gateway) latest: Decimal,
    pub(in crate::tiger::gateway) latest_at: DateTime<Utc>,
    pub(in crate::tiger::gateway) volume: Decimal,
}

impl Figures {
    /// By how much the price has changed since the close before.
    pub(in crate::tiger::gateway) fn change(&self) -> Option<Decimal> {
        Some(self.latest? - self.previous_close?)
    }

    /// The same as a part of the close before.
    pub(in crate::tiger::gateway) fn change_rate(&self) -> Option<Decimal> {
        let rate = self.change()?.checked_div(self.previous_close?)?;
        Some(rate.round_dp(6))
    }

    /// The day's range as a part of the close before.
    pub(in crate::tiger::gateway) fn amplitude(&self) -> Option<Decimal> {
        let range = self.high? - self.low?;
        Some(range.checked_div(self.previous_close?)?.round_dp(6))
    }
}

impl Turn<'_> {
    /// The best prices now.
    pub(in crate::tiger::gateway) fn quote(&mut self, instrument: &Instrument) -> Quote {
        let now = self.now();
        let quote = self.exchange.quote(instrument);
        quote.unwrap_or_else(|_| Quote::new(instrument.clone(), now))
    }

    /// The figures at an instant that is not after the present.
    pub(in crate::tiger::gateway) fn figures_at(
        &mut self,
        instrument: &Instrument,
        at: DateTime<Utc>,
    ) -> Figures {
        let Some(day) = self.regular_day(instrument, at) else {
            return Figures::default();
        };
        let (Some(open), Some(close)) = (day.opens(), day.closes()) else {
            return Figures::default();
        };
        let daily = self.exchange.daily_bars(instrument).unwrap_or_default();
        let own = daily.iter().find(|(date, _)| *date == day.date);
        let own = own.map(|(_, bar)| bar.clone());
        let mut before = daily.iter().rev().filter(|(date, _)| *date < day.date);
        let previous = before.next().map(|(_, bar)| bar.close.get());
        let quote = self.quote(instrument);
        // The day that is under way knows the close before it even where no bar does.
        let under_way = close > self.now();
        let known = quote.previous_close.map(Price::get).filter(|_| under_way);
        let begins = day.begins().unwrap_or(open);
        let all = points(self.exchange, instrument, begins);
        let seen: Vec<Point> = all.into_iter().filter(|point| point.at <= at).collect();
        let within: Vec<Point> = seen
            .iter()
            .filter(|point| open <= point.at && point.at <= close)
            .copied()
            .collect();
        let finished = close <= at;
        let of_bar = own.filter(|_| finished || at >= self.now());
        let mut figures = of_points(&within);
        figures.date = Some(day.date);
        figures.previous_close = previous.or(known);
        if let Some(bar) = of_bar {
            let end = day.windows.last().map_or(close, |window| window.close);
            let of_day = seen.iter().filter(|point| point.at <= end);
            let all = of_day.map(|point| point.size).sum();
            take_bar(&mut figures, &bar, all);
        }
        if figures.latest.is_none() && at >= self.now() {
            figures.latest = quote.last.map(Price::get);
        }
        if figures.latest.is_some() && figures.latest_at.is_none() {
            figures.latest_at = Some(close.min(at));
        }
        figures.outside = self.outside(instrument, &day, &seen, at);
        figures
    }

    /// What has traded outside the regular session after that of a day.
    fn outside(
        &mut self,
        instrument: &Instrument,
        day: &Day,
        seen: &[Point],
        at: DateTime<Utc>,
    ) -> Option<Outside> {
        let close = day.closes()?;
        let next = self.days(instrument, at, (12, 1));
        let later = next.iter().flat_map(|day| {
            let parts = [Part::Before, Part::After, Part::Overnight];
            let windows = parts.map(|part| day.part(part).map(move |window| (part, *window)));
            windows.into_iter().flatten()
        });
        let (part, window) = later
            .filter(|(_, window)| window.open >= close && window.open <= at)
            .max_by_key(|(_, window)| window.open)?;
        // What prints at the very end of the regular session is its closing auction.
        let within =
            |point: &&Point| window.open <= point.at && point.at < window.close && point.at > close;
        let last = seen.iter().rev().find(within)?;
        Some(Outside {
            part,
            latest: last.price,
            latest_at: last.at,
            volume: seen.iter().filter(within).map(|point| point.size).sum(),
        })
    }
}

fn of_points(within: &[Point]) -> Figures {
    let prices = || within.iter().map(|point| point.price);
    let last = within.last();
    let amount = within.iter().map(|point| point.price * point.size).sum();
    Figures {
        open: prices().next(),
        high: prices().max(),
        low: prices().min(),
        latest: last.map(|point| point.price),
        latest_size: last.map(|point| point.size).filter(|size| !size.is_zero()),
        latest_at: last.map(|point| point.at),
        volume: within.iter().map(|point| point.size).sum(),
        amount: Some(amount),
        ..Figures::default()
    }
}

/// The day's own bar is right where the tape does not reach back to the opening; its volume counts
/// the trades outside the regular session too, so that of all the day's trades is wanted.
fn take_bar(figures: &mut Figures, bar: &Bar, all: Decimal) {
    figures.open = Some(bar.open.get());
    figures.high = Some(bar.high.get());
    figures.low = Some(bar.low.get());
    figures.latest = figures.latest.or(Some(bar.close.get()));
    let outside = all - figures.volume;
    if let Some(volume) = bar.volume {
        let volume = (volume - outside).max(Decimal::ZERO);
        // A tape that is shorter than the day does not tell what all of it was worth.
        figures.amount = figures.amount.filter(|_| figures.volume >= volume);
        figures.volume = volume;
    }
}
