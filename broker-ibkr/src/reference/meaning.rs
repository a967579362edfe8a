//! Which of the instruments that a text fits it means.

use broker_core::model::{Currency, Instrument, InstrumentQuery};

use crate::instrument::is_american;

/// An instrument that a text fits.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Candidate {
    /// What it is.
    pub(super) instrument: Instrument,
    /// Its contract number; 0 when several contracts have its name.
    pub(super) number: i32,
    /// The contract number of what it is on; 0 for none.
    pub(super) underlying: i32,
}

/// The instruments that a query may mean, by two rules.
///
/// A share of the United States is listed in many countries. A ticker without a currency or an
/// exchange means its listing in dollars on an exchange of the United States, where it has one; the
/// listings elsewhere are found by currency, exchange or suffix (`AAPL.XETR`). A ticker that is not
/// listed there means all of its listings.
///
/// A future on a share goes by the share's ticker; it is not meant where the share is. A share and a
/// future that merely have the same name, such as `ES`, are both meant.
pub(super) fn meant(query: &InstrumentQuery, found: Vec<Candidate>) -> Vec<Instrument> {
    let anywhere = query.currency.is_none() && query.exchange.is_none();
    let at_home = anywhere && found.iter().any(|one| is_at_home(&one.instrument));
    let shares: Vec<i32> = found
        .iter()
        .filter(|one| matches!(one.instrument, Instrument::Equity(_)) && one.number > 0)
        .map(|one| one.number)
        .collect();
    let meant = found.into_iter().filter(|one| match &one.instrument {
        Instrument::Equity(_) => !at_home || is_at_home(&one.instrument),
        Instrument::Future(_) => !shares.contains(&one.underlying),
        _ => true,
    });
    meant.map(|one| one.instrument).collect()
}

fn is_at_home(instrument: &Instrument) -> bool {
    match instrument {
        Instrument::Equity(share) => share.currency == Currency::USD && is_american(share.primary),
        _ => false,
    }
}
