use core::fmt;
use std::sync::Arc;

use broker_core::{
    Error, ErrorKind, Result,
    model::{AccountId, Currency, Money},
};
use serde::de::DeserializeOwned;

use crate::{
    convert::{Figure, Rows, Text},
    instrument::Book,
    orders::Blotter,
    session::Link,
    transport::{Call, Data, Written},
};

/// Money and positions on their way. Obtained from
/// [`TigerBroker::treasury`](crate::TigerBroker::treasury).
pub struct Treasury {
    pub(super) link: Arc<Link>,
    pub(super) book: Arc<Book>,
    pub(super) blotter: Arc<Blotter>,
}

/// A part of an account that has cash of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Segment {
    /// Shares and options (`SEC`).
    Securities,
    /// Futures (`FUT`).
    Futures,
    /// Mutual funds (`FUND`).
    Funds,
}

impl Segment {
    /// The vendor's word.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Securities => "SEC",
            Self::Futures => "FUT",
            Self::Funds => "FUND",
        }
    }

    /// The segment of one of the vendor's words; the pushes' letters are the same segments.
    pub(super) fn of_word(word: &Text) -> Option<Self> {
        match word.get()? {
            "SEC" | "S" => Some(Self::Securities),
            "FUT" | "C" => Some(Self::Futures),
            "FUND" | "F" => Some(Self::Funds),
            _ => None,
        }
    }
}

/// What an answer lacks or says in words that nobody knows.
pub(super) fn unreadable(what: &str) -> Error {
    let message = format!("Tiger's answer has no {what} that can be read");
    Error::new(ErrorKind::Protocol, message)
}

pub(super) fn currency(word: &Text) -> Result<Currency> {
    let parsed = word.get().and_then(|word| word.parse().ok());
    parsed.ok_or_else(|| unreadable("currency"))
}

pub(super) fn money(amount: Figure, word: &Text) -> Result<Money> {
    let amount = amount.computed().ok_or_else(|| unreadable("amount"))?;
    Ok(Money::new(amount, currency(word)?))
}

/// A list, all of which could be read.
pub(super) fn whole<T: DeserializeOwned>(data: &Data) -> Result<Vec<T>> {
    if data.is_null() {
        return Ok(Vec::new());
    }
    let Rows { rows, unreadable } = data.rows::<T>()?;
    match unreadable.into_iter().next() {
        Some(error) => Err(error),
        None => Ok(rows),
    }
}

/// A positive amount to be sent.
pub(super) fn positive(amount: Money) -> Result<()> {
    if amount.amount <= broker_core::Decimal::ZERO {
        return Err(Error::invalid("amount", "must be above zero"));
    }
    Ok(())
}

impl Treasury {
    pub(crate) fn new(link: Arc<Link>, book: Arc<Book>, blotter: Arc<Blotter>) -> Self {
        Self {
            link,
            book,
            blotter,
        }
    }

    /// Asks about an account of the connection.
    pub(super) async fn ask(&self, account: &AccountId, call: Call) -> Result<Data> {
        self.blotter.check_account(account)?;
        self.link.gateway()?.ask(&call.of(account)).await
    }

    /// Sends a command for an account of the connection, once.
    pub(super) async fn command(&self, account: &AccountId, call: Call) -> Result<Written> {
        self.blotter.check_account(account)?;
        self.link.commander()?.command(&call.of(account)).await
    }
}

impl fmt::Debug for Treasury {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Treasury").finish_non_exhaustive()
    }
}
