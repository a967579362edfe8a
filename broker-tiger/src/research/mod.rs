//! Company reports, corporate actions and the scanner. Tiger has no news.
//!
//! `service` answers; `actions`, `daily`, `reports` and `scanner` each know one of the vendor's methods.

mod actions;
mod daily;
mod reports;
mod scanner;
mod service;

#[cfg(test)]
mod research_tests;

pub use daily::DailyFigure;
pub(crate) use service::Reports;
