//! Tiger Brokers behind [`broker_core`]: mapping plus session.
//!
//! `broker` is the hub and `builder` puts it together. `session` keeps the ledgers current, `push` says when something has changed,
//! `orders`, `portfolio`, `market_data`, `reference` and `research` are the services; `instrument`, `convert` and
//! `error` translate what they share. `treasury` and `listings` are what Tiger offers beside them.
//!
//! All of it stands on a foundation that can be used alone: `config` reads what the vendor's users have,
//! `signing` signs, `transport` asks and tells what is certain, `budget` keeps the request limits,
//! `token` keeps the token alive, and [`TigerClient`] puts them together.

mod broker;
mod budget;
mod builder;
mod capabilities;
mod client;
#[cfg(test)]
mod client_tests;
mod config;
mod convert;
mod error;
#[cfg(test)]
mod error_tests;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzz;
#[cfg(test)]
mod fuzz_tests;
mod instrument;
mod listings;
mod market_data;
mod orders;
mod portfolio;
mod push;
mod reference;
mod research;
mod session;
mod signing;
mod token;
mod transport;
mod treasury;
#[cfg(test)]
mod vectors;

pub use broker::TigerBroker;
pub use budget::{BudgetCounters, RequestLimits};
pub use builder::{AccountFilter, TigerBuilder};
pub use client::TigerClient;
pub use config::{
    CONFIG_FILE, ConfigError, Deadlines, Language, License, Origin, PushAddress, Stage, TOKEN_FILE,
    TigerConfig, TigerConfigBuilder,
};
pub use orders::{FileOrderJournal, MemoryOrderJournal, OrderJournal, SentOrder};
pub use reference::{ListedWarrant, MarketPhase, MarketState, WarrantKind, WarrantQuery};
pub use research::DailyFigure;
pub use session::{QuoteAccess, QuotePermission};
pub use signing::{AnswerPolicy, Signer};
pub use token::{FileTokenStore, MemoryTokenStore, TokenRhythm, TokenState};
pub use transport::Trust;
pub use treasury::{
    CashMovement, CashMovementQuery, CashTransfer, CurrencyExchange, ExchangeState, ExerciseCheck,
    ExerciseRecord, Outcome, Performance, PerformanceDay, PositionTransfer, Segment,
    SegmentTransfer, TradableQuantity, TransferState, TransferredPosition, Treasury,
};

/// The example of the README runs.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
