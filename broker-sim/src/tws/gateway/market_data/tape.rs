use std::{collections::VecDeque, fmt::Write as _};

use broker_core::model::{ContractDetails, Instrument, Trade};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use rust_decimal::{Decimal, prelude::ToPrimitive as _};

use crate::{exchange::Exchange, tws::gateway::contracts::zone};

/// What has been traded on a date, for the generic ticks that tell of it.
#[derive(Debug)]
pub(super) struct Tape {
    zone: Tz,
    date: NaiveDate,
    trades: u64,
    volume: Decimal,
    value: Decimal,
    /// Instants and sizes of the last ten minutes.
    recent: VecDeque<(DateTime<Utc>, Decimal)>,
    /// The last trade and how many have come, since the ticks were shown.
    news: Option<(Trade, u32)>,
}

/// How far back figures by the minute reach.
const RECENT: TimeDelta = TimeDelta::minutes(10);

impl Tape {
    /// The trades of today so far.
    pub(super) fn read(
        exchange: &mut Exchange,
        instrument: &Instrument,
        details: &ContractDetails,
    ) -> Self {
        let zone = zone(&details.time_zone);
        let mut tape = Self {
            zone,
            date: exchange.now().with_timezone(&zone).date_naive(),
            trades: 0,
            volume: Decimal::ZERO,
            value: Decimal::ZERO,
            recent: VecDeque::new(),
            news: None,
        };
        let trades = exchange.trades(instrument, usize::MAX).unwrap_or_default();
        let today = tape.date;
        for trade in trades
            .iter()
            .filter(|trade| trade.time.with_timezone(&zone).date_naive() == today)
        {
            tape.add(trade);
        }
        if let Some((_, count)) = &mut tape.news {
            // What was before the line is one summary.
            *count = 1;
        }
        tape
    }

    pub(super) fn add(&mut self, trade: &Trade) {
        let date = trade.time.with_timezone(&self.zone).date_naive();
        if date != self.date {
            self.date = date;
            self.trades = 0;
            self.volume = Decimal::ZERO;
            self.value = Decimal::ZERO;
        }
        self.trades += 1;
        self.volume += trade.size;
        self.value += trade.size * trade.price.get();
        self.recent.push_back((trade.time, trade.size));
        while self
            .recent
            .front()
            .is_some_and(|(at, _)| *at <= trade.time - RECENT)
        {
            self.recent.pop_front();
        }
        match &mut self.news {
            Some((last, count)) => {
                let size = last.size + trade.size;
                last.clone_from(trade);
                last.size = size;
                *count += 1;
            }
            None => self.news = Some((trade.clone(), 1)),
        }
    }

    pub(super) fn is_new(&self) -> bool {
        self.news.is_some()
    }

    pub(super) fn shown(&mut self) {
        self.news = None;
    }

    /// Price, size, milliseconds, volume, average price and whether it was one trade, parted by
    /// semicolons.
    pub(super) fn volume_text(&self) -> Option<String> {
        let (last, count) = self.news.as_ref()?;
        let average = self.value.checked_div(self.volume)?.round_dp(8);
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "{};{};{};{};{};{}",
            last.price.get().normalize(),
            last.size.normalize(),
            last.time.timestamp_millis(),
            self.volume.normalize(),
            average.normalize(),
            *count == 1,
        );
        Some(text)
    }

    /// Trades of the day.
    pub(super) fn count(&self) -> f64 {
        self.trades.to_f64().unwrap_or_default()
    }

    /// Trades of the last minutes.
    pub(super) fn trades_within(&self, now: DateTime<Utc>, minutes: i64) -> f64 {
        let count = self.within(now, minutes).count();
        count.to_f64().unwrap_or_default()
    }

    /// Units of the last minutes.
    pub(super) fn volume_within(&self, now: DateTime<Utc>, minutes: i64) -> Decimal {
        self.within(now, minutes).map(|(_, size)| *size).sum()
    }

    fn within(
        &self,
        now: DateTime<Utc>,
        minutes: i64,
    ) -> impl Iterator<Item = &(DateTime<Utc>, Decimal)> {
        let from = now - TimeDelta::minutes(minutes);
        self.recent.iter().filter(move |(at, _)| *at > from)
    }
}
