use broker_core::{
    Decimal,
    model::{Currency, Instrument},
};
use chrono::{NaiveTime, TimeZone as _};
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::figures::span;
use crate::tiger::gateway::{
    Answer,
    number::number,
    parameters::{Parameters, wrong},
    quotes::counted,
    turn::Turn,
};

impl Turn<'_> {
    /// What one US dollar costs in other currencies, day by day.
    pub(super) fn financial_exchange_rate(&mut self, asked: Parameters<'_>) -> Answer {
        let codes = counted("currency_list", asked.texts("currency_list")?, 50)?;
        let (begin, end) = span(asked)?;
        let zone: Tz = match asked.text("timezone")? {
            None => Tz::Asia__Hong_Kong,
            Some(name) => name
                .parse()
                .map_err(|_| wrong("timezone", "the name of a time zone"))?,
        };
        let from = begin.with_timezone(&zone).date_naive();
        let to = end.with_timezone(&zone).date_naive();
        let mut rows: Vec<Value> = Vec::new();
        for code in codes {
            let currency: Currency = code
                .parse()
                .map_err(|_| wrong("currency_list", "an array of currency codes"))?;
            let mut values: Vec<Value> = Vec::new();
            for date in from.iter_days().take_while(|date| *date <= to).take(366) {
                let at = zone.from_local_datetime(&date.and_time(NaiveTime::MIN));
                let (Some(at), Some(rate)) = (at.earliest(), self.rate(currency, date)) else {
                    continue;
                };
                values.push(json!({"date": at.timestamp_millis(), "value": number(rate)}));
            }
            rows.push(json!({"currency": code, "dailyValueList": values}));
        }
        Ok(rows.into())
    }

    /// Units of a currency for a dollar at the end of a date, where the exchange lists the pair.
    fn rate(&mut self, currency: Currency, date: chrono::NaiveDate) -> Option<Decimal> {
        if currency == Currency::USD {
            return Some(Decimal::ONE);
        }
        let forward = Instrument::forex(Currency::USD, currency);
        let backward = Instrument::forex(currency, Currency::USD);
        let mut close = |pair: &Instrument| {
            let daily = self.exchange.daily_bars(pair).ok()?;
            let bar = daily.iter().find(|(day, _)| *day == date)?;
            Some(bar.1.close.get())
        };
        let forward = close(&forward);
        forward.or_else(|| Some(Decimal::ONE.checked_div(close(&backward)?)?.round_dp(6)))
    }
}
