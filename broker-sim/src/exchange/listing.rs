use std::sync::Arc;

use broker_core::model::{ContractDetails, Instrument};
use rust_decimal::Decimal;

use super::{WarrantTerms, calendar::Calendar};
use crate::data::ProcessSettings;

/// An instrument that the exchange trades or quotes, with where its price comes from.
#[derive(Debug, Clone)]
pub struct Listing {
    /// What is fixed about the instrument.
    pub details: Arc<ContractDetails>,
    /// When it trades.
    pub calendar: Calendar,
    /// Where its reference price comes from.
    pub source: PriceSource,
    /// Half the spread that the house market maker quotes, in increments, from 1.
    pub half_spread: u32,
    /// Units that the house market maker shows at each price level; zero for what is quoted but not
    /// traded.
    pub level_size: Decimal,
}

/// Where a reference price comes from.
#[derive(Debug, Clone)]
pub enum PriceSource {
    /// A series of the data set, by its symbol there.
    Recorded(Arc<str>),
    /// A seeded process.
    Process(ProcessSettings),
    /// Another instrument's price with interest until expiry: a future.
    Carry {
        /// What is delivered.
        underlying: Instrument,
    },
    /// A volatility surface over another instrument's price: an option.
    Model {
        /// What the option is on.
        underlying: Instrument,
    },
    /// A share's price and the terms of a warrant or a callable contract on it.
    Warrant {
        /// The share.
        underlying: Instrument,
        /// What it pays.
        terms: WarrantTerms,
    },
}

impl Listing {
    /// The instrument.
    #[must_use]
    pub fn instrument(&self) -> &Instrument {
        &self.details.instrument
    }
}
