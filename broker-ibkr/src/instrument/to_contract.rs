//! From an instrument to the contract that asks the gateway for it.

use broker_core::{
    Error, ErrorKind, Result,
    model::{Currency, Instrument, Mic, Right},
};
use chrono::NaiveDate;
use ibapi::contracts::{Contract, OptionRight, SecurityIdType, SecurityType};
use rust_decimal::Decimal;

use super::{
    NATIVE,
    exchange::{CRYPTO, FOREX, FUNDS, Route, SMART, entry},
    product::symbol_of,
    symbol,
};
use crate::convert;

/// The contract that describes an instrument. It has no number unless the instrument is one that
/// only the broker can name; [`Book`](super::Book) adds it.
///
/// # Errors
/// [`Unsupported`](ErrorKind::Unsupported) for an exchange that is not in the table,
/// [`InvalidRequest`](ErrorKind::InvalidRequest) for another broker's instrument, and for a
/// combination, whose legs only [`Book`](super::Book) can number.
pub(crate) fn to_contract(instrument: &Instrument) -> Result<Contract> {
    match instrument {
        Instrument::Equity(share) => {
            let (name, route) = reach(share.primary)?;
            let symbol = symbol::to_wire(share.symbol.as_str(), share.primary);
            let mut contract = basic(SecurityType::Stock, &symbol, share.currency);
            contract.primary_exchange = name.into();
            contract.exchange = match route {
                Route::Smart => SMART.into(),
                Route::Direct => name.into(),
            };
            Ok(contract)
        }
        Instrument::Option(option) => {
            let occ = option.symbol;
            let symbol = symbol_of(occ.root());
            let mut contract = basic(SecurityType::Option, symbol, option.currency);
            contract.exchange = SMART.into();
            contract.trading_class = occ.root().to_owned();
            terms(
                &mut contract,
                occ.expiry(),
                Some((occ.right(), occ.strike())),
            )?;
            Ok(contract)
        }
        Instrument::Future(future) => {
            let symbol = symbol_of(future.root.as_str());
            let mut contract = basic(SecurityType::Future, symbol, future.currency);
            contract.exchange = reach(future.exchange)?.0.into();
            if symbol != future.root.as_str() {
                contract.trading_class = future.root.as_str().to_owned();
            }
            terms(&mut contract, future.expiry, None)?;
            Ok(contract)
        }
        Instrument::FutureOption(option) => {
            let symbol = symbol_of(option.root.as_str());
            let mut contract = basic(SecurityType::FuturesOption, symbol, option.currency);
            contract.exchange = reach(option.exchange)?.0.into();
            if symbol != option.root.as_str() {
                contract.trading_class = option.root.as_str().to_owned();
            }
            terms(
                &mut contract,
                option.expiry,
                Some((option.right, option.strike)),
            )?;
            Ok(contract)
        }
        Instrument::Forex(pair) => {
            let mut contract = basic(SecurityType::ForexPair, pair.base.as_str(), pair.quote);
            contract.exchange = FOREX.into();
            Ok(contract)
        }
        Instrument::Crypto(pair) => {
            let mut contract = basic(SecurityType::Crypto, pair.base.as_str(), pair.quote);
            contract.exchange = CRYPTO[0].into();
            Ok(contract)
        }
        Instrument::Index(index) => {
            let mut contract = basic(SecurityType::Index, index.symbol.as_str(), index.currency);
            contract.exchange = reach(index.exchange)?.0.into();
            Ok(contract)
        }
        Instrument::Fund(fund) => {
            let mut contract = basic(
                SecurityType::MutualFund,
                fund.symbol.as_str(),
                fund.currency,
            );
            contract.exchange = FUNDS.into();
            identify(&mut contract, fund.symbol.as_str());
            Ok(contract)
        }
        Instrument::Warrant(warrant) => {
            // The symbol of a warrant's contract is the underlying; its own code is the local one.
            let mut contract = basic(SecurityType::Warrant, "", warrant.currency);
            contract.local_symbol = symbol::to_wire(warrant.symbol.as_str(), warrant.exchange);
            contract.exchange = reach(warrant.exchange)?.0.into();
            Ok(contract)
        }
        Instrument::Bond(bond) => {
            let mut contract = basic(SecurityType::Bond, bond.identifier.as_str(), bond.currency);
            contract.exchange = SMART.into();
            identify(&mut contract, bond.identifier.as_str());
            Ok(contract)
        }
        Instrument::Native(native) => {
            let number = native.id.as_str().parse::<i32>().ok();
            let number = number.filter(|number| *number > 0 && native.broker.as_str() == NATIVE);
            let contract_id = number.ok_or_else(|| {
                let message = format!("{instrument} is not a contract number of this broker");
                Error::invalid("instrument", message)
            })?;
            Ok(Contract {
                contract_id,
                security_type: SecurityType::Other(String::new()),
                exchange: "".into(),
                currency: "".into(),
                ..Contract::default()
            })
        }
        Instrument::Combo(_) => Err(Error::invalid(
            "instrument",
            "the legs of a combination have to be looked up first",
        )),
        // The list of classes may grow; what is not mapped is refused.
        other => Err(Error::unsupported(format!(
            "{} instruments have no form in this adapter",
            other.asset_class()
        ))),
    }
}

fn basic(security_type: SecurityType, symbol: &str, currency: Currency) -> Contract {
    Contract {
        symbol: symbol.into(),
        security_type,
        currency: currency.as_str().into(),
        ..Contract::default()
    }
}

fn reach(mic: Mic) -> Result<(&'static str, Route)> {
    entry(mic).ok_or_else(|| {
        let message = format!("this adapter has no Interactive Brokers name for exchange {mic}");
        Error::new(ErrorKind::Unsupported, message).at_field("instrument")
    })
}

fn terms(
    contract: &mut Contract,
    expiry: NaiveDate,
    option: Option<(Right, Decimal)>,
) -> Result<()> {
    contract.last_trade_date_or_contract_month = expiry.format("%Y%m%d").to_string();
    if let Some((right, strike)) = option {
        contract.strike = convert::to_wire(strike)?;
        contract.right = Some(match right {
            Right::Call => OptionRight::Call,
            Right::Put => OptionRight::Put,
            other => return Err(Error::unsupported(format!("an option right {other}"))),
        });
    }
    Ok(())
}

/// Length of an International Securities Identification Number and of a CUSIP.
const ISIN: usize = 12;
const CUSIP: usize = 9;

/// Says which kind of identifier it is, where the length tells.
fn identify(contract: &mut Contract, identifier: &str) {
    let alphanumeric = identifier.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let kind = match identifier.len() {
        ISIN if alphanumeric => SecurityIdType::Isin,
        CUSIP if alphanumeric => SecurityIdType::Cusip,
        _ => return,
    };
    contract.security_id_type = Some(kind);
    identifier.clone_into(&mut contract.security_id);
}
