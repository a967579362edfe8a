//! The push service: TLS, frames with a length in front, one connection per developer.

mod frame;
mod message;
mod serve;
mod tls;

#[cfg(test)]
mod frame_tests;

pub(super) use message::*;
pub(super) use serve::{accept, append};
pub(super) use tls::Tls;
