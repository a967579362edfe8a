//! What requests for quotes have in common: symbols, markets, types, and what is said about bad ones.

use broker_core::model::Instrument;

use crate::tiger::gateway::{
    Complaint,
    parameters::{Parameters, missing},
    symbols::{Market, SecType, Wanted},
    turn::Turn,
};

/// Most symbols of one request.
pub(in crate::tiger::gateway) const MOST_SYMBOLS: usize = 50;

impl Complaint {
    /// 2000: there is no such financial data.
    pub(in crate::tiger::gateway) fn financial(why: impl core::fmt::Display) -> Self {
        Self::new(2000, format!("financial data error({why})"))
    }

    /// 2100: there is no such data about shares.
    pub(in crate::tiger::gateway) fn stock(why: impl core::fmt::Display) -> Self {
        Self::new(2100, format!("stock quote data error({why})"))
    }

    /// 2200: there is no such data about options.
    pub(in crate::tiger::gateway) fn option(why: impl core::fmt::Display) -> Self {
        Self::new(2200, format!("option quote data error({why})"))
    }

    /// 2300: there is no such data about futures.
    pub(in crate::tiger::gateway) fn future(why: impl core::fmt::Display) -> Self {
        Self::new(2300, format!("future quote data error({why})"))
    }
}

/// At most so many, at least one.
pub(in crate::tiger::gateway) fn counted<T>(
    name: &str,
    items: Vec<T>,
    most: usize,
) -> Result<Vec<T>, Complaint> {
    if items.is_empty() {
        return Err(missing(name));
    }
    if items.len() > most {
        return Err(Complaint::business(format!(
            "field '{name}' may have {most} entries at most"
        )));
    }
    Ok(items)
}

impl<'a> Parameters<'a> {
    /// The list of symbols, or the one symbol.
    pub(in crate::tiger::gateway) fn symbols(self) -> Result<Vec<&'a str>, Complaint> {
        let mut symbols = self.texts("symbols")?;
        if symbols.is_empty() {
            symbols.extend(self.text("symbol")?);
        }
        counted("symbols", symbols, MOST_SYMBOLS)
    }

    /// The market, where it is said.
    pub(in crate::tiger::gateway) fn market(self) -> Result<Option<Market>, Complaint> {
        let Some(word) = self.text("market")? else {
            return Ok(None);
        };
        let market = Market::from_word(word);
        let market = market.filter(|market| matches!(market, Market::Us | Market::Hk));
        market
            .map(Some)
            .ok_or_else(|| Complaint::business(format!("market '{word}' is not supported")))
    }

    /// The type of instrument: shares unless it says coins.
    pub(in crate::tiger::gateway) fn quoted_type(self) -> Result<SecType, Complaint> {
        let Some(word) = self.text("sec_type")? else {
            return Ok(SecType::Stock);
        };
        SecType::from_word(word)
            .filter(|kind| matches!(kind, SecType::Stock | SecType::Crypto))
            .ok_or_else(|| Complaint::business(format!("sec_type '{word}' is not supported")))
    }

    /// A whole number within bounds, or a default.
    pub(in crate::tiger::gateway) fn bounded(
        self,
        name: &str,
        default: usize,
        most: usize,
    ) -> Result<usize, Complaint> {
        let Some(value) = self.integer(name)? else {
            return Ok(default);
        };
        usize::try_from(value)
            .ok()
            .filter(|value| (1..=most).contains(value))
            .ok_or_else(|| Complaint::business(format!("field '{name}' must be from 1 to {most}")))
    }
}

impl Turn<'_> {
    /// The instruments of a request's symbols. Symbols that do not exist are left out of the answer,
    /// unless none of them does.
    pub(in crate::tiger::gateway) fn asked<'a>(
        &mut self,
        asked: Parameters<'a>,
    ) -> Result<Vec<(&'a str, Instrument)>, Complaint> {
        let kind = asked.quoted_type()?;
        self.known(&asked.symbols()?, kind)
    }

    /// The instruments of these symbols.
    pub(in crate::tiger::gateway) fn known<'a>(
        &mut self,
        symbols: &[&'a str],
        kind: SecType,
    ) -> Result<Vec<(&'a str, Instrument)>, Complaint> {
        let found: Vec<_> = symbols
            .iter()
            .filter_map(|symbol| Some((*symbol, self.find(&Wanted::plain(symbol, kind))?)))
            .collect();
        if found.is_empty() {
            let symbols = symbols.join(",");
            return Err(Complaint::stock(format!(
                "symbol '{symbols}' does not exist"
            )));
        }
        Ok(found)
    }

    /// The one instrument of a request that takes one symbol.
    pub(in crate::tiger::gateway) fn asked_one<'a>(
        &mut self,
        asked: Parameters<'a>,
    ) -> Result<(&'a str, Instrument), Complaint> {
        let symbol = asked.required_text("symbol")?;
        let kind = asked.quoted_type()?;
        let found = self.known(&[symbol], kind)?.into_iter().next();
        found.ok_or_else(|| Complaint::stock(format!("symbol '{symbol}' does not exist")))
    }
}
