//! The options that a request names.

use broker_core::{
    Decimal,
    model::{Instrument, Right},
};
use chrono::{DateTime, NaiveDate};

use crate::tiger::gateway::{
    Complaint,
    parameters::{Parameters, missing, wrong},
    quotes::{MOST_SYMBOLS, Row, counted},
    symbols::{
        HK_OPTION_ROOTS, Market, SecType, Wanted, date_of, right_of, right_word, strike_text,
    },
    turn::Turn,
};

/// One option as a request names it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named<'a> {
    pub(super) asked: Parameters<'a>,
    pub(super) symbol: &'a str,
    pub(super) expiry: NaiveDate,
    pub(super) right: Right,
    pub(super) strike: Decimal,
}

/// Which way rights are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Letters {
    Small,
    Capital,
}

impl<'a> Named<'a> {
    fn read(asked: Parameters<'a>) -> Result<Self, Complaint> {
        let symbol = asked.required_text("symbol")?;
        let word = asked.required_text("right")?;
        let right = right_of(word).ok_or_else(|| wrong("right", "CALL or PUT"))?;
        Ok(Self {
            asked,
            symbol,
            expiry: expiry(asked, symbol)?,
            right,
            strike: asked.decimal("strike")?.ok_or_else(|| missing("strike"))?,
        })
    }

    /// The members that name it in an answer.
    pub(super) fn row(&self, letters: Letters) -> Row {
        let right = right_word(self.right);
        let right = match letters {
            Letters::Small => right.to_ascii_lowercase(),
            Letters::Capital => right.to_owned(),
        };
        let row = Row::default()
            .put("symbol", self.symbol)
            .put("strike", strike_text(self.strike))
            .put("right", right);
        match market_of(self.symbol).midnight(self.expiry) {
            Some(expiry) => row.at("expiry", expiry),
            None => row,
        }
    }
}

/// The market of the options on an underlying.
pub(super) fn market_of(symbol: &str) -> Market {
    if symbol.ends_with(".HK") {
        Market::Hk
    } else {
        Market::Us
    }
}

/// An expiry in milliseconds at midnight of the market, or as a date.
pub(super) fn expiry(asked: Parameters<'_>, symbol: &str) -> Result<NaiveDate, Complaint> {
    let bad = || wrong("expiry", "a time in milliseconds");
    match asked.get("expiry") {
        None => Err(missing("expiry")),
        Some(serde_json::Value::String(text)) if date_of(text).is_some() => {
            date_of(text).ok_or_else(bad)
        }
        Some(_) => {
            let ms = asked.integer("expiry")?.ok_or_else(bad)?;
            let at = DateTime::from_timestamp_millis(ms).ok_or_else(bad)?;
            Ok(market_of(symbol).date_of(at))
        }
    }
}

impl Turn<'_> {
    /// The options of a list. Those that do not exist are left out, unless none of them does.
    pub(super) fn options_of<'a>(
        &mut self,
        name: &str,
        list: Vec<Parameters<'a>>,
    ) -> Result<Vec<(Named<'a>, Instrument)>, Complaint> {
        let mut found = Vec::new();
        let mut last = String::new();
        for asked in counted(name, list, MOST_SYMBOLS)? {
            let named = Named::read(asked)?;
            let instrument = self.find(&Wanted {
                expiry: Some(named.expiry),
                strike: Some(named.strike),
                right: Some(named.right),
                ..Wanted::plain(named.symbol, SecType::Option)
            });
            match instrument {
                Some(instrument) => found.push((named, instrument)),
                None => {
                    last = format!(
                        "{} {} {} {}",
                        named.symbol,
                        named.expiry,
                        strike_text(named.strike),
                        right_word(named.right)
                    );
                }
            }
        }
        if found.is_empty() {
            return Err(Complaint::option(format!("option '{last}' does not exist")));
        }
        Ok(found)
    }

    /// What options are on: a share by its symbol, or an index with or without its dot; `None` for
    /// an underlying in Hong Kong, whose options the exchange does not list.
    pub(super) fn underlying(&mut self, symbol: &str) -> Result<Option<Instrument>, Complaint> {
        if HK_OPTION_ROOTS.iter().any(|(root, _)| *root == symbol) {
            return Ok(None);
        }
        let dotted = format!(".{symbol}");
        let found = [symbol, &dotted]
            .into_iter()
            .find_map(|symbol| self.find(&Wanted::plain(symbol, SecType::Stock)));
        found
            .map(Some)
            .ok_or_else(|| Complaint::option(format!("symbol '{symbol}' does not exist")))
    }
}
