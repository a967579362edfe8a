//! What is known about contracts on one connection.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use broker_core::{
    Error, ErrorKind, Result, Retry,
    model::{BrokerId, Combo, ComboLeg, Instrument, Native, Side, Symbol},
};
use ibapi::contracts::{ComboLeg as WireLeg, Contract, LegAction, SecurityType};
use rust_decimal::Decimal;

use super::{
    Listing, NATIVE,
    exchange::{CRYPTO, SMART},
    from_contract,
    memory::{Memory, Standing},
    to_contract,
};
use crate::session::link::Link;

/// Contract numbers, instruments and contracts, each found by the others.
///
/// Asks the gateway for what it does not know and remembers the answer for a day. What an instrument
/// means is only taken from answers that show all contracts of its name: one that a position has
/// under its number may not be the only one.
#[derive(Debug, Default)]
pub(crate) struct Book {
    memory: Mutex<Memory>,
}

impl Book {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What goes by an instrument's name, perhaps among others, without asking.
    pub(crate) fn known(&self, instrument: &Instrument) -> Option<Arc<Listing>> {
        self.memory().seen(instrument)
    }

    /// What is known about a contract number, without asking.
    pub(crate) fn numbered(&self, number: i32) -> Option<Arc<Listing>> {
        self.memory().numbered(number)
    }

    /// The listing of an instrument.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) when the gateway does not know it,
    /// [`Ambiguous`](ErrorKind::Ambiguous) with the contract numbers when several fit, and what
    /// asking can fail with.
    pub(crate) async fn listing(
        &self,
        link: &Link,
        instrument: &Instrument,
    ) -> Result<Arc<Listing>> {
        let known = self.memory().meant(instrument, link.now());
        match known {
            Some((listing, true)) => Ok(listing),
            // An order that closes a position must not fail because nothing new is told about its
            // instrument at this moment.
            Some((listing, false)) => match self.ask(link, instrument).await {
                Err(error) if matches!(error.retry(), Retry::Safe { .. }) => {
                    tracing::warn!(%instrument, %error, "what is known of it is more than a day old");
                    self.memory().keep(instrument, link.now());
                    Ok(listing)
                }
                asked => asked,
            },
            None => self.ask(link, instrument).await,
        }
    }

    async fn ask(&self, link: &Link, instrument: &Instrument) -> Result<Arc<Listing>> {
        if let Instrument::Combo(combo) = instrument {
            return self.combo(link, instrument, combo).await;
        }
        let today = link.now().date_naive();
        let mut nearest = Vec::new();
        for contract in questions(instrument, today)? {
            let found = self.look_up(link, &contract).await?;
            let by_number = contract.contract_id > 0;
            let mut fit: Vec<_> = found
                .iter()
                .filter(|listing| by_number || listing.instrument == *instrument)
                .collect();
            if fit.len() > 1 {
                // Two contracts of one product and one date: the one named after the product.
                prefer_root(&mut fit, instrument);
            }
            match fit[..] {
                [only] => {
                    let only = Arc::clone(only);
                    self.choose(link, instrument, &only);
                    return Ok(only);
                }
                [] => nearest.extend(found.iter().map(|listing| listing.instrument.clone())),
                _ => return Err(ambiguous(instrument, &fit)),
            }
        }
        // What only its number finds is meant if nothing else was ever seen to go by its name.
        let seen = self.memory().only_seen(instrument);
        if let Some(seen) = seen {
            let question = by_number(seen.contract.contract_id);
            let found = self.look_up(link, &question).await?;
            if let Some(only) = found.first().filter(|only| only.instrument == *instrument) {
                self.choose(link, instrument, only);
                return Ok(Arc::clone(only));
            }
        }
        nearest.dedup();
        let message = format!("Interactive Brokers does not know {instrument}");
        Err(Error::new(ErrorKind::NotFound, message)
            .at_field("instrument")
            .with_candidates(nearest))
    }

