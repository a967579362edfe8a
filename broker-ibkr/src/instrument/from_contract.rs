//! From one of the gateway's contracts to the instrument that it is.

use broker_core::{
    Error, ErrorKind, Result,
    model::{
        Bond, BrokerId, Crypto, Currency, Equity, Forex, Fund, Future, FutureOption, Index,
        Instrument, ListedOption, Mic, Native, OccSymbol, Right, Symbol, Warrant,
    },
};
use chrono::NaiveDate;
use ibapi::contracts::{Contract, OptionRight, SecurityType};
use rust_decimal::Decimal;

use super::{NATIVE, exchange::mic, product::root_of, symbol};
use crate::convert;

/// The instrument that a contract is.
///
/// What core has no name for (a contract for difference, a word or an exchange that is not in the
/// tables) is an instrument that only the broker can name, by its contract number.
///
/// # Errors
/// [`Incomplete`](ErrorKind::Incomplete) when the contract does not say enough and its details have
/// to be asked for; [`Protocol`](ErrorKind::Protocol) when it makes no sense.
pub(crate) fn from_contract(contract: &Contract) -> Result<Instrument> {
    of(contract, Decimal::ONE)
}

/// The same, with strikes divided by the factor by which the gateway's prices are too large.
pub(super) fn of(contract: &Contract, magnifier: Decimal) -> Result<Instrument> {
    match known(contract, magnifier) {
        Ok(Some(instrument)) => Ok(instrument),
        Ok(None) => native(contract),
        // A text that is no symbol, currency or date is one that core cannot hold.
        Err(error) if error.kind() == ErrorKind::InvalidRequest => native(contract),
        Err(error) => Err(error),
    }
}

/// The contract as an instrument that only the broker can name.
pub(super) fn native(contract: &Contract) -> Result<Instrument> {
    if contract.contract_id <= 0 {
        let kind = &contract.security_type;
        let message = format!("a {kind} contract {} without a number", contract.symbol);
        return Err(Error::new(ErrorKind::Protocol, message));
    }
    Ok(Instrument::Native(Native {
        broker: BrokerId::new(NATIVE)?,
        id: Symbol::new(contract.contract_id.to_string())?,
    }))
}

/// `None` for what core has no name for.
fn known(contract: &Contract, magnifier: Decimal) -> Result<Option<Instrument>> {
    let symbol = contract.symbol.as_str();
    let currency = || contract.currency.as_str().parse::<Currency>();
    Ok(Some(match &contract.security_type {
        SecurityType::Stock => {
            let Some(primary) = home(contract)? else {
                return Ok(None);
            };
            Instrument::Equity(Equity {
                symbol: symbol::from_wire(symbol, primary)?,
                primary,
                currency: currency()?,
            })
        }
        SecurityType::Option => Instrument::Option(ListedOption {
            symbol: occ(contract, magnifier)?,
            currency: currency()?,
        }),
        SecurityType::Future => {
            let Some(exchange) = home(contract)? else {
                return Ok(None);
            };
            Instrument::Future(Future {
                root: Symbol::new(root_of(symbol, &contract.trading_class))?,
                exchange,
                expiry: expiry(contract)?,
                currency: currency()?,
            })
        }
        SecurityType::FuturesOption => {
            let Some(exchange) = home(contract)? else {
                return Ok(None);
            };
            Instrument::FutureOption(FutureOption {
                root: Symbol::new(root_of(symbol, &contract.trading_class))?,
                exchange,
                expiry: expiry(contract)?,
                right: right(contract)?,
                strike: strike(contract, magnifier)?,
                currency: currency()?,
            })
        }
        SecurityType::ForexPair => Instrument::Forex(Forex {
            base: symbol.parse()?,
            quote: currency()?,
        }),
        SecurityType::Crypto => Instrument::Crypto(Crypto {
            base: symbol.parse()?,
            quote: currency()?,
        }),
        SecurityType::Index => {
            let Some(exchange) = home(contract)? else {
                return Ok(None);
            };
            Instrument::Index(Index {
                symbol: Symbol::new(symbol)?,
                exchange,
                currency: currency()?,
            })
        }
        SecurityType::MutualFund => Instrument::Fund(Fund {
            symbol: Symbol::new(identifier(contract))?,
            currency: currency()?,
        }),
        SecurityType::Warrant => return warrant(contract),
        // What the exchange calls a callable bull/bear contract, the gateway calls an `IOPT`.
        SecurityType::Other(kind) if kind == "IOPT" => return warrant(contract),
        SecurityType::Bond => {
            // Without an identifier the gateway fills in a number of its own.
            if contract.security_id.is_empty() {
                return Ok(None);
            }
            Instrument::Bond(Bond {
                identifier: Symbol::new(&contract.security_id)?,
                currency: currency()?,
            })
        }
        SecurityType::Spread => {
            let message = "a combination has to be looked up leg by leg";
            return Err(Error::new(ErrorKind::Incomplete, message));
        }
        SecurityType::ContinuousFuture
        | SecurityType::Commodity
        | SecurityType::News
        | SecurityType::CFD
        | SecurityType::Other(_) => return Ok(None),
    }))
}

