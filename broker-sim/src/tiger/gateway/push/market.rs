//! Prices: the subscriptions of market data and what is pushed for them.

use broker_core::model::Trade;
use serde_json::{Map, Value};

use crate::{
    exchange::Exchange,
    tiger::{
        gateway::{state::State, turn::Turn},
        push::{DataType, RequestSubscribe},
    },
};

/// What the developer wants to hear about prices. It outlives connections; the listings in it are
/// watched at the exchange until [`State::drop_market`].
#[derive(Debug, Default)]
pub(in crate::tiger::gateway) struct MarketSubscriptions {}

/// Something about prices that is pushed at an instant of the exchange's clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::tiger::gateway) enum MarketDue {}

impl Turn<'_> {
    /// Takes a subscription; gives back the message of the answer, or the words of a refusal.
    #[expect(clippy::unused_self, reason = "no market data is pushed yet")]
    pub(super) fn subscribe_market(
        &mut self,
        kind: DataType,
        _wanted: &RequestSubscribe,
    ) -> Result<Value, String> {
        Err(format!("{kind:?} is not supported"))
    }

    /// Lets a subscription go; without symbols all of the kind.
    #[expect(clippy::unused_self, reason = "no market data is pushed yet")]
    pub(super) fn unsubscribe_market(
        &mut self,
        kind: DataType,
        _wanted: &RequestSubscribe,
    ) -> Result<Value, String> {
        Err(format!("{kind:?} is not supported"))
    }
}

impl State {
    /// Lets every subscription of market data go.
    pub(in crate::tiger::gateway) fn drop_market(&mut self, _exchange: &mut Exchange) {
        self.push.market = MarketSubscriptions::default();
    }

    /// Writes limits and symbols into the list of subscriptions (111).
    #[expect(clippy::unused_self, reason = "no market data is pushed yet")]
    pub(super) fn list_market(&self, _list: &mut Map<String, Value>) {}

    /// The best prices or the book of a listing changed.
    #[expect(clippy::unused_self, reason = "no market data is pushed yet")]
    pub(in crate::tiger::gateway) fn on_market(
        &mut self,
        _listing: usize,
        _exchange: &mut Exchange,
    ) {
    }

    /// A trade was printed.
    #[expect(clippy::unused_self, reason = "no market data is pushed yet")]
    pub(in crate::tiger::gateway) fn on_print(
        &mut self,
        _listing: usize,
        _trade: &Trade,
        _exchange: &mut Exchange,
    ) {
    }

    /// Pushes what is due.
    #[expect(clippy::unused_self, reason = "no market data is pushed yet")]
    pub(in crate::tiger::gateway) fn play_market(
        &mut self,
        due: MarketDue,
        _exchange: &mut Exchange,
    ) {
        match due {}
    }

    /// Subscriptions of market data that are open.
    #[expect(clippy::unused_self, reason = "no market data is pushed yet")]
    pub(in crate::tiger::gateway) fn market_lines(&self) -> usize {
        0
    }
}
