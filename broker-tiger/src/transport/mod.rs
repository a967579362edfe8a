//! Requests and answers: one HTTP address, one verb, one signed JSON object of texts.
//!
//! `method` is the table of what can be asked, `call` one question or command, `request` its signed
//! form, `http` and `tls` the bytes, `envelope` what came back, and `gateway` puts them together: it
//! decides what may be asked again and what is not known to have failed.

mod call;
mod envelope;
mod gateway;
mod http;
mod method;
mod request;
mod tls;

#[cfg(test)]
mod envelope_tests;
#[cfg(test)]
mod gateway_tests;
#[cfg(test)]
mod request_tests;
#[cfg(test)]
pub(crate) mod scripted_server;

pub(crate) use call::{Call, Parameters};
pub(crate) use envelope::Data;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use envelope::read_any;
pub(crate) use gateway::{Gateway, Login, Written};
pub(crate) use http::Http;
pub(crate) use method::{Method, Tier};
pub use tls::Trust;
