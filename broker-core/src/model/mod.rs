//! The vocabulary: numbers, instruments, orders, executions, positions, market data.
//!
//! Words are FIX's, spelled out; the documentation cites the tag. Every type has one JSON form:
//! field names as in Rust, decimals and money as text (`"187.50"`), times as RFC 3339 in UTC, words
//! in `snake_case`. A missing figure is left out, never zero. Unknown fields are refused.
//!
//! | room | what lives there |
//! |---|---|
//! | [`Price`], [`Quantity`], [`Money`], [`TickTable`] | exact numbers |
//! | [`Instrument`], [`Mic`], [`OccSymbol`], [`Currency`] | what is traded |
//! | [`NewOrder`], [`OrderType`], [`TimeInForce`], [`OrderList`] | what is asked for |
//! | [`ExecutionReport`], [`Fill`], [`Order`], [`OrderStatus`] | what happened |
//! | [`Position`], [`AccountSummary`], [`ProfitAndLoss`] | what is held |
//! | [`Quote`], [`Depth`], [`Trade`], [`Bar`], [`Subscription`] | what the market does |
//! | [`ContractDetails`], [`OptionChain`], [`TradingSchedule`] | what is fixed |
//! | [`Fundamentals`], [`CorporateAction`], [`NewsHeadline`] | what is written about it |

mod account;
mod code;
mod combo;
pub(crate) mod decimal;
mod execution;
mod extension;
mod id;
mod instrument;
mod market;
mod money;
mod new_order;
mod numbers;
mod occ;
mod order;
mod order_list;
mod order_type;
mod reference;
mod research;
mod tick;
mod value_error;
pub(crate) mod words;

#[cfg(test)]
mod json_orders_tests;
#[cfg(test)]
mod json_tests;
#[cfg(test)]
mod lists_tests;
#[cfg(test)]
mod names_tests;
#[cfg(test)]
mod numbers_tests;
#[cfg(test)]
mod sample;
#[cfg(test)]
#[cfg(feature = "schemars")]
mod schema_tests;
#[cfg(test)]
mod tick_tests;

pub use account::{
    AccountInfo, AccountKind, AccountSummary, Balance, Environment, OrderPreview, Position,
    ProfitAndLoss,
};
pub use code::{Mic, Symbol};
pub use combo::{Combo, ComboLeg};
pub use decimal::decimal_from_f64;
pub use execution::{BrokerText, ExecutionKind, ExecutionReport, Fill, Liquidity};
pub use extension::{Extensions, OrderExtension};
pub use id::{AccountId, BrokerId, BrokerOrderId, ClientOrderId, ExecutionId, ListId};
pub use instrument::{
    AssetClass, Bond, Crypto, Equity, Forex, Fund, Future, FutureOption, Index, Instrument,
    ListedOption, Native, Warrant,
};
pub use market::{
    Bar, BarInterval, BarQuery, BarSource, Depth, DepthLevel, FeedKind, Quote, Subscription, Trade,
};
pub use money::{Currency, Money};
pub use new_order::{
    CancelOrder, ExerciseAction, ExerciseOption, NewOrder, OrderAmount, ReplaceField, ReplaceOrder,
};
pub use numbers::{MAX_MAGNITUDE, MAX_SCALE, Price, Quantity, SignedQuantity};
pub use occ::{OccSymbol, Right};
pub use order::{FillFilter, Order, OrderFilter, OrderOrigin, OrderStatus};
pub use order_list::{Contingency, ContingencyKind, ListLink, ListRole, OrderList};
pub use order_type::{
    Algo, AlgoStrategy, OrderType, OrderTypeKind, Side, TimeInForce, TimeInForceKind,
    TradingSession, TrailingOffset,
};
pub use reference::{
    ChainQuery, ContractDetails, Greeks, InstrumentMatch, InstrumentQuery, OptionChain,
    OptionComputation, OptionGiven, OptionQuery, OptionQuote, QuantityRule, SessionKind,
    SessionWindow, TradingDay, TradingSchedule,
};
pub use research::{
    CorporateAction, CorporateEvent, FundamentalFact, FundamentalKind, Fundamentals, NewsArticle,
    NewsHeadline, ResearchQuery, ScannerQuery, ScannerRanking, ScannerRow,
};
pub use tick::{TickBand, TickTable};
pub use value_error::ValueError;
