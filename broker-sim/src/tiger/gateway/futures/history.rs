//! Bars, trades and hours of futures.

use serde_json::{Value, json};

use crate::tiger::gateway::{
    Answer, Complaint,
    parameters::{Parameters, wrong},
    quotes::{Bars, Part, Period, page, page_end, prices, range, tick},
    symbols::date_of,
    turn::Turn,
};

/// Bars when the request does not say how many, and at most.
const LIMITS: (usize, usize) = (1000, 1200);

impl Turn<'_> {
    pub(super) fn future_kline(&mut self, asked: Parameters<'_>) -> Answer {
        let period = Period::of(asked.text("period")?.unwrap_or("day"))?;
        let limit = asked.bounded("limit", LIMITS.0, LIMITS.1)?;
        let known = self.futures_asked(asked)?;
        let codes = asked.texts("contract_codes")?;
        let wanted = Bars {
            period,
            begin: asked.instant("begin_time")?,
            end: page_end(asked, &codes)?.or(asked.instant("end_time")?),
            parts: vec![Part::Regular],
            unadjusted: false,
        };
        if wanted.begin.zip(wanted.end).is_some_and(|(b, e)| b > e) {
            return Err(Complaint::business("begin_time is after end_time"));
        }
        self.count_history("future_kline", known.iter().map(|(code, _)| *code))?;
        let mut rows: Vec<Value> = Vec::new();
        for (code, instrument) in known {
            let bars = self.bars(&instrument, &wanted);
            let (bars, token) = page(asked, code, bars, limit);
            let items = bars.iter().map(|bar| {
                let mut row = prices(bar)
                    .at("lastTime", bar.last_at)
                    .units("volume", bar.volume);
                if !matches!(period, Period::Minutes(_)) {
                    row = row.number("settlement", Some(bar.close));
                }
                Value::from(row)
            });
            let items: Vec<Value> = items.collect();
            rows.push(json!({"contractCode": code, "nextPageToken": token, "items": items}));
        }
        Ok(rows.into())
    }

    pub(super) fn future_tick(&mut self, asked: Parameters<'_>) -> Answer {
        let limit = asked.bounded("limit", 1000, 1000)?;
        let code = asked.required_text("contract_code")?;
        let instrument = self
            .find_future(code, None)
            .ok_or_else(|| Complaint::future(format!("contract '{code}' does not exist")))?;
        let all = self.ticks_of_day(&instrument, &[Part::Regular]);
        let (begin, end) = range(asked, all.len(), limit)?;
        let items = all.iter().enumerate().skip(begin).take(end - begin);
        let items = items.map(|(index, point)| Value::from(tick(point).put("index", index)));
        let items: Vec<Value> = items.collect();
        Ok(json!({"contractCode": code, "items": items}))
    }

    /// The hours of one trading date.
    pub(super) fn future_trading_date(&mut self, asked: Parameters<'_>) -> Answer {
        let code = asked.required_text("contract_code")?;
        let instrument = self
            .find_future(code, None)
            .ok_or_else(|| Complaint::future(format!("contract '{code}' does not exist")))?;
        let zone = self.zone(&instrument);
        let date = match asked.text("trading_date")? {
            Some(text) => {
                date_of(text).ok_or_else(|| wrong("trading_date", "a date yyyy-MM-dd"))?
            }
            None => self.now().with_timezone(&zone).date_naive(),
        };
        let days = self.days_between(&instrument, date, date);
        let windows = days.iter().flat_map(|day| day.part(Part::Regular));
        let times = windows.map(|window| {
            let (start, end) = (window.open, window.close);
            json!({"start": start.timestamp_millis(), "end": end.timestamp_millis()})
        });
        let times: Vec<Value> = times.collect();
        // The exchange's futures open without a phase of bids.
        Ok(json!({"biddingTimes": [], "tradingTimes": times, "timeSection": zone.to_string()}))
    }
}
