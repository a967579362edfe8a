//! Corporate actions, news and scanners.
//!
//! `calendar` reads the event calendar's JSON without a socket; `service` asks.

mod calendar;
mod news;
mod service;

#[cfg(test)]
mod calendar_tests;
#[cfg(test)]
mod service_tests;
#[cfg(test)]
mod wire_tests;

pub(crate) use service::Reports;
