//! Which instrument a request means.

use broker_core::model::{
    Combo, ComboLeg, Currency, Instrument, ListedOption, OccSymbol, Right, Side,
};
use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{
    names::{self, Parts},
    options::options_on,
};
use crate::{
    exchange::Exchange,
    tiger::gateway::{Complaint, parameters::Parameters, symbols::right_of, turn::Turn},
};

/// The words that the vendor has for classes.
const SEC_TYPES: [&str; 11] = [
    "ALL", "STK", "OPT", "WAR", "IOPT", "FUT", "FOP", "CASH", "FUND", "MLEG", "CC",
];

/// What a request asks for, with the members that were left out as `None`.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) sec_type: String,
    pub(super) symbol: String,
    expiry: Option<String>,
    strike: Option<Decimal>,
    right: Option<Right>,
    currency: Option<String>,
}

impl Wanted {
    pub(super) fn read(asked: Parameters<'_>) -> Result<Self, Complaint> {
        Self::of(asked, asked.required_text("symbol")?)
    }

    pub(super) fn of(asked: Parameters<'_>, symbol: &str) -> Result<Self, Complaint> {
        let sec_type = asked.text("sec_type")?.unwrap_or("STK");
        if !SEC_TYPES.contains(&sec_type) {
            return Err(Complaint::business(format!(
                "sec_type '{sec_type}' is not supported"
            )));
        }
        let right = match asked.text("right")? {
            None => None,
            Some("CALL" | "C") => Some(Right::Call),
            Some("PUT" | "P") => Some(Right::Put),
            Some(other) => {
                return Err(Complaint::business(format!(
                    "right '{other}' is not supported"
                )));
            }
        };
        let every = |word: &&str| *word != "ALL";
        // Beside a warrant's code its underlying may be named as the symbol.
        let code = asked.text("local_symbol")?;
        let symbol = match (sec_type, code) {
            ("WAR" | "IOPT", Some(code)) => code,
            _ => symbol,
        };
        Ok(Self {
            sec_type: sec_type.to_owned(),
            symbol: symbol.to_owned(),
            expiry: asked.text("expiry")?.map(|date| date.replace('-', "")),
            strike: asked.decimal("strike")?,
            right,
            currency: asked.text("currency")?.filter(every).map(str::to_owned),
        })
    }

    /// Everything that fits, in the order of listing.
    pub(super) fn find(&self, exchange: &mut Exchange) -> Vec<Instrument> {
        let now = exchange.now();
        let mut found = if self.sec_type == "OPT" {
            self.options(exchange)
        } else {
            self.listed(exchange)
        };
        found.retain(|instrument| {
            let details = exchange.contract(instrument);
            details.is_ok_and(|details| details.expires_at.is_none_or(|end| end > now))
        });
        found
    }

    fn listed(&self, exchange: &Exchange) -> Vec<Instrument> {
        let class = if self.sec_type == "CASH" {
            "FOREX"
        } else {
            self.sec_type.as_str()
        };
        exchange
            .instruments()
            .filter(|instrument| names::sec_type(instrument) == class)
            .filter(|instrument| self.fits(instrument, &names::terms(instrument, exchange)))
            .cloned()
            .collect()
    }

    fn options(&self, exchange: &mut Exchange) -> Vec<Instrument> {
        let whole = self.symbol.parse::<OccSymbol>().ok();
        let date = self
            .expiry
            .as_deref()
            .and_then(|date| NaiveDate::parse_from_str(date, "%Y%m%d").ok());
        let named =
            whole.or_else(|| OccSymbol::new(&self.symbol, date?, self.right?, self.strike?).ok());
        if let Some(symbol) = named {
            let option = Instrument::Option(ListedOption {
                symbol,
                currency: Currency::USD,
            });
            let known = self.fits_currency(&option) && exchange.contract(&option).is_ok();
            return if known { vec![option] } else { Vec::new() };
        }
        let underlyings: Vec<Instrument> = exchange
            .instruments()
            .filter(|i| matches!(i, Instrument::Equity(_) | Instrument::Index(_)))
            .filter(|instrument| {
                names::option_root(instrument) == self.symbol.trim_start_matches('.')
            })
            .cloned()
            .collect();
        let options = underlyings
            .iter()
            .flat_map(|underlying| options_on(exchange, underlying, date));
        options
            .filter(|option| self.fits(option, &names::parts(option)))
            .collect()
    }

    fn fits_currency(&self, instrument: &Instrument) -> bool {
        let wanted = self.currency.as_deref();
        wanted.is_none_or(|wanted| names::currency(instrument) == wanted)
    }

    fn fits(&self, instrument: &Instrument, parts: &Parts) -> bool {
        let dated = self.expiry.as_deref().is_none_or(|wanted| {
            // Shares have no expiry, whatever clients send.
            parts.expiry.is_empty() || parts.expiry.starts_with(wanted)
        });
        let symbol = match instrument {
            Instrument::Future(part) => {
                names::symbol(instrument) == self.symbol
                    || (part.root.as_str() == self.symbol && self.expiry.is_some())
            }
            Instrument::Crypto(part) => {
                names::symbol(instrument) == self.symbol || part.base.as_str() == self.symbol
            }
            other => names::symbol(other) == self.symbol,
        };
        // What has neither strike nor right is not asked for either.
        let strike: Option<Decimal> = parts.strike.parse().ok();
        let right = right_of(parts.right);
        symbol
            && dated
            && self.fits_currency(instrument)
            && (strike.is_none() || self.strike.is_none_or(|wanted| strike == Some(wanted)))
            && (right.is_none() || self.right.is_none_or(|wanted| right == Some(wanted)))
    }
}

impl Turn<'_> {
    /// The one instrument that a request means; `None` when nothing, or more than one, fits.
    pub(in crate::tiger::gateway) fn instrument(
        &mut self,
        asked: Parameters<'_>,
    ) -> Result<Option<Instrument>, Complaint> {
        if asked.text("sec_type")? == Some("MLEG") {
            return self.combo(asked);
        }
        let mut found = Wanted::read(asked)?.find(self.exchange);
        Ok(if found.len() == 1 { found.pop() } else { None })
    }

    fn combo(&mut self, asked: Parameters<'_>) -> Result<Option<Instrument>, Complaint> {
        let mut legs = Vec::new();
        for leg in asked.objects("contract_legs")? {
            let Some(instrument) = self.instrument(leg)? else {
                return Ok(None);
            };
            let side = match leg.required_text("action")? {
                "BUY" => Side::Buy,
                "SELL" => Side::Sell,
                other => {
                    return Err(Complaint::business(format!(
                        "action '{other}' is not supported"
                    )));
                }
            };
            let ratio = leg.integer("ratio")?.unwrap_or(1);
            let Ok(ratio) = u32::try_from(ratio) else {
                return Err(Complaint::business("field 'ratio' must be above zero"));
            };
            legs.push(ComboLeg {
                instrument,
                side,
                ratio,
            });
        }
        Combo::new(legs)
            .map(|combo| Some(Instrument::Combo(combo)))
            .map_err(|why| Complaint::business(format!("contract_legs: {why}")))
    }
}
