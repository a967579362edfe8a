//! What can be read, and watched: `broker://status`, `accounts`, `limits`, `positions/{account}`,
//! `orders/{account}`, `quotes/{symbol}`.
//!
//! Each is an operation with its arguments, so that whoever may not call the one cannot read the other.
//! `place.rs` is the addresses, `read.rs` the lists and contents, `watch.rs` what changes them,
//! `subscribe.rs` who is told.

mod place;
mod read;
mod subscribe;
mod watch;

pub(super) use place::Place;
pub(super) use read::{list, read, templates};
pub(super) use subscribe::{Subscriptions, acceptable, listen, subscribe};
