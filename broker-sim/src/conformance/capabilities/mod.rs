//! One check per capability of the model, gated both ways: what is declared is exercised, what is
//! not declared has to be refused before anything reaches the broker.

pub(super) mod accounts;
pub(super) mod amounts;
pub(super) mod auctions;
pub(super) mod conditional;
mod gate;
pub(super) mod lists;
pub(super) mod market_data;
pub(super) mod order_types;
pub(super) mod reference;
pub(super) mod replace;
pub(super) mod research;
pub(super) mod streams;
pub(super) mod times_in_force;
