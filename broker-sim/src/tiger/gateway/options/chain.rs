use std::collections::BTreeMap;

use broker_core::{
    Decimal,
    model::{ChainQuery, Greeks, Instrument, OptionQuote, Price, Right},
};
use serde_json::{Map, Value, json};

use super::ask::expiry;
use crate::tiger::gateway::{
    Answer, Complaint,
    parameters::{Parameters, wrong},
    quotes::{MOST_SYMBOLS, Row, counted},
    symbols::strike_text,
    turn::Turn,
};

/// Bounds, both of which belong to the range.
#[derive(Debug, Clone, Copy, Default)]
struct Range(Option<Decimal>, Option<Decimal>);

impl Range {
    fn read(asked: Parameters<'_>, name: &str) -> Result<Self, Complaint> {
        let Some(value) = asked.get(name) else {
            return Ok(Self::default());
        };
        let range = Parameters::new(value);
        Ok(Self(range.decimal("min")?, range.decimal("max")?))
    }

    /// Whether a figure is in the range; one that is not known is in no range.
    fn holds(self, figure: Option<Decimal>) -> bool {
        match (self, figure) {
            (Self(None, None), _) => true,
            (_, None) => false,
            (Self(least, most), Some(figure)) => {
                least.is_none_or(|least| figure >= least) && most.is_none_or(|most| figure <= most)
            }
        }
    }
}

/// Which rows of a chain are wanted.
#[derive(Debug, Clone, Copy, Default)]
struct Filter {
    in_the_money: Option<bool>,
    implied_volatility: Range,
    open_interest: Range,
    delta: Range,
    gamma: Range,
    theta: Range,
    vega: Range,
    rho: Range,
}

impl Filter {
    fn read(asked: Parameters<'_>) -> Result<Self, Complaint> {
        let Some(value) = asked.get("option_filter") else {
            return Ok(Self::default());
        };
        if !value.is_object() {
            return Err(wrong("option_filter", "an object"));
        }
        let filter = Parameters::new(value);
        let empty = Value::Object(Map::new());
        let greeks = Parameters::new(filter.get("greeks").unwrap_or(&empty));
        Ok(Self {
            in_the_money: filter.switch("in_the_money")?,
            implied_volatility: Range::read(filter, "implied_volatility")?,
            open_interest: Range::read(filter, "open_interest")?,
            delta: Range::read(greeks, "delta")?,
            gamma: Range::read(greeks, "gamma")?,
            theta: Range::read(greeks, "theta")?,
            vega: Range::read(greeks, "vega")?,
            rho: Range::read(greeks, "rho")?,
        })
    }

    fn takes(&self, row: &OptionQuote, underlying: Option<Price>) -> bool {
        let of = |figure: fn(&Greeks) -> Decimal| row.greeks.as_ref().map(figure);
        let money = self.in_the_money.is_none_or(|wanted| {
            underlying.is_some_and(|price| {
                let inside = match row.right {
                    Right::Call => price.get() > row.strike,
                    _ => price.get() < row.strike,
                };
                inside == wanted
            })
        });
        money
            && self.implied_volatility.holds(of(|g| g.implied_volatility))
            && self.open_interest.holds(row.open_interest)
            && self.delta.holds(of(|greeks| greeks.delta))
            && self.gamma.holds(of(|greeks| greeks.gamma))
            && self.theta.holds(of(|greeks| greeks.theta))
            && self.vega.holds(of(|greeks| greeks.vega))
            && self.rho.holds(row.greeks.as_ref().and_then(|g| g.rho))
    }
}

impl Turn<'_> {
    pub(super) fn option_chain(&mut self, asked: Parameters<'_>) -> Answer {
        asked.market()?;
        let filter = Filter::read(asked)?;
        let greeks = asked.switch("return_greek_value")?.unwrap_or_default();
        let list = asked.objects("option_basic")?;
        let mut rows: Vec<Value> = Vec::new();
        for basic in counted("option_basic", list, MOST_SYMBOLS)? {
            let symbol = basic.required_text("symbol")?;
            let date = expiry(basic, symbol)?;
            let unknown =
                || Complaint::option(format!("'{symbol}' has no options that expire on {date}"));
            let underlying = self.underlying(symbol)?.ok_or_else(unknown)?;
            let chain = self
                .exchange
                .option_chain(&ChainQuery::new(underlying, date))
                .map_err(|_| unknown())?;
            let mut by_strike: BTreeMap<Decimal, Map<String, Value>> = BTreeMap::new();
            for row in &chain.options {
                if filter.takes(row, chain.underlying_price) {
                    let leg = self.leg(row, greeks);
                    let member = right_member(row.right).to_owned();
                    by_strike.entry(row.strike).or_default().insert(member, leg);
                }
            }
            let items: Vec<Value> = by_strike.into_values().map(Value::Object).collect();
            let stamp = super::ask::market_of(symbol).midnight(date);
            rows.push(json!({
                "symbol": symbol,
                "expiry": stamp.map(|at| at.timestamp_millis()),
                "items": items,
            }));
        }
        Ok(rows.into())
    }

    fn leg(&mut self, row: &OptionQuote, greeks: bool) -> Value {
        let quote = self.quote(&row.instrument);
        let model = match &row.instrument {
            Instrument::Option(option) => self.exchange.option_model(option),
            _ => None,
        };
        let mut leg = Row::default()
            .text("identifier", identifier(&row.instrument))
            .put("strike", strike_text(row.strike))
            .put("right", right_member(row.right))
            .price("askPrice", row.ask)
            .units("askSize", quote.ask_size)
            .price("bidPrice", row.bid)
            .units("bidSize", quote.bid_size)
            .units("volume", row.volume)
            .price("latestPrice", row.last)
            .price("preClose", quote.previous_close)
            .units("openInterest", row.open_interest)
            .units("multiplier", self.multiplier(&row.instrument))
            .number("impliedVol", row.greeks.map(|g| g.implied_volatility))
            .number("midPrice", row.bid.and(row.ask).and(quote.mid()))
            .price("markPrice", model.map(|(model, _)| model.price));
        if let Some(at) = self.figures_at(&row.instrument, self.now()).latest_at {
            leg = leg.at("lastTimestamp", at);
        }
        if greeks && let Some(greeks) = row.greeks {
            leg = leg
                .number("delta", Some(greeks.delta))
                .number("gamma", Some(greeks.gamma))
                .number("theta", Some(greeks.theta))
                .number("vega", Some(greeks.vega))
                .number("rho", greeks.rho);
        }
        leg.into()
    }

    /// Units of the underlying of one contract.
    pub(super) fn multiplier(&mut self, instrument: &Instrument) -> Option<Decimal> {
        let details = self.exchange.contract(instrument).ok()?;
        Some(details.multiplier)
    }
}

/// The 21 characters of an option.
pub(super) fn identifier(instrument: &Instrument) -> Option<String> {
    match instrument {
        Instrument::Option(option) => Some(option.symbol.to_string()),
        _ => None,
    }
}

fn right_member(right: Right) -> &'static str {
    if right == Right::Call { "call" } else { "put" }
}
