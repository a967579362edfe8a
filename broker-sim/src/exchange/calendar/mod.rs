//! Exchange trading calendars: which days trade, when each session opens and closes in UTC, and
//! which trade date an instant belongs to.
//!
//! Start at [`Calendar`]; the words it speaks are in `session`. Each market's hours and holidays
//! are one file (`us`, `hong_kong`, `cme`, `continuous`); `rules` is what such a file implements,
//! and `year_table` turns it into the sorted boundaries that a replay walks.
//!
//! ```
//! use broker_sim::exchange::calendar::{Calendar, DayKind};
//! use chrono::NaiveDate;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let nyse = Calendar::us_equities();
//! let date = NaiveDate::from_ymd_opt(2024, 11, 29).ok_or("no such date")?;
//! assert_eq!(nyse.day(date)?, DayKind::EarlyClose);
//!
//! let friday = nyse.trading_date(date)?.ok_or("a holiday")?;
//! let close = friday.regular_close().ok_or("no regular session")?;
//! assert_eq!(close.to_rfc3339(), "2024-11-29T18:00:00+00:00"); // 13:00 in New York
//! # Ok(())
//! # }
//! ```

mod cme;
mod continuous;
mod date;
mod error;
mod hong_kong;
mod hong_kong_holidays;
mod rules;
mod schedule;
mod session;
mod us;
mod us_holidays;
mod year_table;

pub use error::CalendarError;
pub use schedule::Calendar;
pub use session::{Auction, DayKind, Phase, SessionKind, SessionWindow, TradingDate, Transition};

#[cfg(test)]
mod cme_tests;
#[cfg(test)]
mod continuous_tests;
#[cfg(test)]
mod hong_kong_tests;
#[cfg(test)]
mod properties_tests;
#[cfg(test)]
mod recorded_dates_tests;
#[cfg(test)]
mod rules_tests;
#[cfg(test)]
mod schedule_tests;
#[cfg(test)]
mod us_tests;
