//! Which one instrument a caller means.

use broker_core::{
    Broker, BrokerExt as _, Error, ErrorKind,
    model::{
        AssetClass, BrokerId, Currency, FutureOption, Instrument, InstrumentQuery, ListedOption,
        Native,
    },
};

use super::{
    InstrumentParts, InstrumentRef, InstrumentView, exchange,
    reference::Expiry,
    text::{self, Asked},
};
use crate::{Fault, FaultCode};

/// Whose contract numbers are read: the one vendor that has them.
const NUMBERS_OF: &str = "ibkr";

impl InstrumentRef {
    /// The one instrument that is meant, as the broker has it.
    ///
    /// # Errors
    /// [`NotFound`](FaultCode::NotFound); [`Ambiguous`](FaultCode::Ambiguous) with
    /// `details.candidates`, each of which can be given back; [`InvalidRequest`](FaultCode::InvalidRequest)
    /// for parts that make no instrument; what a broker that cannot be reached gives.
    pub async fn resolve(&self, broker: &dyn Broker) -> Result<Instrument, Fault> {
        match self {
            Self::Text(text) => find(broker, text::read(text)).await,
            Self::Parts(parts) => by_parts(broker, parts).await,
        }
    }
}

async fn find(broker: &dyn Broker, asked: Asked) -> Result<Instrument, Fault> {
    match asked {
        Asked::Exactly(instrument) => listed(broker, instrument).await,
        Asked::Like(query, None) => broker.resolve(query).await.map_err(|error| fault(&error)),
        Asked::Like(query, Some(expiry)) => expiring(broker, query, expiry).await,
    }
}

/// An instrument that is named in full, if the broker has it.
async fn listed(broker: &dyn Broker, instrument: Instrument) -> Result<Instrument, Fault> {
    broker
        .contract(&instrument)
        .await
        .map_err(|error| fault(&error))?;
    Ok(instrument)
}

/// The one of several that ends on a date.
async fn expiring(
    broker: &dyn Broker,
    query: InstrumentQuery,
    expiry: Expiry,
) -> Result<Instrument, Fault> {
    let Some(reference) = broker.reference() else {
        let message = "this broker cannot look instruments up";
        return Err(Fault::new(FaultCode::Unsupported, message));
    };
    let mut found = reference
        .resolve(&query)
        .await
        .map_err(|error| fault(&error))?;
    found.retain(|one| one.expiry().is_some_and(|date| expiry.fits(date)));
    found.dedup();
    match found.len() {
        1 => Ok(found.swap_remove(0)),
        0 => {
            let message = format!("instrument: nothing called {} ends then", query.text);
            Err(Fault::new(FaultCode::NotFound, message))
        }
        _ => Err(ambiguous(&query.text, &found)),
    }
}

async fn by_parts(broker: &dyn Broker, parts: &InstrumentParts) -> Result<Instrument, Fault> {
    let instrument = match asked(parts)? {
        Asked::Like(query, None) if parts.con_id.is_some() => match broker.resolve(query).await {
            Ok(one) => one,
            Err(error) if error.kind() == ErrorKind::Ambiguous => {
                numbered(broker, parts, &error).await?
            }
            Err(error) => return Err(fault(&error)),
        },
        asked => find(broker, asked).await?,
    };
    agree(broker, parts, &instrument).await?;
    Ok(instrument)
}

/// What the parts ask for.
fn asked(parts: &InstrumentParts) -> Result<Asked, Fault> {
    let invalid = |what: String| Fault::invalid("instrument", what);
    let currency = parts.currency().map_err(invalid)?;
    let exchange = parts.exchange.as_deref().map(exchange::read);
    let exchange = exchange.transpose().map_err(invalid)?.flatten();
    if let Some(id) = &parts.id {
        return Ok(match text::read(id) {
            Asked::Like(mut query, expiry) => {
                query.currency = currency;
                Asked::Like(query, expiry)
            }
            exactly @ Asked::Exactly(_) => exactly,
        });
    }
    let Some(name) = parts.symbol.as_ref().or(parts.local_symbol.as_ref()) else {
        return match &parts.con_id {
            Some(number) => numbers(number),
            None => Err(invalid("symbol: it is missing".to_owned())),
        };
    };
    let name = name.trim().to_ascii_uppercase();
    // Somebody may put the whole symbol of an option where its root belongs.
    let whole = parts.local_symbol.as_deref().unwrap_or(&name);
    let class = parts.sec_type.map(AssetClass::from);
    let is_option = class == Some(AssetClass::Option)
        || (class.is_none() && parts.strike.is_some() && parts.right.is_some());
    let mut query = InstrumentQuery::from(name.as_str());
    query.asset_class = class;
    query.exchange = exchange;
    query.currency = currency;
    let expiry = parts.expiry().map_err(invalid)?;
    match class {
        _ if is_option => {
            let symbol = match whole.parse().or_else(|_| name.parse()) {
                Ok(symbol) => symbol,
                Err(_) => parts.occ(&name).map_err(invalid)?,
            };
            Ok(match currency {
                Some(currency) if currency != Currency::USD => {
                    Asked::Exactly(Instrument::Option(ListedOption { symbol, currency }))
                }
                // The class is in the symbol, and an option has no exchange of its own.
                _ => Asked::Like(InstrumentQuery::from(symbol.to_string()), None),
            })
        }
        Some(AssetClass::FutureOption) => {
            let missing = |field: &str| invalid(format!("{field}: an option on a future needs it"));
            let Some(Expiry::Day(day)) = expiry else {
                return Err(missing("expiry"));
            };
            Ok(Asked::Exactly(Instrument::FutureOption(FutureOption {
                root: name
                    .parse()
                    .map_err(|error| invalid(format!("symbol: {error}")))?,
                exchange: exchange.ok_or_else(|| missing("exchange"))?,
                expiry: day,
                right: parts.right.ok_or_else(|| missing("right"))?.into(),
                strike: parts.strike.ok_or_else(|| missing("strike"))?.0,
                currency: currency.unwrap_or(Currency::USD),
            })))
        }
        Some(AssetClass::Forex | AssetClass::Crypto) => {
            query.exchange = None;
            if let (false, Some(currency)) = (name.contains(['.', '/', '-']), currency) {
                let mark = if class == Some(AssetClass::Forex) {
                    '.'
                } else {
                    '-'
                };
                query.text = format!("{name}{mark}{currency}");
            }
            query.currency = None;
            Ok(Asked::Like(query, None))
        }
        Some(AssetClass::Combo) => Err(invalid(
            "name the legs of a combination in the order".to_owned(),
        )),
        Some(AssetClass::Native) => match &parts.con_id {
            Some(number) => numbers(number),
            None => Err(invalid("con_id: it is missing".to_owned())),
        },
        Some(AssetClass::Future) => Ok(Asked::Like(query, expiry)),
        // What a caller says about an expiry is never passed over.
        None if expiry.is_some() => {
            query.asset_class = Some(AssetClass::Future);
            Ok(Asked::Like(query, expiry))
        }
        Some(_) if expiry.is_some() => Err(invalid("expiry: this class has none".to_owned())),
        None if exchange.is_none() && currency.is_none() => Ok(text::read(&name)),
        _ => Ok(Asked::Like(query, None)),
    }
}

