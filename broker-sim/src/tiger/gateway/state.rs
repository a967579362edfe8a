use chrono::{DateTime, Utc};

use super::{Habits, limits::Limits, quotes::QuoteState, tokens::Tokens};
use crate::tiger::Developer;

/// Everything that the broker keeps beside the exchange.
#[derive(Debug)]
pub(super) struct State {
    pub(super) habits: Habits,
    pub(super) limits: Limits,
    pub(super) tokens: Tokens,
    pub(super) quotes: QuoteState,
}

impl State {
    pub(super) fn new(habits: Habits, developer: &Developer, now: DateTime<Utc>) -> Self {
        let mut tokens = Tokens::default();
        if developer.license.needs_token() {
            tokens.issue(&habits, now);
        }
        Self {
            habits,
            limits: Limits::default(),
            tokens,
            quotes: QuoteState::default(),
        }
    }
}
