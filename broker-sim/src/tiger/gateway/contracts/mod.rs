//! What is traded: the vendor's names and numbers for instruments, and what is told about them.
//!
//! `names` (how instruments are written) → `find` (which one a request means) → `answers`.

mod answers;
mod find;
mod ids;
pub(super) mod names;
mod options;

#[cfg(test)]
mod contracts_tests;

pub(super) use ids::Contracts;
