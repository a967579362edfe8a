//! Money that flowed in and out, over the trades that are remembered.

use broker_core::{Decimal, dec};
use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Utc};
use serde_json::Value;

use super::{
    points::{Point, trades},
    row::Row,
    sessions::Part,
    ticks::signs,
};
use crate::tiger::gateway::{
    Answer, Complaint, parameters::Parameters, symbols::Market, turn::Turn,
};

/// Trades worth at least this are big, and middling, in the instrument's currency.
const SIZES: (Decimal, Decimal) = (dec!(200_000), dec!(50_000));
/// Rows when the request does not say how many, and at most.
const LIMITS: (usize, usize) = (200, 1200);

impl Turn<'_> {
    pub(in crate::tiger::gateway) fn capital_flow(&mut self, asked: Parameters<'_>) -> Answer {
        let word = asked.text("period")?.unwrap_or("day");
        let group = group(word)?;
        let market = asked.market()?.unwrap_or(Market::Us);
        let limit = asked.bounded("limit", LIMITS.0, LIMITS.1)?;
        let (begin, end) = (asked.instant("begin_time")?, asked.instant("end_time")?);
        let (symbol, instrument) = self.asked_one(asked)?;
        let all = if word == "intraday" {
            self.ticks_of_day(&instrument, &[Part::Regular])
        } else {
            trades(self.exchange, &instrument, DateTime::UNIX_EPOCH)
        };
        let mut sums: Vec<(DateTime<Utc>, Decimal)> = Vec::new();
        for (point, sign) in all.iter().zip(signs(&all)) {
            let Some(start) = group(market, point.at) else {
                continue;
            };
            let flow = signed(point, sign);
            match sums.last_mut() {
                Some((last, sum)) if *last == start => *sum += flow,
                _ => sums.push((start, flow)),
            }
        }
        if word == "intraday" {
            // Within a day it is the sum since the opening.
            let mut sum = Decimal::ZERO;
            for (_, flow) in &mut sums {
                sum += *flow;
                *flow = sum;
            }
        }
        sums.retain(|(at, _)| {
            begin.is_none_or(|begin| *at >= begin) && end.is_none_or(|end| *at < end)
        });
        let sums = sums.split_off(sums.len().saturating_sub(limit));
        let form = if word == "intraday" {
            "%m-%d %H:%M:%S"
        } else {
            "%Y-%m-%d"
        };
        let items = sums.into_iter().map(|(at, flow)| {
            let local = at.with_timezone(&market.zone());
            let row = Row::default()
                .put("time", local.format(form).to_string())
                .at("timestamp", at)
                .number("netInflow", Some(flow));
            Value::from(row)
        });
        let row = Row::default()
            .put("symbol", symbol)
            .put("period", word)
            .put("items", items.collect::<Vec<Value>>());
        Ok(row.into())
    }

    pub(in crate::tiger::gateway) fn capital_distribution(
        &mut self,
        asked: Parameters<'_>,
    ) -> Answer {
        asked.market()?;
        let (symbol, instrument) = self.asked_one(asked)?;
        let all = self.ticks_of_day(&instrument, &[Part::Regular]);
        let mut sums = [[Decimal::ZERO; 3]; 2];
        for (point, sign) in all.iter().zip(signs(&all)) {
            let worth = point.price * point.size;
            let [big, middling, small] = match sign {
                "+" => &mut sums[0],
                "-" => &mut sums[1],
                _ => continue,
            };
            if worth >= SIZES.0 {
                *big += worth;
            } else if worth >= SIZES.1 {
                *middling += worth;
            } else {
                *small += worth;
            }
        }
        let [bought, sold] = sums;
        let total = |side: [Decimal; 3]| side.into_iter().sum::<Decimal>();
        let mut row = Row::default()
            .put("symbol", symbol)
            .number("netInflow", Some(total(bought) - total(sold)))
            .number("inAll", Some(total(bought)))
            .number("outAll", Some(total(sold)));
        for (size, (bought, sold)) in ["Big", "Mid", "Small"]
            .into_iter()
            .zip(bought.into_iter().zip(sold))
        {
            row = row
                .number(&format!("in{size}"), Some(bought))
                .number(&format!("out{size}"), Some(sold));
        }
        Ok(row.into())
    }
}

/// What a trade moved, in or out.
fn signed(point: &Point, sign: &str) -> Decimal {
    let worth = point.price * point.size;
    match sign {
        "+" => worth,
        "-" => -worth,
        _ => Decimal::ZERO,
    }
}

/// The beginning of the period that an instant belongs to.
type Group = fn(Market, DateTime<Utc>) -> Option<DateTime<Utc>>;

fn group(word: &str) -> Result<Group, Complaint> {
    Ok(match word {
        "intraday" => |_, at| {
            let ms = at.timestamp_millis();
            DateTime::from_timestamp_millis(ms - ms.rem_euclid(60_000))
        },
        "day" => |market, at| market.midnight(market.date_of(at)),
        "week" => |market, at| {
            let date = market.date_of(at);
            let back = i64::from(date.weekday().num_days_from_monday());
            market.midnight(date - TimeDelta::days(back))
        },
        "month" => |market, at| months(market, at, 1),
        "quarter" => |market, at| months(market, at, 3),
        "6month" => |market, at| months(market, at, 6),
        "year" => |market, at| months(market, at, 12),
        other => {
            return Err(Complaint::business(format!(
                "period '{other}' is not supported"
            )));
        }
    })
}

/// The first day of the group of so many months.
fn months(market: Market, at: DateTime<Utc>, count: u32) -> Option<DateTime<Utc>> {
    let date = market.date_of(at);
    let first = date.month0() - date.month0() % count;
    market.midnight(NaiveDate::from_ymd_opt(date.year(), first + 1, 1)?)
}