    /// The instrument of one of the gateway's contracts, which may say little more than its number.
    ///
    /// # Errors
    /// As [`from_contract`], and what asking can fail with.
    pub(crate) async fn instrument(&self, link: &Link, contract: &Contract) -> Result<Instrument> {
        if contract.is_bag() {
            return self.combo_instrument(link, contract).await;
        }
        if contract.contract_id <= 0 {
            return from_contract(contract);
        }
        if let Some(known) = self.numbered(contract.contract_id) {
            return Ok(known.instrument.clone());
        }
        // By number alone: the rest of what a position or an execution says may contradict the
        // details, such as an exchange that the contract merely happened to trade on.
        let question = by_number(contract.contract_id);
        match self.look_up(link, &question).await?.first() {
            Some(listing) => Ok(listing.instrument.clone()),
            // Expired contracts have no details any more; what is there has to be enough.
            None => from_contract(contract),
        }
    }

    /// Every listing that fits a contract with gaps; none when the gateway knows none.
    ///
    /// # Errors
    /// What asking can fail with.
    pub(crate) async fn look_up(
        &self,
        link: &Link,
        contract: &Contract,
    ) -> Result<Vec<Arc<Listing>>> {
        let question = contract.clone();
        let answer = link.ask("contract_details", move |client| async move {
            client.contract_details(&question).await
        });
        let details = match answer.await {
            Ok(details) => details,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut listings: Vec<Arc<Listing>> = Vec::with_capacity(details.len());
        for details in details {
            let number = details.contract.contract_id;
            // Without an exchange in the question there is one answer per exchange.
            if listings
                .iter()
                .any(|known| known.contract.contract_id == number)
            {
                continue;
            }
            listings.push(Arc::new(Listing::of_details(details)?));
        }
        let standing = if shows_all(contract) {
            Standing::Found
        } else {
            Standing::Seen
        };
        let (mut memory, now) = (self.memory(), link.now());
        for listing in &listings {
            memory.remember(listing.instrument.clone(), listing, standing, now);
        }
        drop(memory);
        Ok(listings)
    }

    fn choose(&self, link: &Link, instrument: &Instrument, listing: &Arc<Listing>) {
        let (name, now) = (instrument.clone(), link.now());
        self.memory().remember(name, listing, Standing::Chosen, now);
    }

    /// A combination, whose legs are named by contract number.
    async fn combo(
        &self,
        link: &Link,
        instrument: &Instrument,
        combo: &Combo,
    ) -> Result<Arc<Listing>> {
        let mut legs = Vec::with_capacity(combo.legs().len());
        for leg in combo.legs() {
            legs.push(Box::pin(self.listing(link, &leg.instrument)).await?);
        }
        let Some(first) = legs.first() else {
            return Err(Error::invalid("instrument", "a combination without legs"));
        };
        let same = |other: &Arc<Listing>| {
            other.magnifier() == first.magnifier()
                && other.contract.currency == first.contract.currency
        };
        if !legs.iter().all(same) {
            let message = "the legs of a combination have to be priced in one currency";
            return Err(Error::unsupported(message).at_field("instrument"));
        }
        let routed = |listing: &Arc<Listing>| listing.contract.exchange == first.contract.exchange;
        let exchange = if legs.iter().all(routed) {
            first.contract.exchange.as_str()
        } else {
            SMART
        };
        let mut symbols: Vec<&str> = Vec::new();
        let mut wire = Vec::with_capacity(legs.len());
        for (leg, listing) in combo.legs().iter().zip(&legs) {
            let symbol = listing.contract.symbol.as_str();
            if !symbols.contains(&symbol) {
                symbols.push(symbol);
            }
            wire.push(WireLeg {
                contract_id: listing.contract.contract_id,
                ratio: i32::try_from(leg.ratio)
                    .map_err(|_| Error::invalid("instrument", "a leg ratio is too large"))?,
                action: if leg.side.is_sell() {
                    LegAction::Sell
                } else {
                    LegAction::Buy
                },
                exchange: exchange.to_owned(),
                ..WireLeg::default()
            });
        }
        let contract = Contract {
            symbol: symbols.join(",").into(),
            security_type: SecurityType::Spread,
            currency: first.contract.currency.clone(),
            exchange: exchange.into(),
            combo_legs: wire,
            ..Contract::default()
        };
        let listing = Arc::new(Listing::of_combo(instrument.clone(), contract, first));
        self.choose(link, instrument, &listing);
        Ok(listing)
    }

    async fn combo_instrument(&self, link: &Link, contract: &Contract) -> Result<Instrument> {
        let mut legs = Vec::with_capacity(contract.combo_legs.len());
        for leg in &contract.combo_legs {
            let known = by_number(leg.contract_id);
            let instrument = Box::pin(self.instrument(link, &known)).await?;
            legs.push(ComboLeg {
                instrument,
                side: match leg.action {
                    LegAction::Buy => Side::Buy,
                    LegAction::Sell => Side::Sell,
                    LegAction::SellShort => Side::SellShort,
                },
                ratio: u32::try_from(leg.ratio).map_err(|_| {
                    let message = format!("a leg ratio of {}", leg.ratio);
                    Error::new(ErrorKind::Protocol, message)
                })?,
            });
        }
        Ok(Instrument::Combo(Combo::new(legs)?))
    }
}

/// Whether the answers are all contracts of each of their names: the question leaves nothing out
/// that the names do not say.
fn shows_all(question: &Contract) -> bool {
    question.contract_id == 0
        && question.local_symbol.is_empty()
        && question.trading_class.is_empty()
        && question.security_id.is_empty()
        && question.primary_exchange.as_str().is_empty()
        && question.multiplier.is_empty()
}

fn by_number(number: i32) -> Contract {
    Contract {
        contract_id: number,
        security_type: SecurityType::Other(String::new()),
        exchange: "".into(),
        currency: "".into(),
        ..Contract::default()
    }
}

/// The contracts to ask for, the likeliest first; the next one is asked for when nothing fits.
fn questions(instrument: &Instrument, today: chrono::NaiveDate) -> Result<Vec<Contract>> {
    let first = to_contract(instrument)?;
    let mut all = vec![first.clone()];
    match instrument {
        Instrument::Option(option) => {
            // Its own symbol finds what its fields do not: an adjusted root, and an index option
            // that stops trading the day before the date in its symbol.
            let mut by_symbol = first.clone();
            by_symbol.symbol = "".into();
            by_symbol.trading_class.clear();
            by_symbol.last_trade_date_or_contract_month.clear();
            by_symbol.strike = 0.0;
            by_symbol.right = None;
            by_symbol.local_symbol = option.symbol.to_string();
            all.push(by_symbol);
            all.extend(in_minor_units(&first));
        }
        Instrument::FutureOption(_) => all.extend(in_minor_units(&first)),
        Instrument::Crypto(_) => all.extend(CRYPTO.iter().skip(1).map(|exchange| {
            let mut other = first.clone();
            other.exchange = (*exchange).into();
            other
        })),
        Instrument::Warrant(_) => {
            let mut other = first;
            other.security_type = SecurityType::Other("IOPT".to_owned());
            all.push(other);
        }
        _ => {}
    }
    if matches!(
        instrument,
        Instrument::Future(_) | Instrument::FutureOption(_)
    ) && instrument.expiry().is_some_and(|expiry| expiry < today)
    {
        for contract in &mut all {
            contract.include_expired = true;
        }
    }
    Ok(all)
}

/// The option with its strike in pence, cents or agorot, for exchanges that quote in them.
fn in_minor_units(contract: &Contract) -> Option<Contract> {
    const MINOR: [&str; 3] = ["GBP", "ILS", "ZAR"];
    if !MINOR.contains(&contract.currency.as_str()) {
        return None;
    }
    let strike = crate::convert::decimal(contract.strike).ok()?;
    let mut other = contract.clone();
    other.strike = crate::convert::to_wire(strike.checked_mul(Decimal::ONE_HUNDRED)?).ok()?;
    Some(other)
}

fn prefer_root(fit: &mut Vec<&Arc<Listing>>, instrument: &Instrument) {
    let root = match instrument {
        Instrument::Option(option) => option.symbol.root(),
        Instrument::Future(future) => future.root.as_str(),
        Instrument::FutureOption(option) => option.root.as_str(),
        _ => return,
    };
    let named = |listing: &&Arc<Listing>| listing.contract.trading_class == root;
    if fit.iter().any(named) {
        fit.retain(|listing| named(listing));
    }
}

fn ambiguous(instrument: &Instrument, fit: &[&Arc<Listing>]) -> Error {
    let candidates = fit.iter().filter_map(|listing| {
        let id = Symbol::new(listing.contract.contract_id.to_string()).ok()?;
        let broker = BrokerId::new(NATIVE).ok()?;
        Some(Instrument::Native(Native { broker, id }))
    });
    let message = format!("Interactive Brokers has several contracts for {instrument}");
    Error::new(ErrorKind::Ambiguous, message)
        .at_field("instrument")
        .with_candidates(candidates.collect())
}
