//! Orders: core's requests on the way out, what TWS says on the way back.
//!
//! Out: `trading` → `submit`, `list`, `change`, `exercise`, `preview` → `encode` → wire. Back: wire →
//! `blotter` (one stream) → `hear` with `status`, `compare` and `executions` → ledger. `register` is what
//! is known about every order by each of its names, `listing` and `lookup` ask TWS for its own lists
//! (`question` one by one), `written` is what is kept of them, `reading` and `reading_fills` say what they
//! mean for an account, `family` what has become of an order list, `busts` which executions no longer
//! count, and `proof` that TWS has read what was sent.

mod blotter;
mod busts;
mod change;
mod compare;
mod decode;
mod encode;
mod entry;
mod executions;
mod exercise;
mod family;
mod hear;
mod hear_code;
mod list;
mod listing;
mod lookup;
mod preview;
mod proof;
mod question;
mod reading;
mod reading_fills;
mod register;
mod status;
mod submit;
mod trading;
mod written;

#[cfg(test)]
mod blotter_tests;
#[cfg(test)]
mod busts_tests;
#[cfg(test)]
mod change_tests;
#[cfg(test)]
mod decode_tests;
#[cfg(test)]
mod encode_tests;
#[cfg(test)]
mod executions_tests;
#[cfg(test)]
mod family_tests;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod hear_code_tests;
#[cfg(test)]
mod hear_tests;
#[cfg(test)]
mod identity_tests;
#[cfg(test)]
mod list_tests;
#[cfg(test)]
mod question_tests;
#[cfg(test)]
mod reading_tests;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod status_tests;
#[cfg(test)]
mod written_tests;

pub(crate) use blotter::Blotter;
pub(crate) use listing::Lists;
pub(crate) use lookup::Search;
