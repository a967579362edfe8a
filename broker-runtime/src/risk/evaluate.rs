//! The limits, one after the other. Nothing here asks anybody anything.

use core::fmt::Display;
use std::collections::HashMap;

use broker_core::{
    Decimal,
    model::{
        ClientOrderId, Currency, Instrument, ListRole, NewOrder, OrderAmount, Price, Quote,
        SessionKind, Side,
    },
};
use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

use super::{
    PriceCollar, TradingHours, WhenUnknown,
    book::{Book, Claim, Knowledge, Working, parts},
    exposure::Exposure,
    limits::Limits,
    refusal::{RiskBreach, RiskScope, Rule},
};

/// What was asked of the broker before the limits are looked at.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    pub(super) now: DateTime<Utc>,
    /// With the moment when each was fetched.
    pub(super) quotes: &'a HashMap<Instrument, (Quote, Instant)>,
    pub(super) multipliers: &'a HashMap<Instrument, Decimal>,
    /// The session that each instrument is in; absent when it is closed or not known.
    pub(super) sessions: &'a HashMap<Instrument, Option<SessionKind>>,
    /// Profit or loss of the day, in the limits' currency, of the accounts that the limits are about.
    pub(super) daily: Option<Decimal>,
    /// Orders and changes in the last second.
    pub(super) recent: u32,
}

/// One order that wants to pass.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) id: ClientOrderId,
    pub(super) working: Working,
    /// Whether it changes an order that works already.
    pub(super) change: bool,
}

impl Candidate {
    pub(super) fn claim(&self) -> Claim {
        Claim {
            working: self.working.clone(),
            change: self.change,
        }
    }

    fn terms(&self) -> &NewOrder {
        &self.working.terms
    }
}

/// One set of limits over the accounts that it is about.
pub(super) struct Check<'a> {
    pub(super) limits: &'a Limits,
    pub(super) scope: RiskScope,
    pub(super) facts: &'a Facts<'a>,
    /// Every account that the limits are about, that one included.
    pub(super) books: &'a [&'a Book],
    /// Units of the limits' currency per unit of another.
    pub(super) rates: &'a HashMap<Currency, Decimal>,
}

type Verdict = Result<(), RiskBreach>;

