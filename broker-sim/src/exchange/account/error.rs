use core::fmt;

use broker_core::model::{Currency, ExecutionId, Instrument, Money};

/// Why the account refused a call; a refused call changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccountError {
    /// A figure would be larger than 28 digits can hold.
    Overflow,
    /// A figure would need more than 28 digits to be exact.
    Precision,
    /// The kind of account is not one that the engine knows.
    UnknownKind,
    /// The instrument cannot be held by itself: an index, a combination, or one that only its
    /// broker can name.
    NotHeld(Instrument),
    /// The multiplier is not above zero, or differs from that of the holding.
    Multiplier(Instrument),
    /// An execution with this identifier is booked already.
    DuplicateExecution(ExecutionId),
    /// No execution with this identifier is booked, or it is too old to be changed.
    UnknownExecution(ExecutionId),
    /// The account does not hold that much of the instrument.
    NotEnough(Instrument),
    /// The instrument is not an option, or the delivery does not suit it.
    NotDeliverable(Instrument),
    /// A split needs whole numbers above zero; an option position must stay whole.
    InvalidRatio,
    /// The instrument is in the account under this name already.
    NameTaken(Instrument),
    /// There is no conversion rate between the currencies.
    NoRate {
        /// Currency of the amount.
        from: Currency,
        /// Currency wanted.
        to: Currency,
    },
    /// There is no price for the instrument.
    NoMark(Instrument),
}

impl fmt::Display for AccountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overflow => f.write_str("a figure is too large"),
            Self::Precision => f.write_str("a figure needs more than 28 digits"),
            Self::UnknownKind => f.write_str("account kind is not supported"),
            Self::NotHeld(instrument) => write!(f, "{instrument} cannot be held"),
            Self::Multiplier(instrument) => write!(f, "multiplier of {instrument} is wrong"),
            Self::DuplicateExecution(id) => write!(f, "execution {id} is booked already"),
            Self::UnknownExecution(id) => write!(f, "no execution {id} that could be changed"),
            Self::NotEnough(instrument) => write!(f, "position in {instrument} is too small"),
            Self::NotDeliverable(instrument) => write!(f, "{instrument} has no such delivery"),
            Self::InvalidRatio => f.write_str("split ratio does not give whole units"),
            Self::NameTaken(instrument) => write!(f, "{instrument} is held already"),
            Self::NoRate { from, to } => write!(f, "no rate from {from} to {to}"),
            Self::NoMark(instrument) => write!(f, "no price for {instrument}"),
        }
    }
}

impl std::error::Error for AccountError {}

/// Why an order cannot be afforded.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The money does not suffice.
    Funds(Shortfall),
    /// The order would sell what the account does not hold, and may not be short of.
    ShortSale(Instrument),
    /// The kind of account does not trade the class of the instrument.
    ClassNotAllowed(Instrument),
    /// The figures could not be computed: a price or a rate is missing, or a number is too large.
    Unknown(AccountError),
}

/// How much money is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortfall {
    /// What the order needs, commission included.
    pub needed: Money,
    /// What is available to it, in the same currency.
    pub available: Money,
}

impl From<AccountError> for Refusal {
    fn from(error: AccountError) -> Self {
        Self::Unknown(error)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Funds(Shortfall { needed, available }) => {
                write!(f, "order needs {needed}, available are {available}")
            }
            Self::ShortSale(instrument) => write!(f, "may not sell {instrument} short"),
            Self::ClassNotAllowed(instrument) => {
                write!(f, "account may not trade {instrument}")
            }
            Self::Unknown(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Refusal {}
