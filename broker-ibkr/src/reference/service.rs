use core::fmt;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use broker_core::{
    Error, ErrorKind, Reference, Result,
    model::{
        ChainQuery, Combo, ContractDetails, Currency, Instrument, InstrumentMatch, InstrumentQuery,
        OptionChain, OptionComputation, OptionGiven, OptionQuery, Quantity, QuantityRule,
        TickTable, TradingSchedule,
    },
};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use futures_util::{StreamExt as _, stream};
use ibapi::contracts::{Contract, MarketRule};
use rust_decimal::{Decimal, dec};

use super::{
    details,
    meaning::{Candidate, meant},
    query::{Question, questions},
};
use crate::{
    convert,
    instrument::{Book, Listing, mic},
    market_data::greeks,
    session::link::Link,
};

/// Questions about found instruments that are open at a time.
const AT_ONCE: usize = 8;

/// A rule and when it was told.
type DatedRule = (Arc<MarketRule>, DateTime<Utc>);

/// The reference service of one connection.
pub(crate) struct Instruments {
    pub(super) link: Arc<Link>,
    pub(super) book: Arc<Book>,
    /// Price increments by the number of their rule.
    rules: Mutex<HashMap<i32, DatedRule>>,
}

impl Instruments {
    pub(crate) fn new(link: Arc<Link>, book: Arc<Book>) -> Self {
        Self {
            link,
            book,
            rules: Mutex::default(),
        }
    }

    async fn rule(&self, number: i32) -> Result<Arc<MarketRule>> {
        let now = self.link.now();
        let known = {
            let rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
            rules.get(&number).cloned()
        };
        // Increments change overnight.
        if let Some((known, at)) = known
            && (TimeDelta::zero()..TimeDelta::days(1)).contains(&(now - at))
        {
            return Ok(known);
        }
        let asking = self.link.ask("contract", move |client| async move {
            client.market_rule(number).await
        });
        let rule = Arc::new(asking.await?);
        let mut rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        rules.insert(number, (Arc::clone(&rule), now));
        Ok(rule)
    }

    async fn details(&self, listing: &Listing) -> Result<ContractDetails> {
        let Some(wire) = listing.details.as_deref() else {
            return match &listing.instrument {
                Instrument::Combo(combo) => self.combo(listing, combo).await,
                other => {
                    let message = format!("{other} has no details");
                    Err(Error::new(ErrorKind::Internal, message))
                }
            };
        };
        let rule = match details::market_rule(wire) {
            Some(number) => Some(self.rule(number).await?),
            None => None,
        };
        let underlying = if wire.under_contract_id > 0 {
            let contract = Contract {
                contract_id: wire.under_contract_id,
                ..Contract::default()
            };
            Some(self.book.instrument(&self.link, &contract).await?)
        } else {
            None
        };
        let now = self.link.desk().clock().now();
        details::contract(listing, wire, rule.as_deref(), underlying, now)
    }

    /// A combination is traded like its legs: it expires with the first of them and has the
    /// smallest increment of combinations, a cent.
    async fn combo(&self, listing: &Listing, combo: &Combo) -> Result<ContractDetails> {
        let mut legs = Vec::with_capacity(combo.legs().len());
        for leg in combo.legs() {
            let listing = self.book.listing(&self.link, &leg.instrument).await?;
            legs.push(Box::pin(self.details(&listing)).await?);
        }
        let Some(first) = legs.first() else {
            return Err(Error::invalid("instrument", "a combination without legs"));
        };
        let one = Quantity::try_from(1)?;
        let mut details = ContractDetails::new(
            listing.instrument.clone(),
            listing.instrument.to_string(),
            currency(listing)?,
            TickTable::uniform(dec!(0.01))?,
            QuantityRule::steps(one, first.quantities.maximum),
        );
        details.multiplier = legs
            .iter()
            .map(|leg| leg.multiplier)
            .max()
            .unwrap_or(Decimal::ONE);
        details.exchanges.clone_from(&first.exchanges);
        details.time_zone.clone_from(&first.time_zone);
        details.tradable = legs.iter().all(|leg| leg.tradable);
        details.shortable = true;
        details.underlying.clone_from(&first.underlying);
        details.expires_at = legs.iter().filter_map(|leg| leg.expires_at).min();
        Ok(details)
    }

    async fn answers(&self, question: Question) -> Result<Vec<Instrument>> {
        match question {
            Question::Exactly(instrument) => {
                match self.book.listing(&self.link, &instrument).await {
                    Ok(listing) => Ok(vec![listing.instrument.clone()]),
                    Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
                    Err(error) if error.kind() == ErrorKind::Ambiguous => {
                        Ok(error.candidates().to_vec())
                    }
                    Err(error) => Err(error),
                }
            }
            Question::Like(contract) => {
                let found = self.book.look_up(&self.link, &contract).await?;
                // The gateway takes the primary exchange for a hint.
                let home = mic(contract.primary_exchange.as_str());
                let fits = |instrument: &Instrument| match instrument {
                    Instrument::Equity(share) => home.is_none_or(|home| share.primary == home),
                    _ => true,
                };
                let found = found.iter().map(|listing| listing.instrument.clone());
                Ok(found.filter(fits).collect())
            }
        }
    }
}

