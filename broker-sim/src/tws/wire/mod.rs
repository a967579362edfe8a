//! Bytes and frames: the greeting that fixes the dialect, and the length in front of every body.

mod frame;
mod greeting;

#[cfg(test)]
mod wire_tests;

pub(super) use frame::Frames;
#[cfg(test)]
use greeting::GreetingError;
pub(super) use greeting::{Greeting, answer};
