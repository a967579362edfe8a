//! Instruments that few brokers trade: options on futures, warrants and callable contracts, funds.

use std::sync::Arc;

use broker_core::{
    Error, ErrorKind, Result,
    model::{Fund, FutureOption, Instrument, Mic, Right, Warrant},
};

use super::{
    book::{Book, Listing, is_no_such, not_found, rows},
    name::{Name, fund_symbol, right_word, strike_text},
    told::{FutureOptionTerms, native, right_of},
};
use crate::transport::{Call, Method, Parameters};

impl Book {
    /// An option on a future of an exchange.
    pub(super) async fn listed_future_option(
        &self,
        instrument: &Instrument,
        part: &FutureOption,
    ) -> Result<Arc<Listing>> {
        let name = Name::of(instrument)?;
        let right = name.right.unwrap_or_default();
        let mut found = self.look_up(&name).await?.into_iter();
        let row = found.find(|row| {
            let home = row.home();
            (home == part.exchange || home == Mic::XXXX)
                && row.has_terms(part.expiry, part.strike, right)
        });
        let row = row.ok_or_else(|| not_found(instrument))?;
        Ok(self.keep_row(instrument.clone(), name, row))
    }

    /// A warrant or a callable contract. Which of the two it is, the vendor has to say: by the code alone
    /// it is a guess, which only decides what is asked first.
    pub(super) async fn warrant(
        &self,
        instrument: &Instrument,
        part: &Warrant,
    ) -> Result<Arc<Listing>> {
        let known = self.memory().warrants.get(instrument).copied();
        let callable = matches!(part.symbol.as_str().as_bytes().first(), Some(b'5' | b'6'));
        let first = known.unwrap_or(if callable { "IOPT" } else { "WAR" });
        let second = if first == "IOPT" { "WAR" } else { "IOPT" };
        for class in [first, second] {
            let mut name = Name::of_warrant(part, class);
            let found = self.look_up(&name).await?;
            let row = found.into_iter().find(|row| {
                let other = row.sec_type.get().is_some_and(|own| own != class);
                let home = row.home();
                !other && (home == part.exchange || home == Mic::XXXX)
            });
            if let Some(row) = row {
                name.expiry = row.expiry.get().map(|text| text.replace('-', ""));
                name.strike = row.strike.get().map(strike_text);
                name.right = row.right.get().and_then(right_of).map(right_word);
                return Ok(self.keep_row(instrument.clone(), name, row));
            }
        }
        Err(not_found(instrument))
    }

    /// A fund, which the quote methods tell about.
    pub(super) async fn fund(&self, instrument: &Instrument, part: &Fund) -> Result<Arc<Listing>> {
        let symbol = fund_symbol(part);
        let parameters = Parameters::default().with("symbols", [&symbol])?;
        let call = Call::new(Method::FUND_CONTRACTS, parameters);
        let told = match self.gateway.ask(&call).await {
            Ok(data) if data.is_null() => Vec::new(),
            Ok(data) => rows(&data)?,
            Err(error) if is_no_such(&error) => Vec::new(),
            // Another device has the quote permissions: an order must not wait for them.
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                self.look_up(&Name::of(instrument)?).await?
            }
            Err(error) => return Err(error),
        };
        let mut told = told.into_iter();
        let row = told.find(|row| row.symbol.get() == Some(&symbol));
        let row = row.ok_or_else(|| not_found(instrument))?;
        Ok(self.keep_row(instrument.clone(), Name::of(instrument)?, row))
    }

    /// The option on a future that is told, once its exchange is known.
    pub(super) async fn future_option(&self, terms: &FutureOptionTerms) -> Result<Instrument> {
        let parts = (terms.expiry, terms.strike, terms.right);
        let currency = terms.currency.as_str();
        let name = Name::of_future_option(terms.root.as_str(), parts, currency);
        let right = name.right.unwrap_or_default();
        let mut found = self.look_up(&name).await?.into_iter();
        let row = found.find(|row| row.has_terms(terms.expiry, terms.strike, right));
        let Some(row) = row else {
            // Most likely it has expired: an old order for it is still an order.
            let words = words_of(terms);
            let own = native("FOP", &words).ok_or_else(|| {
                let message = format!("Tiger does not know the option {words}");
                Error::new(ErrorKind::Protocol, message)
            })?;
            // Not asked for again with every list; a listing that is found takes its place.
            let mut memory = self.memory();
            memory.future_options.insert(terms.clone(), own.clone());
            return Ok(own);
        };
        let instrument = Instrument::FutureOption(FutureOption {
            root: terms.root.clone(),
            exchange: row.home(),
            expiry: terms.expiry,
            right: terms.right,
            strike: terms.strike,
            currency: terms.currency,
        });
        self.keep_row(instrument.clone(), name, row);
        Ok(instrument)
    }
}

/// A name that no other option has: what the vendor calls its identifier may be the product's only.
pub(super) fn words_of(terms: &FutureOptionTerms) -> String {
    let right = if terms.right == Right::Put { 'P' } else { 'C' };
    let expiry = terms.expiry.format("%y%m%d");
    format!("{} {expiry}{right}{}", terms.root, terms.strike.normalize())
}

/// An option on a future without its exchange.
pub(super) fn terms_of(part: &FutureOption) -> FutureOptionTerms {
    FutureOptionTerms {
        root: part.root.clone(),
        expiry: part.expiry,
        strike: part.strike.normalize(),
        right: part.right,
        currency: part.currency,
    }
}