fn currency(listing: &Listing) -> Result<Currency> {
    match listing.instrument.currency() {
        Some(currency) => Ok(currency),
        None => Ok(listing.contract.currency.as_str().parse()?),
    }
}

impl fmt::Debug for Instruments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instruments").finish_non_exhaustive()
    }
}

#[async_trait]
impl Reference for Instruments {
    async fn search(&self, text: &str, limit: u32) -> Result<Vec<InstrumentMatch>> {
        let pattern = text.trim().to_owned();
        if pattern.is_empty() {
            return Ok(Vec::new());
        }
        let asking = self.link.ask("search", move |client| async move {
            client.matching_symbols(&pattern).await
        });
        let found = match asking.await {
            Ok(found) => found,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let asked = found.into_iter().take(most).map(|one| async move {
            let instrument = self.book.instrument(&self.link, &one.contract).await?;
            let known = self.book.numbered(one.contract.contract_id);
            let long = known.as_ref().and_then(|listing| listing.details.as_ref());
            let name = match long {
                Some(details) if one.contract.description.is_empty() => details.long_name.clone(),
                _ => one.contract.description,
            };
            Ok(InstrumentMatch { instrument, name })
        });
        let asked: Vec<_> = asked.collect();
        let answers: Vec<Result<_>> = stream::iter(asked).buffered(AT_ONCE).collect().await;
        answers.into_iter().collect()
    }

    async fn resolve(&self, query: &InstrumentQuery) -> Result<Vec<Instrument>> {
        let mut found: Vec<Instrument> = Vec::new();
        for question in questions(query) {
            for instrument in self.answers(question).await? {
                let fits = query
                    .currency
                    .is_none_or(|own| instrument.currency() == Some(own))
                    && query
                        .asset_class
                        .is_none_or(|own| instrument.asset_class() == own)
                    && !found.contains(&instrument);
                if fits {
                    found.push(instrument);
                }
            }
        }
        let found = found.into_iter().map(|instrument| {
            let known = self.book.known(&instrument);
            let under = known.as_ref().and_then(|listing| listing.details.as_ref());
            Candidate {
                number: known.as_ref().map_or(0, |known| known.contract.contract_id),
                underlying: under.map_or(0, |details| details.under_contract_id),
                instrument,
            }
        });
        Ok(meant(query, found.collect()))
    }

    async fn contract(&self, instrument: &Instrument) -> Result<ContractDetails> {
        let listing = self.book.listing(&self.link, instrument).await?;
        let mut details = self.details(&listing).await?;
        // Asked for by number, it is still what was asked for.
        let found = core::mem::replace(&mut details.instrument, instrument.clone());
        let in_words = !matches!(found, Instrument::Native(_));
        details.stands_for = Some(found).filter(|found| in_words && found != instrument);
        Ok(details)
    }

    async fn option_expirations(&self, underlying: &Instrument) -> Result<Vec<NaiveDate>> {
        let listing = self.book.listing(&self.link, underlying).await?;
        let dates = self.expirations(&listing).await?;
        if dates.is_empty() {
            let message = format!("there are no options on {underlying}");
            return Err(Error::new(ErrorKind::NotFound, message).at_field("underlying"));
        }
        Ok(dates)
    }

    async fn option_chain(&self, query: &ChainQuery) -> Result<OptionChain> {
        self.chain(query).await
    }

    async fn compute_option(&self, query: &OptionQuery) -> Result<OptionComputation> {
        let listing = self.book.listing(&self.link, &query.instrument).await?;
        let contract = listing.contract.clone();
        let underlying = listing.price_to_wire(query.underlying_price)?;
        let given = match query.given {
            OptionGiven::Price(price) => (true, listing.price_to_wire(price)?),
            OptionGiven::Volatility(volatility) => (false, convert::to_wire(volatility)?),
        };
        let asking = self.link.ask("compute_option", move |client| async move {
            match given {
                (true, price) => {
                    client
                        .calculate_implied_volatility(&contract, price, underlying)
                        .await
                }
                (false, volatility) => {
                    client
                        .calculate_option_price(&contract, volatility, underlying)
                        .await
                }
            }
        });
        let computed = asking.await?;
        let told = computed.option_price.and_then(|price| listing.price(price));
        let price = match query.given {
            OptionGiven::Price(price) => Some(price),
            OptionGiven::Volatility(_) => told,
        };
        let mut computed = computed;
        if let OptionGiven::Volatility(volatility) = query.given {
            // The gateway need not repeat what it was given.
            computed.implied_volatility = computed
                .implied_volatility
                .or(Some(convert::to_wire(volatility)?));
        }
        match (price, greeks(&computed)) {
            (Some(price), Some(greeks)) => Ok(OptionComputation { price, greeks }),
            (Some(_), None) if computed.implied_volatility.is_some() => {
                let message = "the gateway has not computed every sensitivity";
                Err(Error::new(ErrorKind::Incomplete, message))
            }
            _ => Err(Error::invalid("given", "no volatility gives this price")),
        }
    }

    async fn schedule(
        &self,
        instrument: &Instrument,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<TradingSchedule> {
        let listing = self.book.listing(&self.link, instrument).await?;
        self.sessions(&listing, from, to).await
    }
}
