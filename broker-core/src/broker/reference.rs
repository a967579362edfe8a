use core::fmt::Debug;

use async_trait::async_trait;
use chrono::NaiveDate;

use crate::{
    Result,
    model::{
        ChainQuery, ContractDetails, Instrument, InstrumentMatch, InstrumentQuery, OptionChain,
        OptionComputation, OptionQuery, TradingSchedule,
    },
};

/// Instruments, option chains, calendars and option calculators.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Reference: Send + Sync + Debug {
    /// Instruments whose symbol or name resembles the text, best first.
    ///
    /// # Errors
    /// When the broker cannot be asked. Nothing found is an empty list.
    async fn search(&self, text: &str, limit: u32) -> Result<Vec<InstrumentMatch>>;

    /// Every instrument that the query may mean; the caller decides what ambiguity is.
    ///
    /// # Errors
    /// When the broker cannot be asked. Nothing found is an empty list.
    async fn resolve(&self, query: &InstrumentQuery) -> Result<Vec<Instrument>>;

    /// What is fixed about an instrument. Callers use
    /// [`BrokerExt::contract`](super::BrokerExt::contract), which remembers the answer.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is no such instrument;
    /// [`Ambiguous`](crate::ErrorKind::Ambiguous) with the candidates when several fit.
    async fn contract(&self, instrument: &Instrument) -> Result<ContractDetails>;

    /// The expiry dates of the options on an underlying, ascending.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when the underlying has no options.
    async fn option_expirations(&self, underlying: &Instrument) -> Result<Vec<NaiveDate>>;

    /// The options on an underlying for one expiry.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is no such expiry.
    async fn option_chain(&self, query: &ChainQuery) -> Result<OptionChain>;

    /// The price of an option at a volatility, or the volatility at a price.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest) when no volatility gives the price.
    async fn compute_option(&self, query: &OptionQuery) -> Result<OptionComputation>;

    /// The trading sessions of an instrument from one date to another, both inclusive.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest) when the range is empty, longer than a
    /// year or outside what is known.
    async fn schedule(
        &self,
        instrument: &Instrument,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<TradingSchedule>;
}
