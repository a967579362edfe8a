//! What Tiger lists and core has no question for: funds, warrants on a share, derivatives on something,
//! prices in the night.

use broker_core::{
    Result,
    model::{AssetClass, Instrument, Quote},
};
use chrono::NaiveDate;

use crate::{ListedWarrant, TigerBroker, WarrantQuery};

impl TigerBroker {
    /// The best prices of US shares in the night that is under way, each or why not. The usual quotes are
    /// those of the sessions before.
    ///
    /// # Errors
    /// Why they are not known; of single shares [`NotFound`](broker_core::ErrorKind::NotFound) where Tiger has
    /// none now, and [`Unsupported`](broker_core::ErrorKind::Unsupported) for what is no US share.
    pub async fn overnight_quotes(&self, shares: &[Instrument]) -> Result<Vec<Result<Quote>>> {
        let asked = self.quotes.ask_overnight(shares).await;
        asked.map_err(|error| error.in_operation("overnight_quotes"))
    }

    /// Every fund that Tiger has.
    ///
    /// # Errors
    /// Why they are not known.
    pub async fn funds(&self) -> Result<Vec<Instrument>> {
        let asked = self.instruments.funds().await;
        asked.map_err(|error| error.in_operation("funds"))
    }

    /// The warrants and callable contracts on a share of Hong Kong.
    ///
    /// # Errors
    /// [`Unsupported`](broker_core::ErrorKind::Unsupported) for a share of another exchange,
    /// [`InvalidRequest`](broker_core::ErrorKind::InvalidRequest) for a limit out of range; otherwise why they are
    /// not known.
    pub async fn warrants_on(&self, query: &WarrantQuery) -> Result<Vec<ListedWarrant>> {
        let asked = self.instruments.warrants(query).await;
        asked.map_err(|error| error.in_operation("warrants_on"))
    }

    /// The options, the options on futures or the warrants on an underlying that end on a date, by the
    /// vendor's symbol for it: a share, an index, or the product of futures (`CL`).
    ///
    /// # Errors
    /// [`Unsupported`](broker_core::ErrorKind::Unsupported) for other classes; otherwise why they are not known.
    pub async fn derivatives_on(
        &self,
        underlying: &str,
        class: AssetClass,
        expiry: NaiveDate,
    ) -> Result<Vec<Instrument>> {
        let asked = self.instruments.derivatives(underlying, class, expiry);
        let asked = asked.await;
        asked.map_err(|error| error.in_operation("derivatives_on"))
    }
}
