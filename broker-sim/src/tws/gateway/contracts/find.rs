//! What a client means by a contract.

use broker_core::model::{
    Combo, ComboLeg, Currency, Instrument, ListedOption, OccSymbol, Right, Side,
};
use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{Contracts, names};
use crate::{exchange::Exchange, tws::message::Contract};

/// Why a contract is not one instrument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tws::gateway) enum Unclear {
    /// Nothing fits.
    Unknown,
    /// Several instruments fit.
    Ambiguous(Vec<Instrument>),
}

/// What a contract asks for, with the fields that were left empty as `None`.
#[derive(Debug)]
struct Wanted {
    sec_type: String,
    symbol: Option<String>,
    date: Option<String>,
    strike: Option<Decimal>,
    right: Option<Right>,
    exchange: Option<String>,
    primary: Option<String>,
    currency: Option<String>,
    local_symbol: Option<String>,
    trading_class: Option<String>,
    multiplier: Option<Decimal>,
}

impl Contracts {
    /// The one instrument that a contract means.
    ///
    /// # Errors
    /// [`Unclear`] when none or several fit.
    pub(in crate::tws::gateway) fn find_one(
        &mut self,
        exchange: &mut Exchange,
        contract: &Contract,
    ) -> Result<Instrument, Unclear> {
        let mut found = self.find(exchange, contract);
        match found.len() {
            0 => Err(Unclear::Unknown),
            1 => found.pop().ok_or(Unclear::Unknown),
            _ => Err(Unclear::Ambiguous(found)),
        }
    }

    /// Every instrument that a contract may mean, in the order of listing.
    ///
    /// What has expired is found only by a contract that includes it.
    pub(in crate::tws::gateway) fn find(
        &mut self,
        exchange: &mut Exchange,
        contract: &Contract,
    ) -> Vec<Instrument> {
        let mut found = self.find_any(exchange, contract);
        if contract.include_expired != Some(true) {
            found.retain(|instrument| !is_over(exchange, instrument));
        }
        found
    }

    fn find_any(&mut self, exchange: &mut Exchange, contract: &Contract) -> Vec<Instrument> {
        // No instrument has an ISIN or a CUSIP here.
        if contract.sec_id.as_deref().is_some_and(|id| !id.is_empty()) {
            return Vec::new();
        }
        if contract.sec_type.as_deref() == Some("BAG") {
            return self.find_combo(exchange, contract).into_iter().collect();
        }
        if let Some(id) = contract.con_id.filter(|id| *id > 0) {
            let found = self.find_id(exchange, id);
            return found
                .into_iter()
                .filter(|i| fits_exchange(i, contract))
                .collect();
        }
        let Some(wanted) = Wanted::read(contract) else {
            return Vec::new();
        };
        match wanted.sec_type.as_str() {
            "OPT" => wanted.options(exchange),
            "CONTFUT" => {
                let mut futures = wanted.listed(exchange, "FUT");
                futures.retain(|future| !is_over(exchange, future));
                futures.truncate(1);
                futures
            }
            "FUT+CONTFUT" => wanted.listed(exchange, "FUT"),
            class => wanted.listed(exchange, class),
        }
    }

    /// The instrument behind a number, also one that was given by another server.
    pub(super) fn find_id(&mut self, exchange: &mut Exchange, id: i32) -> Option<Instrument> {
        if let Some(known) = self.by_id(id) {
            return Some(known.clone());
        }
        let listed: Vec<Instrument> = exchange.instruments().cloned().collect();
        for instrument in &listed {
            self.con_id(instrument);
        }
        if let Some(known) = self.by_id(id) {
            return Some(known.clone());
        }
        for underlying in &listed {
            for option in options_on(exchange, underlying) {
                if self.con_id(&option) == id {
                    return Some(option);
                }
            }
        }
        None
    }

    fn find_combo(&mut self, exchange: &mut Exchange, contract: &Contract) -> Option<Instrument> {
        let mut legs = Vec::new();
        for leg in &contract.combo_legs {
            let instrument = self.find_id(exchange, leg.con_id?)?;
            let side = match leg.action.as_deref()? {
                "BUY" => Side::Buy,
                "SELL" | "SSHORT" => Side::Sell,
                _ => return None,
            };
            let ratio = u32::try_from(leg.ratio?).ok()?;
            legs.push(ComboLeg {
                instrument,
                side,
                ratio,
            });
        }
        Combo::new(legs).ok().map(Instrument::Combo)
    }
}

/// Whether an instrument has stopped trading for good.
fn is_over(exchange: &mut Exchange, instrument: &Instrument) -> bool {
    let now = exchange.now();
    let soon = instrument
        .expiry()
        .is_some_and(|date| date <= now.date_naive());
    soon && exchange
        .contract(instrument)
        .is_ok_and(|details| details.expires_at.is_some_and(|end| end <= now))
}

/// Whether orders for an instrument may go where the contract says.
fn fits_exchange(instrument: &Instrument, contract: &Contract) -> bool {
    let wanted = contract.exchange.as_deref().unwrap_or_default();
    wanted.is_empty() || names::valid_exchanges(instrument).contains(&wanted)
}

