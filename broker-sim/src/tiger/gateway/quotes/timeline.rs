//! The minutes of a day.

use broker_core::{Decimal, model::Instrument};
use serde_json::{Value, json};

use super::{
    bars::{Candle, intraday},
    points::points,
    row::Row,
    sessions::{Day, Part},
};
use crate::tiger::gateway::{
    Answer, Complaint,
    parameters::{Parameters, wrong},
    symbols::date_of,
    turn::Turn,
};

impl Turn<'_> {
    pub(in crate::tiger::gateway) fn timeline(&mut self, asked: Parameters<'_>) -> Answer {
        let mut parts = asked.parts()?;
        if asked.switch("include_hour_trading")?.unwrap_or_default() {
            parts = Part::ALL.to_vec();
        }
        let begin = asked.instant("begin_time")?;
        let now = self.now();
        let mut rows: Vec<Value> = Vec::new();
        for (symbol, instrument) in self.asked(asked)? {
            let figures = self.figures_at(&instrument, now);
            let mut row = Row::default()
                .put("symbol", symbol)
                .put("period", "day")
                .number("preClose", figures.previous_close);
            let day = self.current_day(&instrument);
            for part in &parts {
                let minutes = self.minutes(&instrument, day.as_ref(), *part);
                let later: Vec<&Candle> = minutes
                    .iter()
                    .filter(|bar| begin.is_none_or(|begin| bar.start >= begin))
                    .collect();
                let Some(last) = later.last().filter(|_| *part != Part::Regular) else {
                    if *part == Part::Regular {
                        let end = later.last().map_or(-1, |bar| bar.start.timestamp_millis());
                        row = row.put(part.member(), session(begin, &items(&minutes, begin), end));
                    }
                    continue;
                };
                let end = last.start.timestamp_millis();
                row = row.put(part.member(), session(begin, &items(&minutes, begin), end));
            }
            rows.push(row.into());
        }
        Ok(rows.into())
    }

    pub(in crate::tiger::gateway) fn history_timeline(&mut self, asked: Parameters<'_>) -> Answer {
        let text = asked.required_text("date")?;
        let date = date_of(text).ok_or_else(|| wrong("date", "a date yyyy-MM-dd"))?;
        match asked.text("right")? {
            None | Some("br" | "nr") => {}
            Some(other) => {
                return Err(Complaint::business(format!(
                    "right '{other}' is not supported"
                )));
            }
        }
        let parts = asked.parts()?;
        let mut rows: Vec<Value> = Vec::new();
        for (symbol, instrument) in self.asked(asked)? {
            let day = self
                .days_between(&instrument, date, date)
                .into_iter()
                .next();
            let mut row = Row::default().put("symbol", symbol);
            for part in &parts {
                let minutes = self.minutes(&instrument, day.as_ref(), *part);
                let member = if *part == Part::Regular {
                    "items"
                } else {
                    part.member()
                };
                row = row.put(member, items(&minutes, None));
            }
            rows.push(row.into());
        }
        Ok(rows.into())
    }

    /// The minutes of the session outside regular hours that is under way or was last.
    pub(in crate::tiger::gateway) fn hour_trading_timeline(
        &mut self,
        asked: Parameters<'_>,
    ) -> Answer {
        let (symbol, instrument) = self.asked_one(asked)?;
        let figures = self.figures_at(&instrument, self.now());
        let mut row = Row::default()
            .put("symbol", symbol)
            .number("preClose", figures.latest);
        let Some(outside) = &figures.outside else {
            return Ok(row.put("items", json!([])).into());
        };
        row = row.put("detail", self.outside_row(&instrument, &figures, outside));
        let days = self.days(&instrument, outside.latest_at, (1, 1));
        let day = days.iter().find(|day| {
            let mut windows = day.part(outside.part);
            windows
                .any(|window| window.open <= outside.latest_at && outside.latest_at < window.close)
        });
        let minutes = self.minutes(&instrument, day, outside.part);
        Ok(row.put("items", items(&minutes, None)).into())
    }

    /// The trading day that is under way, or the last one.
    fn current_day(&mut self, instrument: &Instrument) -> Option<Day> {
        let now = self.now();
        let days = self.days(instrument, now, (12, 1));
        let mut begun = days
            .into_iter()
            .rev()
            .filter(|day| day.begins().is_some_and(|begins| begins <= now));
        begun.next()
    }

    fn minutes(&mut self, instrument: &Instrument, day: Option<&Day>, part: Part) -> Vec<Candle> {
        let Some(day) = day else {
            return Vec::new();
        };
        let from = day.begins().unwrap_or_else(|| self.now());
        let points = points(self.exchange, instrument, from);
        intraday(&points, std::slice::from_ref(day), 1, &[part])
    }
}

fn session(begin: Option<chrono::DateTime<chrono::Utc>>, items: &Value, end: i64) -> Value {
    let begin = begin.map_or(-1, |begin| begin.timestamp_millis());
    json!({"items": items, "beginTime": begin, "endTime": end})
}

/// Minutes with the session's average price up to each.
fn items(minutes: &[Candle], begin: Option<chrono::DateTime<chrono::Utc>>) -> Value {
    let (mut volume, mut amount) = (Decimal::ZERO, Decimal::ZERO);
    let mut rows: Vec<Value> = Vec::new();
    for bar in minutes {
        let size = bar.volume.unwrap_or_default();
        volume += size;
        amount += bar.amount.unwrap_or_default();
        if begin.is_some_and(|begin| bar.start < begin) {
            continue;
        }
        let average = amount.checked_div(volume).unwrap_or(bar.close);
        let row = Row::default()
            .at("time", bar.start)
            .number("price", Some(bar.close))
            .number("avgPrice", Some(average.round_dp(6)))
            .units("volume", Some(size));
        rows.push(row.into());
    }
    rows.into()
}
