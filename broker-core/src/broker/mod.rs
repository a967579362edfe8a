//! What a broker is: one hub, five services, and the commands a person calls.
//!
//! # For callers
//!
//! Hold an `Arc<dyn Broker>` and call [`BrokerExt`]: `submit`, `cancel`, `orders`, `events`, `quote`.
//! Every command passes the [`Desk`](crate::Desk)'s checks; there is no way round them, because the
//! services take [`Admitted`](crate::Admitted) requests that only the desk can make.
//!
//! # For authors of adapters
//!
//! Implement [`Broker`] and the services the broker has. Services have no default bodies. Keep to
//! the contract in each method's documentation; `broker_sim::conformance` checks it.
//!
//! * A command returns `Err` only when it had no effect at the broker. Anything else is
//!   [`Acknowledgement::Accepted`] or [`Acknowledgement::Unconfirmed`].
//! * What the broker reports goes into the account's [`Ledger`](crate::event::Ledger) as a raw
//!   [`ExecutionReport`](crate::model::ExecutionReport). Never write a status yourself.
//! * What could not be asked is [`Covered::Unavailable`](crate::Covered::Unavailable), never empty.
//! * Every call ends in bounded time, with [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) if need
//!   be.
//!
//! # For authors of layers
//!
//! Wrap an `Arc<dyn Broker>`, forward every method, add what the layer adds. Requests arrive
//! admitted and cannot be copied, so a layer cannot send one twice.

mod calls;
mod ext;
mod hub;
mod market_data;
mod order_builder;
mod portfolio;
mod reference;
mod research;
mod trading;

#[cfg(test)]
mod ext_tests;
#[cfg(test)]
mod order_builder_tests;

pub use ext::{BrokerExt, OrderLookup};
pub use hub::Broker;
pub use market_data::MarketData;
pub use order_builder::OrderBuilder;
pub use portfolio::Portfolio;
pub use reference::Reference;
pub use research::Research;
pub use trading::{Acknowledgement, Lookup, Trading, UnconfirmedCause};

#[cfg(feature = "mock")]
pub use self::{
    market_data::MockMarketData, portfolio::MockPortfolio, reference::MockReference,
    research::MockResearch, trading::MockTrading,
};