impl Check<'_> {
    fn breach(&self, rule: Rule, limit: impl Display, value: impl Display) -> RiskBreach {
        RiskBreach {
            rule,
            scope: self.scope.clone(),
            limit: limit.to_string(),
            value: value.to_string(),
        }
    }

    fn over(&self, rule: Rule, limit: Option<Decimal>, value: Decimal) -> Verdict {
        match limit {
            Some(limit) if value > limit => {
                Err(self.breach(rule, limit.normalize(), value.normalize()))
            }
            _ => Ok(()),
        }
    }

    /// What a limit needs is not known.
    pub(super) fn unknown(&self, what: impl Display) -> Verdict {
        match self.limits.when_unknown {
            WhenUnknown::Allow => Ok(()),
            WhenUnknown::Refuse => Err(self.breach(Rule::Unknown, "refuse", what)),
        }
    }

    /// The price collar, which holds for orders that lessen a position, too.
    pub(super) fn collars(&self, candidates: &[Candidate]) -> Verdict {
        for candidate in candidates {
            let terms = candidate.terms();
            if let (Some(collar), Some(price)) =
                (self.limits.price_collar, terms.order_type.limit_price())
                && let Some(middle) = self.fresh_middle(&terms.instrument)
            {
                self.collar(collar, price.get(), middle, terms.side)?;
            }
        }
        Ok(())
    }

    /// Limits that hold for new exposure only.
    pub(super) fn new_exposure(&self, candidates: &[Candidate]) -> Verdict {
        let limits = self.limits;
        self.pace(candidates.len())?;
        for candidate in candidates {
            self.size(candidate.terms())?;
        }
        self.daily_loss()?;
        if limits.needs_book() {
            self.book(candidates)?;
        }
        Ok(())
    }

    /// Whether so many more orders may be sent in this second.
    pub(super) fn pace(&self, more: usize) -> Verdict {
        let value = self.facts.recent.saturating_add(count(more));
        match self.limits.max_orders_per_second {
            Some(limit) if value > limit => Err(self.breach(Rule::OrdersPerSecond, limit, value)),
            _ => Ok(()),
        }
    }

    /// Whether anything may be sent at all.
    pub(super) fn may_send(&self) -> Verdict {
        if self.limits.read_only {
            return Err(self.breach(Rule::ReadOnly, true, "a command"));
        }
        Ok(())
    }

    /// Whether an instrument may be traded at all.
    pub(super) fn listed(&self, instrument: &Instrument) -> Verdict {
        if let Some(symbol) = self.limits.symbols.refuses(instrument) {
            return Err(self.breach(Rule::Symbol, "not allowed", symbol));
        }
        let class = instrument.asset_class();
        if let Some(classes) = &self.limits.asset_classes
            && !classes.contains(&class)
        {
            let allowed: Vec<_> = classes.iter().map(|class| class.as_str()).collect();
            return Err(self.breach(Rule::AssetClass, allowed.join(", "), class));
        }
        Ok(())
    }

    /// Whether an instrument may be traded now.
    pub(super) fn open(&self, instrument: &Instrument) -> Verdict {
        match self.limits.trading_hours {
            Some(hours) => self.hours(hours, instrument),
            None => Ok(()),
        }
    }

    fn hours(&self, hours: TradingHours, instrument: &Instrument) -> Verdict {
        let Some(session) = self.facts.sessions.get(instrument) else {
            return self.unknown(format!("the trading hours of {instrument}"));
        };
        match (hours, session) {
            (TradingHours::AnySession, Some(_))
            | (TradingHours::Regular, Some(SessionKind::Regular)) => Ok(()),
            (_, other) => {
                let limit = match hours {
                    TradingHours::Regular => "the regular session",
                    TradingHours::AnySession => "a session",
                };
                let value = other.map_or("closed", SessionKind::as_str);
                Err(self.breach(Rule::TradingHours, limit, value))
            }
        }
    }

    fn size(&self, terms: &NewOrder) -> Verdict {
        let limits = self.limits;
        if let OrderAmount::Quantity(quantity) = terms.amount {
            self.over(
                Rule::OrderQuantity,
                limits.max_order_quantity,
                quantity.get(),
            )?;
        }
        if limits.price_collar.is_some() && self.fresh_middle(&terms.instrument).is_none() {
            self.stale(&terms.instrument)?;
        }
        let Some(limit) = limits.max_order_notional else {
            return Ok(());
        };
        match self.notional(terms) {
            Ok(value) => self.over(Rule::OrderNotional, Some(limit), value),
            Err(what) => self.unknown(what),
        }
    }

    /// What an order is worth, or what is missing to say.
    fn notional(&self, terms: &NewOrder) -> Result<Decimal, String> {
        match terms.amount {
            OrderAmount::Cash(money) => Ok(money
                .amount
                .saturating_mul(self.rate(Some(money.currency))?)),
            OrderAmount::Quantity(quantity) => {
                let mut value = Decimal::ZERO;
                for (instrument, units) in parts(terms, quantity.get()) {
                    // The limit of a combination is a net price and says nothing of its legs.
                    let limit = (*instrument == terms.instrument)
                        .then(|| terms.order_type.limit_price())
                        .flatten();
                    let limit = limit.map(Price::get);
                    let part = units
                        .abs()
                        .saturating_mul(self.unit_value(instrument, limit)?);
                    value = value.saturating_add(part);
                }
                Ok(value)
            }
            _ => Err("an amount of an unknown form".to_owned()),
        }
    }

    /// What a unit is worth in the limits' currency, the dearer of limit and market.
    fn unit_value(
        &self,
        instrument: &Instrument,
        limit: Option<Decimal>,
    ) -> Result<Decimal, String> {
        let market = self.fresh_middle(instrument);
        let held = || {
            let mut held = self
                .books
                .iter()
                .filter_map(|book| book.positions.get(instrument));
            held.find_map(|held| held.price)
        };
        let price = match (limit, market) {
            (Some(limit), Some(market)) => limit.abs().max(market.abs()),
            (Some(price), None) | (None, Some(price)) => price.abs(),
            (None, None) => held()
                .ok_or_else(|| format!("a price of {instrument}"))?
                .abs(),
        };
        let multiplier = self.facts.multipliers.get(instrument);
        let multiplier = multiplier.ok_or_else(|| format!("the multiplier of {instrument}"))?;
        Ok(price
            .saturating_mul(*multiplier)
            .saturating_mul(self.rate(instrument.currency())?))
    }

    fn rate(&self, currency: Option<Currency>) -> Result<Decimal, String> {
        let unknown = || "the currency of an instrument".to_owned();
        let currency = currency.ok_or_else(unknown)?;
        if currency == self.limits.currency {
            return Ok(Decimal::ONE);
        }
        let rate = self.rates.get(&currency).copied();
        rate.ok_or_else(|| format!("{} per {currency}", self.limits.currency))
    }

    /// The middle of a quote that is neither old, nor delayed, nor halted.
    fn fresh_middle(&self, instrument: &Instrument) -> Option<Decimal> {
        if let Instrument::Combo(combo) = instrument {
            let legs = combo.legs().iter().map(|leg| {
                let sign = Decimal::from(leg.side.sign()) * Decimal::from(leg.ratio);
                Some(sign.saturating_mul(self.fresh_middle(&leg.instrument)?))
            });
            return legs.reduce(|a, b| Some(a?.saturating_add(b?))).flatten();
        }
        let (quote, _) = self.facts.quotes.get(instrument)?;
        let longest = TimeDelta::from_std(self.limits.max_quote_age()).ok()?;
        let fresh = quote.held_since(self.facts.now - longest)?;
        (!fresh.delayed).then(|| fresh.mid()).flatten()
    }

    fn stale(&self, instrument: &Instrument) -> Verdict {
        if self.limits.when_unknown == WhenUnknown::Allow {
            return Ok(());
        }
        let limit = self.limits.max_quote_age_seconds;
        let value = match self.facts.quotes.get(instrument).map(|(quote, _)| quote) {
            None => "no quote".to_owned(),
            Some(quote) if quote.delayed => "delayed".to_owned(),
            Some(quote) if quote.mid().is_none() => "a quote without prices".to_owned(),
            Some(quote) => {
                let both = quote.bid.is_some() && quote.ask.is_some();
                let of = quote.last_at.filter(|_| !both).unwrap_or(quote.as_of);
                (self.facts.now - of).num_seconds().to_string()
            }
        };
        Err(self.breach(Rule::StaleQuote, limit, value))
    }

    fn collar(&self, collar: PriceCollar, price: Decimal, middle: Decimal, side: Side) -> Verdict {
        let width = middle.abs().saturating_mul(collar.percent) / Decimal::ONE_HUNDRED;
        let (lowest, highest) = (middle.saturating_sub(width), middle.saturating_add(width));
        let too_high = price > highest && (collar.both_sides || side == Side::Buy);
        let too_low = price < lowest && (collar.both_sides || side.is_sell());
        if too_high || too_low {
            let limit = format!("{} to {}", lowest.normalize(), highest.normalize());
            return Err(self.breach(Rule::PriceCollar, limit, price.normalize()));
        }
        Ok(())
    }

    pub(super) fn daily_loss(&self) -> Verdict {
        let Some(limit) = self.limits.max_daily_loss else {
            return Ok(());
        };
        match self.facts.daily {
            Some(daily) => self.over(Rule::DailyLoss, Some(limit), -daily),
            None => self.unknown("the profit or loss of the day"),
        }
    }

    fn book(&self, candidates: &[Candidate]) -> Verdict {
        if self
            .books
            .iter()
            .any(|book| book.knowledge != Knowledge::Whole)
        {
            self.unknown("positions and working orders")?;
        }
        let limits = self.limits;
        // The candidates have been claimed already, so they are among what works.
        let mut all = if limits.needs_exposure() {
            Exposure::default()
        } else if limits.needs_lines() {
            let terms = candidates.iter().map(Candidate::terms);
            let traded = terms.flat_map(|terms| parts(terms, Decimal::ONE));
            Exposure::only(traded.map(|(instrument, _)| instrument))
        } else {
            Exposure::only([])
        };
        for book in self.books {
            all.add(book, &[]);
        }
        let open = count(all.open_orders);
        if let Some(limit) = limits.max_open_orders
            && open > limit
        {
            return Err(self.breach(Rule::OpenOrders, limit, open));
        }
        if let Some(id) = &all.unknown {
            self.unknown(format!("the size of order {id}"))?;
        }
        let sized = candidates.iter().filter(|_| limits.needs_lines());
        for candidate in sized {
            let units = candidate.working.leaves.unwrap_or(Decimal::ONE);
            for (instrument, signed) in parts(candidate.terms(), units) {
                self.position(&all, instrument, signed, candidate.terms())?;
            }
        }
        if limits.needs_exposure() {
            self.exposure(&all, candidates)?;
        }
        Ok(())
    }

    fn position(
        &self,
        all: &Exposure<'_>,
        instrument: &Instrument,
        signed: Decimal,
        terms: &NewOrder,
    ) -> Verdict {
        let limits = self.limits;
        let line = all.line(instrument);
        self.over(
            Rule::PositionQuantity,
            limits.max_position_quantity,
            line.magnitude(),
        )?;
        let is_pair = matches!(instrument, Instrument::Forex(_));
        if !limits.short_selling && !is_pair && signed.is_sign_negative() {
            let short = line.shortest();
            if short < Decimal::ZERO || terms.side == Side::SellShort {
                return Err(self.breach(Rule::ShortSelling, false, short.normalize()));
            }
        }
        if let Some(limit) = limits.max_position_notional {
            let price = (*instrument == terms.instrument)
                .then(|| terms.order_type.limit_price())
                .flatten();
            match self.unit_value(instrument, price.map(Price::get)) {
                Ok(unit) => {
                    let value = line.magnitude().saturating_mul(unit);
                    self.over(Rule::PositionNotional, Some(limit), value)?;
                }
                Err(what) => self.unknown(what)?,
            }
        }
        Ok(())
    }

    fn exposure(&self, all: &Exposure<'_>, candidates: &[Candidate]) -> Verdict {
        let (mut gross, mut longest, mut shortest) = (Decimal::ZERO, Decimal::ZERO, Decimal::ZERO);
        let dearest = self.dearest_limits(candidates);
        for (instrument, line) in &all.lines {
            if line.magnitude().is_zero() {
                continue;
            }
            match self.unit_value(instrument, dearest.get(instrument).copied()) {
                Ok(unit) => {
                    let worth = |units: Decimal| units.saturating_mul(unit);
                    gross = gross.saturating_add(worth(line.magnitude()));
                    longest = longest.saturating_add(worth(line.longest()));
                    shortest = shortest.saturating_add(worth(line.shortest()));
                }
                Err(what) => self.unknown(what)?,
            }
        }
        self.over(Rule::GrossExposure, self.limits.max_gross_exposure, gross)?;
        let net = longest.abs().max(shortest.abs());
        self.over(Rule::NetExposure, self.limits.max_net_exposure, net)
    }

    /// The dearest limit at which each instrument may be traded.
    fn dearest_limits<'b>(
        &'b self,
        candidates: &'b [Candidate],
    ) -> HashMap<&'b Instrument, Decimal> {
        let working = self.books.iter().flat_map(|book| book.working());
        let terms = working.map(|(_, working)| &*working.terms);
        let mut dearest = HashMap::new();
        for terms in terms.chain(candidates.iter().map(Candidate::terms)) {
            if let Some(price) = terms.order_type.limit_price() {
                let price = price.get().abs();
                let known = dearest.entry(&terms.instrument).or_insert(price);
                *known = price.max(*known);
            }
        }
        dearest
    }
}

