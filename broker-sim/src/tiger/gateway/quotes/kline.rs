use broker_core::{
    Decimal,
    model::{FundamentalKind, Instrument},
};
use serde_json::{Value, json};

use super::{
    bars::{Bars, Candle, Period},
    pages::{page, page_end},
    real_time::with_volume,
    row::Row,
    sessions::Part,
};
use crate::tiger::gateway::{
    Answer, Complaint,
    parameters::{Parameters, missing, wrong},
    symbols::date_of,
    turn::Turn,
};

/// Bars when the request does not say how many, and at most.
const LIMITS: (usize, usize) = (251, 1200);

impl Turn<'_> {
    pub(in crate::tiger::gateway) fn kline(&mut self, asked: Parameters<'_>) -> Answer {
        let word = asked.text("period")?.unwrap_or("day");
        let period = Period::of(word)?;
        let unadjusted = match asked.text("right")? {
            None | Some("br") => false,
            Some("nr") => true,
            Some(other) => {
                return Err(Complaint::business(format!(
                    "right '{other}' is not supported"
                )));
            }
        };
        let limit = asked.bounded("limit", LIMITS.0, LIMITS.1)?;
        let symbols = asked.symbols()?;
        let wanted = Bars {
            period,
            begin: asked.instant("begin_time")?,
            end: page_end(asked, &symbols)?.or(asked.instant("end_time")?),
            parts: asked.parts()?,
            unadjusted,
        };
        if wanted.begin.zip(wanted.end).is_some_and(|(b, e)| b > e) {
            return Err(Complaint::business("begin_time is after end_time"));
        }
        let date = match asked.text("date")? {
            None => None,
            Some(text) => Some(date_of(text).ok_or_else(|| wrong("date", "a date yyyyMMdd"))?),
        };
        let known = self.asked(asked)?;
        self.count_history("kline", known.iter().map(|(symbol, _)| *symbol))?;
        let mut rows: Vec<Value> = Vec::new();
        for (symbol, instrument) in known {
            let mut wanted = wanted.clone();
            if matches!(instrument, Instrument::Crypto(_)) {
                wanted.parts = vec![Part::Regular];
            }
            let mut bars = self.bars(&instrument, &wanted);
            if let Some(date) = date {
                let zone = self.zone(&instrument);
                bars.retain(|bar| bar.start.with_timezone(&zone).date_naive() == date);
            }
            let (bars, token) = page(asked, symbol, bars, limit);
            let fundamentals = if asked.switch("with_fundamental")?.unwrap_or_default() {
                Some((
                    self.fact(&instrument, FundamentalKind::Summary, "shares_outstanding"),
                    self.earnings_per_share(&instrument),
                ))
            } else {
                None
            };
            let items = bars.iter().map(|bar| {
                let mut row = row(&instrument, bar);
                if let Some((shares, earnings)) = fundamentals {
                    let turnover = bar.volume.zip(shares);
                    let turnover = turnover.and_then(|(volume, all)| volume.checked_div(all));
                    let yearly = earnings.and_then(|earnings| bar.close.checked_div(earnings));
                    row = row
                        .number("turnoverRate", turnover.map(|rate| rate.round_dp(6)))
                        .number("lyrPe", yearly.map(|rate| rate.round_dp(4)));
                }
                Value::from(row)
            });
            let items: Vec<Value> = items.collect();
            rows.push(json!({
                "symbol": symbol, "period": word, "nextPageToken": token, "items": items,
            }));
        }
        Ok(rows.into())
    }

    /// A company's profit of the last year per share.
    pub(in crate::tiger::gateway) fn earnings_per_share(
        &self,
        instrument: &Instrument,
    ) -> Option<Decimal> {
        let profit = self.fact(instrument, FundamentalKind::Statements, "net_income")?;
        let shares = self.fact(instrument, FundamentalKind::Summary, "shares_outstanding")?;
        Some(profit.checked_div(shares)?.round_dp(6))
    }

    /// One figure of a company's reports.
    pub(in crate::tiger::gateway) fn fact(
        &self,
        instrument: &Instrument,
        kind: FundamentalKind,
        name: &str,
    ) -> Option<Decimal> {
        let report = self.exchange.fundamentals(instrument, kind)?;
        let mut facts = report.facts.iter();
        facts.find(|fact| fact.name == name).map(|fact| fact.value)
    }
}

fn row(instrument: &Instrument, bar: &Candle) -> Row {
    let row = prices(bar).number("amount", bar.amount);
    match bar.volume {
        Some(volume) => with_volume(row, instrument, volume),
        // A series of prices alone has no volume.
        None => row,
    }
}

/// The time and the four prices of a bar.
pub(in crate::tiger::gateway) fn prices(bar: &Candle) -> Row {
    Row::default()
        .at("time", bar.start)
        .number("open", Some(bar.open))
        .number("high", Some(bar.high))
        .number("low", Some(bar.low))
        .number("close", Some(bar.close))
}

/// The words of a list that may not be missing.
pub(in crate::tiger::gateway) fn some<T>(name: &str, value: Option<T>) -> Result<T, Complaint> {
    value.ok_or_else(|| missing(name))
}
