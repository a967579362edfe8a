//! Warrants and callable contracts: their figures, and those on a share of Hong Kong.

use broker_core::{
    Decimal,
    model::{Instrument, Price},
};
use serde_json::{Value, json};

use crate::{
    exchange::{WarrantKind, WarrantTerms},
    tiger::gateway::{
        Answer, Complaint,
        contracts::names,
        number::number,
        parameters::Parameters,
        quotes::{MOST_SYMBOLS, Row, counted},
        symbols::{Market, Name, SecType, Wanted},
        turn::Turn,
    },
};

impl Turn<'_> {
    pub(super) fn warrant_real_time_quote(&mut self, asked: Parameters<'_>) -> Answer {
        let symbols = counted("symbols", asked.texts("symbols")?, MOST_SYMBOLS)?;
        let mut items: Vec<Value> = Vec::new();
        for symbol in symbols {
            let found = [SecType::Warrant, SecType::Iopt]
                .into_iter()
                .find_map(|kind| self.find(&Wanted::plain(symbol, kind)));
            let unknown = || Complaint::stock(format!("warrant '{symbol}' does not exist"));
            let warrant = found.ok_or_else(unknown)?;
            items.extend(self.warrant_row(&warrant));
        }
        Ok(json!({"items": items}))
    }

    fn warrant_row(&mut self, warrant: &Instrument) -> Option<Value> {
        let terms = self.exchange.warrant_terms(warrant)?.clone();
        let parts = names::terms(warrant, self.exchange);
        let details = self.exchange.contract(warrant).ok()?;
        let underlying = details.underlying.as_ref().map(names::symbol);
        let (figures, quote) = (self.figures_at(warrant, self.now()), self.quote(warrant));
        let last_day = Market::Hk.midnight(terms.expiry)?;
        let row = Row::default()
            .put("symbol", names::symbol(warrant))
            .put("name", details.name.clone())
            .put("exchange", names::venue(warrant))
            .put("market", names::market(warrant))
            .put("secType", names::sec_type(warrant))
            .put("currency", names::currency(warrant))
            .put("expiry", terms.expiry.to_string())
            .number("strike", Some(terms.strike))
            .put("right", parts.right)
            .number("multiplier", Some(details.quantities.step.get()))
            .at("lastTradingDate", last_day)
            .number("entitlementRatio", Some(terms.ratio))
            .number("callPrice", terms.call_price)
            .put("halted", if quote.halted { 3 } else { 0 })
            .text("underlyingSymbol", underlying)
            .at("timestamp", figures.latest_at.unwrap_or(self.now()))
            .number("latestPrice", quote.last.map(Price::get).or(figures.latest))
            .number("preClose", figures.previous_close)
            .number("open", figures.open)
            .number("high", figures.high)
            .number("low", figures.low)
            .units("volume", Some(figures.volume))
            .number("amount", figures.amount);
        let tick = details.ticks.bands().first().map(|band| band.increment);
        Some(row.number("minTick", tick).into())
    }

    /// The warrants on a share of Hong Kong, by the date on which they end.
    pub(super) fn warrant_filter(&mut self, asked: Parameters<'_>) -> Answer {
        let symbol = asked.required_text("symbol")?;
        let share = self.find(&Wanted::plain(symbol, SecType::Stock));
        let market = share.as_ref().and_then(Name::of).map(|name| name.market);
        let share = share.filter(|_| market == Some(Market::Hk));
        let unknown = || Complaint::stock(format!("symbol '{symbol}' does not exist in Hong Kong"));
        let share = share.ok_or_else(unknown)?;
        let page = asked.integer("page")?.unwrap_or_default();
        let page = usize::try_from(page)
            .map_err(|_| Complaint::business("field 'page' must not be below zero"))?;
        let size = asked.bounded("page_size", 50, 300)?;
        let filter = Filter::read(asked)?;
        let mut found: Vec<(Instrument, WarrantTerms)> = self
            .exchange
            .instruments()
            .filter(|one| self.exchange.underlying_of(one) == Some(&share))
            .filter_map(|one| Some((one.clone(), self.exchange.warrant_terms(one)?.clone())))
            .filter(|(_, terms)| filter.takes(terms))
            .collect();
        found.sort_by_key(|(one, terms)| (terms.expiry, names::symbol(one)));
        let (total, pages) = (found.len(), found.len().div_ceil(size));
        let mut items: Vec<Value> = Vec::new();
        for (one, terms) in found.iter().skip(page * size).take(size) {
            items.extend(self.filter_row(one, terms));
        }
        // What bounds the figures of nothing is nothing.
        let bounds = match found.first() {
            Some((_, terms)) => json!({"issuerName": [terms.issuer]}),
            None => json!({}),
        };
        Ok(json!({
            "page": page, "totalPage": pages, "totalCount": total, "bounds": bounds, "items": items,
        }))
    }

    fn filter_row(&mut self, warrant: &Instrument, terms: &WarrantTerms) -> Option<Value> {
        let details = self.exchange.contract(warrant).ok()?;
        let quote = self.quote(warrant);
        let row = Row::default()
            .put("symbol", names::symbol(warrant))
            .put("name", details.name.clone())
            .put("type", number_of(terms.kind))
            .put("secType", names::sec_type(warrant))
            .put("market", names::market(warrant))
            .number("entitlementRatio", Some(terms.ratio))
            .number("callPrice", terms.call_price)
            .put("expireDate", terms.expiry.to_string())
            .put("lastTradingDate", terms.expiry.to_string())
            .put("state", if details.tradable { 1 } else { 2 })
            .price("latestPrice", quote.last)
            .units("volume", quote.volume)
            .units("lotSize", Some(details.quantities.step.get()))
            .put("strike", number(terms.strike));
        Some(row.into())
    }
}

/// The vendor's number for a kind.
const fn number_of(kind: WarrantKind) -> i64 {
    match kind {
        WarrantKind::Call => 1,
        WarrantKind::Put => 2,
        WarrantKind::Bull => 3,
        WarrantKind::Bear => 4,
    }
}

/// What a request wants of warrants.
#[derive(Debug)]
struct Filter {
    kinds: Vec<i64>,
    strike: (Option<Decimal>, Option<Decimal>),
}

impl Filter {
    fn read(asked: Parameters<'_>) -> Result<Self, Complaint> {
        let kinds = asked.get("warrant_type").and_then(Value::as_array);
        let kinds = kinds.into_iter().flatten().filter_map(Value::as_i64);
        let strike = match asked.get("strike") {
            Some(range) => {
                let range = Parameters::new(range);
                (range.decimal("min")?, range.decimal("max")?)
            }
            None => (None, None),
        };
        Ok(Self {
            // 0 is every kind.
            kinds: kinds.filter(|kind| *kind != 0).collect(),
            strike,
        })
    }

    fn takes(&self, terms: &WarrantTerms) -> bool {
        let (least, most) = self.strike;
        (self.kinds.is_empty() || self.kinds.contains(&number_of(terms.kind)))
            && least.is_none_or(|least| terms.strike >= least)
            && most.is_none_or(|most| terms.strike <= most)
    }
}
