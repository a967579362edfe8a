//! Bars, minutes and trades of options.

use broker_core::model::Instrument;
use serde_json::{Value, json};

use super::{ask::Letters, chain::identifier};
use crate::tiger::gateway::{
    Answer, Complaint,
    parameters::Parameters,
    quotes::{Bars, Candle, Part, Period, prices, tick},
    symbols::Market,
    turn::Turn,
};

/// Bars when the request does not say how many, and at most.
const LIMITS: (usize, usize) = (251, 1200);

impl Turn<'_> {
    pub(super) fn option_kline(&mut self, asked: Parameters<'_>) -> Answer {
        asked.market()?;
        let found = self.options_of("option_query", asked.objects("option_query")?)?;
        let mut wanted = Vec::new();
        for (named, instrument) in found {
            let word = named.asked.text("period")?.unwrap_or("day");
            if !matches!(word, "day" | "1min" | "5min" | "30min" | "60min") {
                return Err(Complaint::business(format!(
                    "period '{word}' is not supported"
                )));
            }
            let bars = Bars {
                period: Period::of(word)?,
                begin: named.asked.instant("begin_time")?,
                end: named.asked.instant("end_time")?,
                parts: vec![Part::Regular],
                unadjusted: false,
            };
            let limit = named.asked.bounded("limit", LIMITS.0, LIMITS.1)?;
            let falling = match named.asked.text("sort_dir")? {
                None | Some("SortDir_No" | "SortDir_Ascend") => false,
                Some("SortDir_Descend") => true,
                Some(other) => {
                    return Err(Complaint::business(format!(
                        "sort_dir '{other}' is not supported"
                    )));
                }
            };
            wanted.push((named, instrument, word, bars, limit, falling));
        }
        let names: Vec<String> = wanted
            .iter()
            .filter_map(|(_, instrument, ..)| identifier(instrument))
            .collect();
        self.count_history("option_kline", names.iter().map(String::as_str))?;
        let mut rows: Vec<Value> = Vec::new();
        for (named, instrument, word, bars, limit, falling) in wanted {
            let mut bars = self.bars(&instrument, &bars);
            let mut bars = bars.split_off(bars.len().saturating_sub(limit));
            if falling {
                bars.reverse();
            }
            let items: Vec<Value> = bars.iter().map(item).collect();
            let row = named
                .row(Letters::Capital)
                .text("identifier", identifier(&instrument))
                .put("period", word)
                .put("items", items);
            rows.push(row.into());
        }
        Ok(rows.into())
    }

    /// Minutes are for the options of Hong Kong, of which the exchange has none.
    pub(super) fn option_timeline(&mut self, asked: Parameters<'_>) -> Answer {
        if asked.market()? != Some(Market::Hk) {
            return Err(Complaint::business("market must be HK"));
        }
        let list = asked.objects("option_query")?;
        self.options_of("option_query", list)?;
        Ok(json!([]))
    }

    pub(super) fn option_trade_tick(&mut self, asked: Parameters<'_>) -> Answer {
        let Some(list) = asked.raw().as_array() else {
            return Err(Complaint::business("biz_content must be an array"));
        };
        let list = list.iter().map(Parameters::new).collect();
        let mut rows: Vec<Value> = Vec::new();
        for (named, instrument) in self.options_of("biz_content", list)? {
            let items = self.ticks(&instrument);
            let row = named
                .row(Letters::Small)
                .text("identifier", identifier(&instrument))
                .put("items", items);
            rows.push(row.into());
        }
        Ok(rows.into())
    }

    fn ticks(&mut self, instrument: &Instrument) -> Vec<Value> {
        let all = self.ticks_of_day(instrument, &[Part::Regular]);
        all.iter().map(|point| tick(point).into()).collect()
    }
}

fn item(bar: &Candle) -> Value {
    prices(bar).units("volume", bar.volume).into()
}