/// Every option on an underlying.
pub(super) fn options_on(exchange: &Exchange, underlying: &Instrument) -> Vec<Instrument> {
    let mut options = Vec::new();
    let root = names::symbol(underlying);
    let strikes = exchange.strikes(underlying);
    for expiry in exchange.expirations(underlying) {
        for strike in &strikes {
            for right in [Right::Call, Right::Put] {
                if let Ok(symbol) = OccSymbol::new(&root, expiry, right, *strike) {
                    options.push(Instrument::option(symbol));
                }
            }
        }
    }
    options
}

impl Wanted {
    fn read(contract: &Contract) -> Option<Self> {
        let text = |field: &Option<String>| field.clone().filter(|text| !text.is_empty());
        let number = |field: Option<f64>| {
            let value = field.filter(|value| *value > 0.0)?;
            value.to_string().parse::<Decimal>().ok()
        };
        let right = match contract.right.as_deref().unwrap_or_default() {
            "C" | "CALL" => Some(Right::Call),
            "P" | "PUT" => Some(Right::Put),
            "" | "?" | "0" => None,
            _ => return None,
        };
        let sec_type = text(&contract.sec_type)?;
        let local_symbol = text(&contract.local_symbol);
        let symbol = text(&contract.symbol);
        if symbol.is_none() && local_symbol.is_none() && contract.trading_class.is_none() {
            return None;
        }
        Some(Self {
            sec_type,
            symbol,
            date: text(&contract.last_trade_date_or_contract_month),
            strike: number(contract.strike),
            right,
            exchange: text(&contract.exchange).filter(|name| name != "BEST"),
            primary: text(&contract.primary_exch),
            currency: text(&contract.currency),
            local_symbol,
            trading_class: text(&contract.trading_class),
            multiplier: number(contract.multiplier),
        })
    }

    /// Listed instruments of a class that fit.
    fn listed(&self, exchange: &mut Exchange, class: &str) -> Vec<Instrument> {
        let mut found: Vec<Instrument> = exchange
            .instruments()
            .filter(|instrument| names::sec_type(instrument) == class)
            .filter(|instrument| self.fits(instrument))
            .cloned()
            .collect();
        if let Some(wanted) = self.multiplier {
            found.retain(|instrument| {
                exchange
                    .contract(instrument)
                    .is_ok_and(|details| details.multiplier == wanted)
            });
        }
        found
    }

    /// Options that fit, listed already or not.
    fn options(&self, exchange: &mut Exchange) -> Vec<Instrument> {
        if let Some(local) = &self.local_symbol
            && let Ok(symbol) = local.parse::<OccSymbol>()
        {
            let option = Instrument::option(symbol);
            let known = self.fits(&option) && exchange.contract(&option).is_ok();
            return if known { vec![option] } else { Vec::new() };
        }
        if self
            .multiplier
            .is_some_and(|multiplier| multiplier != Decimal::ONE_HUNDRED)
        {
            return Vec::new();
        }
        let root = self.symbol.clone().or_else(|| self.trading_class.clone());
        let Some(root) = root else { return Vec::new() };
        let date = self
            .date
            .as_deref()
            .and_then(|date| NaiveDate::parse_from_str(date, "%Y%m%d").ok());
        if let (Some(date), Some(strike), Some(right)) = (date, self.strike, self.right)
            && let Ok(symbol) = OccSymbol::new(&root, date, right, strike)
        {
            let option = Instrument::Option(ListedOption {
                symbol,
                currency: Currency::USD,
            });
            let known = self.fits(&option) && exchange.contract(&option).is_ok();
            return if known { vec![option] } else { Vec::new() };
        }
        let underlyings: Vec<Instrument> = exchange
            .instruments()
            .filter(|i| matches!(i, Instrument::Equity(_) | Instrument::Index(_)))
            .filter(|instrument| names::symbol(instrument) == root)
            .cloned()
            .collect();
        let options = underlyings
            .iter()
            .flat_map(|underlying| options_on(exchange, underlying));
        options.filter(|option| self.fits(option)).collect()
    }

    fn fits(&self, instrument: &Instrument) -> bool {
        let same = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|w| w == is);
        let currency = instrument.currency().map(|currency| currency.to_string());
        let exchange = self
            .exchange
            .as_deref()
            .is_none_or(|wanted| names::valid_exchanges(instrument).contains(&wanted));
        let date = self.date.as_deref().is_none_or(|wanted| {
            let expiry = instrument
                .expiry()
                .map(|date| date.format("%Y%m%d").to_string());
            expiry.is_some_and(|date| date.starts_with(wanted))
        });
        let (strike, right) = match instrument {
            Instrument::Option(part) => (Some(part.symbol.strike()), Some(part.symbol.right())),
            _ => (None, None),
        };
        let listed_there = match instrument {
            Instrument::Equity(_) => same(&self.primary, names::primary(instrument)),
            _ => true,
        };
        same(&self.symbol, &names::symbol(instrument))
            && same(&self.local_symbol, &names::local_symbol(instrument))
            && same(&self.trading_class, &names::trading_class(instrument))
            && same(&self.currency, &currency.unwrap_or_default())
            && listed_there
            && exchange
            && date
            && self.strike.is_none_or(|wanted| strike == Some(wanted))
            && self.right.is_none_or(|wanted| right == Some(wanted))
    }
}
