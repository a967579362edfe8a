//! The operations under the names, with the arguments and in the shapes that clients of other servers
//! know: [`Profile::Tiger`], [`Profile::Tws`], [`Profile::IbPaper`].
//!
//! Everything is data: `tiger.rs`, `tws/` and `ib_paper.rs` list the names, what becomes of each
//! argument (`argument.rs`) and how an answer is shaped (`shape/`). `set.rs` finds what a name means,
//! `run.rs` does it, `numbers.rs` puts contract numbers beside instruments. What a caller may not do does not exist for them under any name: an alias is its
//! operation.

mod argument;
mod entry;
mod ib_paper;
pub(crate) mod numbers;
mod profile;
mod run;
mod set;
pub(crate) mod shape;
mod tiger;
pub(crate) mod tws;
mod unified;

#[cfg(test)]
mod mapping_tests;
#[cfg(test)]
mod numbers_tests;
#[cfg(test)]
mod seeds;
#[cfg(test)]
mod seeds_tests;
#[cfg(test)]
mod set_tests;

pub use entry::{Alias, Target};
pub use profile::Profile;
pub use run::Reply;
pub use set::Aliases;
pub use unified::UNIFIED;
