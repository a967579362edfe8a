//! Contracts: TWS's names for instruments, and what it tells about them.

mod answers;
mod find;
mod ids;
mod names;
mod written;

#[cfg(test)]
mod contracts_tests;

pub(super) use find::Unclear;
pub(super) use ids::Contracts;
