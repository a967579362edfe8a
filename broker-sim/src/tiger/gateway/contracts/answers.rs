//! What is told about instruments.

use broker_core::{
    Decimal,
    model::{Instrument, TickTable},
};
use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use super::{find::Wanted, names, options::options_on};
use crate::tiger::gateway::{
    Answer, Complaint,
    number::number,
    parameters::{Parameters, wrong},
    turn::Turn,
};

/// Symbols that may be asked for at once.
const MOST_SYMBOLS: usize = 50;

impl Turn<'_> {
    /// One contract: an array in version 3, the contract itself before.
    pub(in crate::tiger::gateway) fn contract(&mut self, asked: Parameters<'_>) -> Answer {
        self.account(asked)?;
        let found = Wanted::read(asked)?.find(self.exchange);
        let mut written: Vec<Value> = Vec::new();
        for instrument in &found {
            written.push(self.write_contract(instrument));
        }
        if asked.text("version")? == Some("3.0") {
            return Ok(written.into());
        }
        match written.len() {
            1 => Ok(written.pop().unwrap_or_default()),
            _ => Ok(json!({"items": written})),
        }
    }

    pub(in crate::tiger::gateway) fn contracts(&mut self, asked: Parameters<'_>) -> Answer {
        self.account(asked)?;
        let mut written = Vec::new();
        for symbol in symbols(asked)? {
            for instrument in Wanted::of(asked, symbol)?.find(self.exchange) {
                written.push(self.write_contract(&instrument));
            }
        }
        Ok(json!({"items": written}))
    }

    /// The derivatives on symbols that end on a date.
    pub(in crate::tiger::gateway) fn quote_contract(&mut self, asked: Parameters<'_>) -> Answer {
        let class = asked.required_text("sec_type")?;
        let expiry = asked.required_text("expiry")?;
        let expiry = NaiveDate::parse_from_str(expiry, "%Y%m%d")
            .map_err(|_| wrong("expiry", "a date as yyyyMMdd"))?;
        match class {
            "OPT" => {}
            "WAR" | "IOPT" | "FOP" => return self.listed_on(&symbols(asked)?, class, expiry),
            other => {
                return Err(Complaint::business(format!(
                    "sec_type '{other}' is not supported"
                )));
            }
        }
        let mut written = Vec::new();
        for symbol in symbols(asked)? {
            let underlyings: Vec<Instrument> = self
                .exchange
                .instruments()
                .filter(|i| matches!(i, Instrument::Equity(_) | Instrument::Index(_)))
                .filter(|instrument| {
                    names::option_root(instrument) == symbol.trim_start_matches('.')
                })
                .cloned()
                .collect();
            for underlying in &underlyings {
                for option in options_on(self.exchange, underlying, Some(expiry)) {
                    if self.exchange.contract(&option).is_ok() {
                        written.push(self.write_contract(&option));
                    }
                }
            }
        }
        Ok(written.into())
    }

    /// The warrants on shares, or the options on a product's futures, that end on a date.
    fn listed_on(&mut self, symbols: &[&str], class: &str, expiry: NaiveDate) -> Answer {
        let expiry = expiry.format("%Y%m%d").to_string();
        let mut found: Vec<Instrument> = Vec::new();
        for instrument in self.exchange.instruments() {
            let on = match instrument {
                Instrument::Warrant(_) => {
                    self.exchange.underlying_of(instrument).map(names::symbol)
                }
                Instrument::FutureOption(part) => Some(part.root.to_string()),
                _ => None,
            };
            let fits = on.is_some_and(|on| symbols.contains(&on.as_str()))
                && names::sec_type(instrument) == class
                && names::terms(instrument, self.exchange).expiry == expiry;
            if fits {
                found.push(instrument.clone());
            }
        }
        let written: Vec<Value> = found.iter().map(|one| self.write_contract(one)).collect();
        Ok(written.into())
    }

    /// A contract as it is told.
    pub(in crate::tiger::gateway) fn write_contract(&mut self, instrument: &Instrument) -> Value {
        let mut written = Map::new();
        let mut put = |name: &str, value: Value| drop(written.insert(name.to_owned(), value));
        put("contractId", self.state.contracts.id(instrument).into());
        put("identifier", names::identifier(instrument).into());
        put("symbol", names::symbol(instrument).into());
        put("secType", names::sec_type(instrument).into());
        put("market", names::market(instrument).into());
        put("currency", names::currency(instrument).into());
        put("exchange", names::venue(instrument).into());
        put("primaryExchange", names::venue(instrument).into());
        put("localSymbol", names::identifier(instrument).into());
        put("tradingClass", names::symbol(instrument).into());
        let parts = names::terms(instrument, self.exchange);
        if !parts.expiry.is_empty() {
            put("lastTradingDate", parts.expiry.clone().into());
            put(
                "contractMonth",
                parts.expiry.chars().take(6).collect::<String>().into(),
            );
            put("expiry", parts.expiry.into());
        }
        if !parts.right.is_empty() {
            put("strike", parts.strike.into());
            put("right", parts.right.into());
        }
        if matches!(instrument, Instrument::Future(_)) {
            put("continuous", false.into());
        }
        let Ok(details) = self.exchange.contract(instrument) else {
            return Value::Object(written);
        };
        put("name", details.name.clone().into());
        put("status", i32::from(details.tradable).into());
        put("tradeable", details.tradable.into());
        put("marginable", details.tradable.into());
        // Of a warrant it is the lot.
        let multiplier = match instrument {
            Instrument::Warrant(_) => details.quantities.step.get(),
            _ => details.multiplier,
        };
        put("multiplier", number(multiplier));
        let step = details.quantities.step.get();
        let whole = step.max(Decimal::ONE);
        put("lotSize", number(whole));
        put("supportFractionalShare", (step < Decimal::ONE).into());
        let nights = self.exchange.trades_at_night(instrument);
        put("supportOvernightTrading", nights.into());
        if let Some(band) = details.ticks.bands().first() {
            put("minTick", number(band.increment));
        }
        put("tickSizes", tick_sizes(&details.ticks));
        put("shortable", details.shortable.into());
        put("closeOnly", false.into());
        put("isEtf", false.into());
        Value::Object(written)
    }
}

fn symbols<'a>(asked: Parameters<'a>) -> Result<Vec<&'a str>, Complaint> {
    let symbols = asked.texts("symbols")?;
    if symbols.is_empty() {
        return Err(crate::tiger::gateway::parameters::missing("symbols"));
    }
    if symbols.len() > MOST_SYMBOLS {
        return Err(Complaint::business(format!(
            "at most {MOST_SYMBOLS} symbols"
        )));
    }
    Ok(symbols)
}

/// Price increments by ranges; a range holds its beginning and not its end.
fn tick_sizes(ticks: &TickTable) -> Value {
    let bands = ticks.bands();
    let ends = bands
        .iter()
        .skip(1)
        .map(|band| band.from.get().normalize().to_string());
    let ends = ends.chain(std::iter::once("Infinity".to_owned()));
    let rows = bands.iter().zip(ends).map(|(band, end)| {
        json!({
            "begin": band.from.get().normalize().to_string(),
            "end": end,
            "type": "CLOSED_OPEN",
            "tickSize": number(band.increment),
        })
    });
    rows.collect::<Vec<_>>().into()
}
