//! The instruments that this connection has met.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use broker_core::{
    Error, ErrorKind, Result,
    model::{AccountId, Combo, ComboLeg, Currency, Future, Instrument, Mic, Side},
};

use super::{
    name::Name,
    rare::terms_of,
    row::{ContractRow, date},
    told::{FutureOptionTerms, Meant, Told, native},
};
use crate::{
    convert::Rows,
    instrument::exchange::exchange_word,
    transport::{Call, Data, Gateway, Method, Parameters},
};

/// An instrument with the name that requests need and what the vendor told about it.
#[derive(Debug, Clone)]
pub(crate) struct Listing {
    pub(crate) instrument: Instrument,
    pub(crate) name: Name,
    /// `None` for combinations.
    pub(crate) row: Option<ContractRow>,
}

/// Remembers instruments; asks for those that it has not met.
#[derive(Debug)]
pub(crate) struct Book {
    pub(super) gateway: Gateway,
    /// Contracts are asked for in the name of an account.
    account: AccountId,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
pub(super) struct Memory {
    listings: HashMap<Instrument, Arc<Listing>>,
    shares: HashMap<(String, Currency), Instrument>,
    futures: HashMap<String, Instrument>,
    pub(super) future_options: HashMap<FutureOptionTerms, Instrument>,
    /// Which of the two classes a warrant is of, by the vendor's words.
    pub(super) warrants: HashMap<Instrument, &'static str>,
}

/// Symbols that `contracts` takes at once.
const AT_ONCE: usize = 50;

/// The rows of an answer that is a list, an object with one in `items`, or one object.
pub(super) fn rows(data: &Data) -> Result<Vec<ContractRow>> {
    let text = data.json();
    let one = text.trim_start().starts_with('{') && !text.contains("\"items\"");
    if one {
        return Ok(vec![data.decode()?]);
    }
    let Rows { rows, unreadable } = data.rows::<ContractRow>()?;
    match unreadable.into_iter().next() {
        Some(error) => Err(error),
        None => Ok(rows),
    }
}

pub(super) fn not_found(instrument: &Instrument) -> Error {
    let message = format!("Tiger has no {instrument}");
    Error::new(ErrorKind::NotFound, message).at_field("instrument")
}

impl Book {
    pub(crate) fn new(gateway: Gateway, account: AccountId) -> Self {
        Self {
            gateway,
            account,
            memory: Mutex::default(),
        }
    }

    pub(super) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, listing: Listing) -> Arc<Listing> {
        let listing = Arc::new(listing);
        let mut memory = self.memory();
        if let Instrument::Equity(part) = &listing.instrument {
            let key = (part.symbol.to_string(), part.currency);
            memory.shares.insert(key, listing.instrument.clone());
        }
        if let Instrument::Future(_) = &listing.instrument {
            let code = listing.name.symbol.clone();
            memory.futures.insert(code, listing.instrument.clone());
        }
        if let Instrument::FutureOption(part) = &listing.instrument {
            let terms = terms_of(part);
            memory
                .future_options
                .insert(terms, listing.instrument.clone());
        }
        if let Instrument::Warrant(_) = &listing.instrument {
            let class = listing.name.sec_type;
            memory.warrants.insert(listing.instrument.clone(), class);
        }
        memory
            .listings
            .insert(listing.instrument.clone(), Arc::clone(&listing));
        listing
    }

    /// An instrument with its name, from memory or from the broker.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) when the broker does not have it,
    /// [`Unsupported`](ErrorKind::Unsupported) for classes that are not traded here, and connection
    /// errors.
    pub(crate) async fn listing(&self, instrument: &Instrument) -> Result<Arc<Listing>> {
        let known = self.memory().listings.get(instrument).cloned();
        match known {
            Some(known) => Ok(known),
            None => self.fresh_listing(instrument).await,
        }
    }

    /// The same, asking the broker in any case.
    ///
    /// # Errors
    /// As [`listing`](Self::listing).
    pub(crate) async fn fresh_listing(&self, instrument: &Instrument) -> Result<Arc<Listing>> {
        match instrument {
            Instrument::Combo(combo) => {
                let mut legs = Vec::new();
                for leg in combo.legs() {
                    let listing = Box::pin(self.listing(&leg.instrument)).await?;
                    legs.push(listing.name.clone());
                }
                let name = Name::of_combo(combo, legs);
                Ok(self.keep(Listing {
                    instrument: instrument.clone(),
                    name,
                    row: None,
                }))
            }
            Instrument::Future(part) => {
                for (found, row) in self.futures_of(part.root.as_str()).await? {
                    self.keep_future(found, row)?;
                }
                let known = self.memory().listings.get(instrument).cloned();
                known.ok_or_else(|| not_found(instrument))
            }
            Instrument::Warrant(part) => self.warrant(instrument, part).await,
            Instrument::Fund(part) => self.fund(instrument, part).await,
            Instrument::FutureOption(part) => self.listed_future_option(instrument, part).await,
            _ => {
                let name = Name::of(instrument)?;
                let found = self.look_up(&name).await?;
                let row = found.into_iter().find(|row| match instrument {
                    Instrument::Equity(part) => row.home() == part.primary,
                    _ => true,
                });
                let row = row.ok_or_else(|| not_found(instrument))?;
                Ok(self.keep_row(instrument.clone(), name, row))
            }
        }
    }