fn numbers(number: &str) -> Result<Asked, Fault> {
    let invalid = |error: broker_core::model::ValueError| Fault::invalid("con_id", error);
    let broker = BrokerId::new(NUMBERS_OF).map_err(invalid)?;
    let id = number.trim().parse().map_err(invalid)?;
    Ok(Asked::Exactly(Instrument::Native(Native { broker, id })))
}

/// The one of several candidates that has the contract number.
async fn numbered(
    broker: &dyn Broker,
    parts: &InstrumentParts,
    error: &Error,
) -> Result<Instrument, Fault> {
    for candidate in error.candidates() {
        let number = number_of(broker, candidate).await?;
        if number.is_some() && number == parts.con_id {
            return Ok(candidate.clone());
        }
    }
    Err(fault(error))
}

async fn number_of(broker: &dyn Broker, instrument: &Instrument) -> Result<Option<String>, Fault> {
    let details = broker.contract(instrument).await;
    let details = details.map_err(|error| fault(&error))?;
    Ok(details.aliases.get("con_id").cloned())
}

/// What the caller says about the contract besides its name has to be so.
async fn agree(
    broker: &dyn Broker,
    parts: &InstrumentParts,
    instrument: &Instrument,
) -> Result<(), Fault> {
    if parts.multiplier.is_none() && parts.con_id.is_none() {
        return Ok(());
    }
    let details = broker
        .contract(instrument)
        .await
        .map_err(|error| fault(&error))?;
    if let Some(multiplier) = parts.multiplier
        && multiplier.0 != details.multiplier
    {
        let what = format!("that of {instrument} is {}", details.multiplier);
        return Err(Fault::invalid("instrument.multiplier", what));
    }
    let known = details.aliases.get("con_id");
    if let (Some(said), Some(known)) = (&parts.con_id, known)
        && said != known
    {
        let what = format!("that of {instrument} is {known}");
        return Err(Fault::invalid("instrument.con_id", what));
    }
    Ok(())
}

fn fault(error: &Error) -> Fault {
    if error.kind() == ErrorKind::Ambiguous && !error.candidates().is_empty() {
        let mut fault = Fault::from(error.clone());
        fault.details = ambiguous("", error.candidates()).details;
        fault.message.push_str("; name one of details.candidates");
        return fault;
    }
    Fault::from(error.clone())
}

fn ambiguous(text: &str, candidates: &[Instrument]) -> Fault {
    let views: Vec<InstrumentView> = candidates.iter().take(20).map(InstrumentView::of).collect();
    let message = format!("instrument: several are called {text}; name one of details.candidates");
    let details = serde_json::json!({ "candidates": views });
    Fault::new(FaultCode::Ambiguous, message).with_details(details)
}

/// Whether what an account holds is what a caller means, though the caller may have named it by number.
pub(crate) async fn is_same(
    broker: &dyn Broker,
    wanted: &Instrument,
    held: &Instrument,
) -> Result<bool, Fault> {
    if wanted == held {
        return Ok(true);
    }
    match wanted {
        Instrument::Native(native) => {
            let number = number_of(broker, held).await?;
            Ok(number.as_deref() == Some(native.id.as_str()))
        }
        _ => Ok(false),
    }
}

/// The instrument by which a broker can filter its answer: none when it is named by number, because what
/// the broker answers is then named otherwise.
pub(crate) fn same_filter(wanted: Option<&Instrument>) -> Option<Instrument> {
    wanted
        .filter(|one| !matches!(one, Instrument::Native(_)))
        .cloned()
}