/// Whether orders can only lessen what their account holds: one order, or alternatives of which one
/// trades.
pub(super) fn lessen(own: &Book, candidates: &[Candidate]) -> bool {
    let alternative = |candidate: &Candidate| {
        let link = candidate.working.link.as_ref();
        link.is_some_and(|link| link.role == ListRole::Alternative)
    };
    let one_trades = candidates.len() == 1 || candidates.iter().all(alternative);
    if !one_trades || own.knowledge == Knowledge::Nothing {
        return false;
    }
    let ids: Vec<&ClientOrderId> = candidates.iter().map(|candidate| &candidate.id).collect();
    let traded = candidates.iter().map(|one| &one.terms().instrument);
    let mut without = Exposure::only(traded);
    without.add(own, &ids);
    // An order whose size nobody knows may be on the same side.
    without.unknown.is_none()
        && candidates.iter().all(|candidate| {
            let terms = candidate.terms();
            let whole = matches!(terms.amount, OrderAmount::Quantity(_))
                && !matches!(terms.instrument, Instrument::Combo(_));
            let signed = |units| units * Decimal::from(terms.side.sign());
            let line = without.line(&terms.instrument);
            let units = candidate.working.leaves;
            whole && units.is_some_and(|units| line.is_lessened_by(signed(units)))
        })
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
