//! The books of one account: what it holds, what it owes, what it may still do.
//!
//! [`Account`] is a plain data structure: no clock, no I/O, and every figure exact. A fill walks
//! `booking` → `ledger` (the recent events of one holding) → `holding` (average cost) and
//! `commission` → `cash`; `margin` says what positions need, `affordability` whether an order fits,
//! `report` what the owner sees. The exchange brings prices and rates as [`Marks`].
//!
//! Simplifications: cash bears no interest; futures are not settled daily; a currency pair's
//! holding only keeps score; margin recognises covered options and vertical spreads, not every
//! strategy; the fees of regulators are not charged.

mod affordability;
mod book_keeping;
mod booking;
mod cash;
mod commission;
mod corporate;
mod error;
mod exact;
mod holding;
mod ledger;
mod margin;
mod marks;
mod option_margin;
mod portfolio_margin;
mod report;
mod reservation;
mod together;
mod valuation;

#[cfg(test)]
mod affordability_tests;
#[cfg(test)]
mod book_keeping_tests;
#[cfg(test)]
mod commission_tests;
#[cfg(test)]
mod corporate_tests;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod margin_tests;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod report_tests;

pub use book_keeping::Account;
pub use booking::{Booking, Correction, FillEffect, HoldingSnapshot, Proposed};
pub use commission::{Charge, CommissionEntry, CommissionRule, CommissionSchedule};
pub use corporate::{Delivery, Exercise, ExerciseEffect};
pub use error::{AccountError, Refusal, Shortfall};
pub use margin::{MarginRate, MarginRates, Requirement};
pub use marks::Marks;
