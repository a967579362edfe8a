use chrono::{DateTime, Utc};

use super::state::State;
use crate::{exchange::Exchange, tiger::Developer};

/// One request being answered: the broker, the exchange and who asks.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    pub(super) state: &'a mut State,
    pub(super) exchange: &'a mut Exchange,
    pub(super) developer: &'a Developer,
    /// The instant of tokens and time stamps; orders and prices live on the exchange's clock.
    pub(super) office_time: DateTime<Utc>,
}

impl Turn<'_> {
    /// The present instant of the exchange.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.exchange.now()
    }
}
