//! Company reports, corporate actions and the scanner. Tiger has no news.
//!
//! `service` answers; `actions`, `reports` and `scanner` each know one of the vendor's methods.

mod actions;
mod reports;
mod scanner;
mod service;

#[cfg(test)]
mod research_tests;

pub(crate) use service::Reports;