fn warrant(contract: &Contract) -> Result<Option<Instrument>> {
    let Some(exchange) = home(contract)? else {
        return Ok(None);
    };
    if contract.local_symbol.is_empty() {
        let message = "a warrant without its listed symbol";
        return Err(Error::new(ErrorKind::Incomplete, message));
    }
    Ok(Some(Instrument::Warrant(Warrant {
        symbol: symbol::from_wire(&contract.local_symbol, exchange)?,
        exchange,
        currency: contract.currency.as_str().parse()?,
    })))
}

/// The exchange where the instrument is at home; `None` for one that is not in the table.
fn home(contract: &Contract) -> Result<Option<Mic>> {
    let primary = contract.primary_exchange.as_str();
    let exchange = contract.exchange.as_str();
    let name = [primary, exchange]
        .into_iter()
        .find(|name| !name.is_empty() && *name != super::exchange::SMART);
    match name {
        Some(name) => Ok(mic(name)),
        None => {
            let message = format!("the contract {} does not say its exchange", contract.symbol);
            Err(Error::new(ErrorKind::Incomplete, message))
        }
    }
}

fn identifier(contract: &Contract) -> &str {
    if contract.security_id.is_empty() {
        contract.symbol.as_str()
    } else {
        &contract.security_id
    }
}

fn expiry(contract: &Contract) -> Result<NaiveDate> {
    if let Some(date) = contract.last_trade_date {
        return convert::date(date);
    }
    convert::day(&contract.last_trade_date_or_contract_month)
}

fn right(contract: &Contract) -> Result<Right> {
    match contract.right {
        Some(OptionRight::Call) => Ok(Right::Call),
        Some(OptionRight::Put) => Ok(Right::Put),
        None => {
            let message = format!("the option {} is neither a call nor a put", contract.symbol);
            Err(Error::new(ErrorKind::Protocol, message))
        }
    }
}

fn strike(contract: &Contract, magnifier: Decimal) -> Result<Decimal> {
    let strike = convert::decimal(contract.strike)?;
    strike.checked_div(magnifier).ok_or_else(|| {
        let message = format!("a strike of {strike} at a price magnifier of {magnifier}");
        Error::new(ErrorKind::Protocol, message)
    })
}

/// The option's own symbol where the gateway gives it, because an index option that settles in the
/// morning stops trading the day before the date in its symbol; otherwise put together.
fn occ(contract: &Contract, magnifier: Decimal) -> Result<OccSymbol> {
    let (right, strike) = (right(contract)?, strike(contract, magnifier)?);
    if let Ok(symbol) = contract.local_symbol.parse::<OccSymbol>()
        && symbol.right() == right
        && symbol.strike() == strike
    {
        return Ok(symbol);
    }
    let class = contract.trading_class.as_str();
    let root = if class.is_empty() {
        contract.symbol.as_str()
    } else {
        class
    };
    Ok(OccSymbol::new(root, expiry(contract)?, right, strike)?)
}