    pub(super) fn keep_row(
        &self,
        instrument: Instrument,
        mut name: Name,
        row: ContractRow,
    ) -> Arc<Listing> {
        if matches!(name.sec_type, "OPT" | "FOP" | "WAR" | "IOPT") {
            name.multiplier = row.multiplier.get().map(|one| one.normalize());
        }
        self.keep(Listing {
            instrument,
            name,
            row: Some(row),
        })
    }

    fn keep_future(&self, instrument: Instrument, row: ContractRow) -> Result<Arc<Listing>> {
        let code = row.contract_code.get().or(row.symbol.get());
        let code = code.ok_or_else(|| not_found(&instrument))?.to_owned();
        let exchange = match &instrument {
            Instrument::Future(part) => exchange_word(part.exchange).map(str::to_owned),
            _ => None,
        };
        let name = Name {
            symbol: code,
            sec_type: "FUT",
            currency: instrument.currency().map(|one| one.to_string()),
            expiry: None,
            strike: None,
            right: None,
            local_symbol: None,
            exchange,
            multiplier: row.multiplier.get().map(|one| one.normalize()),
            legs: Vec::new(),
        };
        Ok(self.keep(Listing {
            instrument,
            name,
            row: Some(row),
        }))
    }

    /// What the broker has under a name; nothing is an empty list.
    ///
    /// # Errors
    /// Connection errors.
    pub(crate) async fn look_up(&self, name: &Name) -> Result<Vec<ContractRow>> {
        let parameters = name.write(Parameters::default())?;
        let call = Call::new(Method::CONTRACT, parameters)
            .of(&self.account)
            .version("3.0");
        match self.gateway.ask(&call).await {
            Ok(data) if data.is_null() => Ok(Vec::new()),
            Ok(data) => Ok(rows(&data)?
                .into_iter()
                .filter(|row| row.symbol.get().is_some())
                .collect()),
            Err(error) if is_no_such(&error) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// The shares of these symbols.
    async fn shares(&self, symbols: &[String]) -> Result<Vec<ContractRow>> {
        let mut found = Vec::new();
        for some in symbols.chunks(AT_ONCE) {
            let parameters = Parameters::default()
                .with("symbols", some)?
                .with("sec_type", "STK")?;
            let call = Call::new(Method::CONTRACTS, parameters).of(&self.account);
            match self.gateway.ask(&call).await {
                Ok(data) => found.extend(rows(&data)?),
                Err(error) if is_no_such(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    /// The futures of a product that still trade.
    ///
    /// # Errors
    /// Connection errors; no such product is an empty list.
    pub(crate) async fn futures_of(&self, root: &str) -> Result<Vec<(Instrument, ContractRow)>> {
        let parameters = Parameters::default().with("type", root)?;
        let data = match self
            .gateway
            .ask(&Call::new(Method::FUTURE_CONTRACTS, parameters))
            .await
        {
            Ok(data) => data,
            Err(error) if is_no_such(&error) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let found = rows(&data)?.into_iter().filter_map(|row| {
            let instrument = future(&row)?;
            Some((instrument, row))
        });
        Ok(found.collect())
    }

    /// The share of a symbol.
    pub(crate) fn share_of(row: &ContractRow) -> Option<Instrument> {
        let currency = row.currency.get()?.parse().ok()?;
        Instrument::equity(row.symbol.get()?, row.home(), currency).ok()
    }

    /// Remembers a share that was found.
    pub(crate) fn keep_share(&self, row: ContractRow) -> Option<Instrument> {
        let instrument = Self::share_of(&row)?;
        let name = Name::of(&instrument).ok()?;
        self.keep_row(instrument.clone(), name, row);
        Some(instrument)
    }

    /// Remembers a future that was found.
    pub(crate) fn keep_found_future(&self, instrument: Instrument, row: ContractRow) {
        // One without a code cannot be asked for later either.
        let _kept = self.keep_future(instrument, row);
    }

    /// Learns the shares of a list in as few questions as possible.
    ///
    /// # Errors
    /// Connection errors.
    pub(crate) async fn learn(&self, told: impl Iterator<Item = &Told> + Send) -> Result<()> {
        let mut symbols: Vec<String> = {
            let memory = self.memory();
            told.filter_map(|told| match told.meant() {
                Meant::Share(symbol, currency) => {
                    let known = memory.shares.contains_key(&(symbol.clone(), currency));
                    (!known).then_some(symbol)
                }
                _ => None,
            })
            .collect()
        };
        symbols.sort();
        symbols.dedup();
        if symbols.is_empty() {
            return Ok(());
        }
        for row in self.shares(&symbols).await? {
            self.keep_share(row);
        }
        Ok(())
    }

    /// The instrument that an order, an execution or a position names.
    ///
    /// # Errors
    /// [`Protocol`](ErrorKind::Protocol) for a name that makes no sense; connection errors.
    pub(crate) async fn instrument(&self, told: &Told) -> Result<Instrument> {
        match told.meant() {
            Meant::Known(instrument) => {
                let class = told.sec_type.get();
                let class = ["WAR", "IOPT"].into_iter().find(|one| class == Some(one));
                if let (Instrument::Warrant(_), Some(class)) = (&instrument, class) {
                    self.memory().warrants.insert(instrument.clone(), class);
                }
                Ok(instrument)
            }
            Meant::Unreadable(what) => {
                let message = format!("{what} is no instrument that this library knows");
                Err(Error::new(ErrorKind::Protocol, message))
            }
            Meant::Share(symbol, currency) => {
                let key = (symbol, currency);
                let known = self.memory().shares.get(&key).cloned();
                if let Some(known) = known {
                    return Ok(known);
                }
                for row in self.shares(std::slice::from_ref(&key.0)).await? {
                    self.keep_share(row);
                }
                let known = self.memory().shares.get(&key).cloned();
                match known {
                    Some(known) => Ok(known),
                    // A share that is listed no more: its exchange is not known any more either.
                    None => Ok(Instrument::equity(&key.0, Mic::XXXX, key.1)?),
                }
            }
            Meant::Future(code) => {
                let known = self.memory().futures.get(&code).cloned();
                match known {
                    Some(known) => Ok(known),
                    None => self.future_by_code(&code).await,
                }
            }
            Meant::FutureOption(terms) => {
                let known = self.memory().future_options.get(&terms).cloned();
                match known {
                    Some(known) => Ok(known),
                    None => self.future_option(&terms).await,
                }
            }
            Meant::Combo => {
                let mut legs = Vec::new();
                for leg in told.legs.iter().flatten() {
                    let instrument = Box::pin(self.instrument(&leg.told(told))).await?;
                    let side = match leg.action.get() {
                        Some("SELL") => Side::Sell,
                        _ => Side::Buy,
                    };
                    let ratio = leg.ratio.get().unwrap_or(1);
                    let ratio = u32::try_from(ratio).unwrap_or(1);
                    legs.push(ComboLeg {
                        instrument,
                        side,
                        ratio,
                    });
                }
                Ok(Instrument::Combo(Combo::new(legs)?))
            }
        }
    }

    async fn future_by_code(&self, code: &str) -> Result<Instrument> {
        let parameters = Parameters::default().with("contract_code", code)?;
        let call = Call::new(Method::FUTURE_CONTRACT_BY_CONTRACT_CODE, parameters);
        let told = match self.gateway.ask(&call).await {
            Ok(data) if data.is_null() => None,
            Ok(data) => {
                let row: ContractRow = data.decode()?;
                future(&row).map(|instrument| (instrument, row))
            }
            Err(error) if is_no_such(&error) => None,
            Err(error) => return Err(error),
        };
        let Some((instrument, row)) = told else {
            // Most likely it has expired: an old order for it is still an order.
            return native("FUT", code).ok_or_else(|| {
                let message = format!("Tiger does not know the future {code}");
                Error::new(ErrorKind::Protocol, message)
            });
        };
        self.keep_future(instrument.clone(), row)?;
        Ok(instrument)
    }
}

/// The future of a row; `None` for continuous ones, which are not traded.
fn future(row: &ContractRow) -> Option<Instrument> {
    if row.continuous.get() == Some(true) {
        return None;
    }
    let code = row.contract_code.get().or(row.symbol.get())?;
    let root = match row.r#type.get() {
        Some(root) => root.to_owned(),
        None => code
            .trim_end_matches(|c: char| c.is_ascii_digit())
            .to_owned(),
    };
    Some(Instrument::Future(Future {
        root: root.parse().ok()?,
        exchange: row.home(),
        expiry: date(row.last_trading_date.get().or(row.expiry.get())?)?,
        currency: row.currency.get()?.parse().ok()?,
    }))
}

/// Whether a refusal of a question about instruments says that there is none.
pub(super) fn is_no_such(error: &Error) -> bool {
    matches!(error.broker_code(), Some("2000" | "2100" | "2200" | "2300"))
        || error.kind() == ErrorKind::NotFound
}
