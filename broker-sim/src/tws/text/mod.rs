//! The text dialect: fields that each end in NUL, for clients that offer at most version 178.
//!
//! [`decode`] reads a frame's body into the same [`Request`](super::message::Request) that the
//! protobuf dialect yields; [`encode`] writes a [`Reply`](super::message::Reply) as such a body.

mod field_reader;
mod field_writer;
mod malformed;
mod reply;
mod request;

pub(crate) use self::{
    malformed::{Malformed, Reason},
    reply::encode,
    request::decode,
};

#[cfg(test)]
mod decode_tests;
#[cfg(test)]
mod encode_tests;
#[cfg(test)]
mod sample_prices;
#[cfg(test)]
mod sample_replies;
#[cfg(test)]
mod vectors_tests;

/// The first server version at which a field or a message exists.
mod since {
    pub(super) const DURATION: u32 = 158;
    pub(super) const POST_TO_ATS: u32 = 160;
    pub(super) const WALL_STREET_HORIZON: u32 = 161;
    pub(super) const AUTO_CANCEL_PARENT: u32 = 162;
    pub(super) const FRACTIONAL_SIZES: u32 = 163;
    pub(super) const SIZE_RULES: u32 = 164;
    pub(super) const HISTORICAL_SCHEDULE: u32 = 165;
    pub(super) const ADVANCED_REJECT: u32 = 166;
    pub(super) const USER_INFO: u32 = 167;
    pub(super) const MANUAL_ORDER_TIME: u32 = 169;
    pub(super) const PEG_OFFSETS: u32 = 170;
    pub(super) const EVENT_FILTERS: u32 = 171;
    pub(super) const EVENT_DATES: u32 = 173;
    pub(super) const BOND_ISSUER: u32 = 176;
    pub(super) const NO_ADVISOR_PROFILE: u32 = 177;
    pub(super) const PENDING_PRICE_REVISION: u32 = 178;
}

/// Benchmark, best and midpoint pegs carry fields of their own, under two spellings each.
mod peg {
    pub(super) fn is_benchmark(order_type: &str) -> bool {
        matches!(order_type, "PEG BENCH" | "PEGBENCH")
    }

    pub(super) fn is_best(order_type: &str) -> bool {
        matches!(order_type, "PEG BEST" | "PEGBEST")
    }

    pub(super) fn is_midpoint(order_type: &str) -> bool {
        matches!(order_type, "PEG MID" | "PEGMID")
    }
}
