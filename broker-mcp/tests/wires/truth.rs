//! What the exchange knows, in words that answers can be held against.

use broker_core::{
    BrokerExt as _, Decimal,
    model::{
        AccountSummary, Bar, BarInterval, BarQuery, ClientOrderId, ContractDetails, Instrument,
        InstrumentQuery, Order, OrderStatus, Quote,
    },
};
use broker_sim::TrueOrder;
use chrono::NaiveDate;

use crate::stage::Stage;

impl Stage {
    /// The one share of a symbol.
    pub(crate) fn share(&self, symbol: &str) -> Instrument {
        let query = InstrumentQuery::from(symbol);
        let mut found = self
            .world()
            .with_exchange(|exchange| exchange.resolve(&query));
        assert_eq!(found.len(), 1, "{symbol}: {found:?}");
        found.swap_remove(0)
    }

    pub(crate) fn quote(&self, symbol: &str) -> Quote {
        let share = self.share(symbol);
        let quote = self
            .world()
            .with_exchange(|exchange| exchange.quote(&share));
        quote.unwrap()
    }

    /// The newest daily bars.
    pub(crate) fn days(&self, symbol: &str) -> Vec<Bar> {
        let query = BarQuery::new(self.share(symbol), BarInterval::Day1);
        let bars = self.world().with_exchange(|exchange| exchange.bars(&query));
        bars.unwrap()
    }

    pub(crate) fn contract(&self, symbol: &str) -> std::sync::Arc<ContractDetails> {
        let share = self.share(symbol);
        let details = self
            .world()
            .with_exchange(|exchange| exchange.contract(&share));
        details.unwrap()
    }

    pub(crate) fn expirations(&self, symbol: &str) -> Vec<NaiveDate> {
        let share = self.share(symbol);
        self.world()
            .with_exchange(|exchange| exchange.expirations(&share))
    }

    pub(crate) fn strikes(&self, symbol: &str) -> Vec<Decimal> {
        let share = self.share(symbol);
        self.world()
            .with_exchange(|exchange| exchange.strikes(&share))
    }

    /// Somebody buys for the first account through its registry, past the faces.
    pub(crate) async fn buy(&self, symbol: &str, quantity: Decimal) {
        let seats = self.sessions.connected().registry.seats();
        let seat = seats
            .iter()
            .find(|seat| *seat.account() == self.account())
            .unwrap();
        let order = seat.broker.buy(symbol, quantity).account(self.account());
        let (id, _) = order.submit().await.unwrap();
        let ended = self.filled(id.as_str()).await;
        assert_eq!(ended.cumulative_quantity, quantity);
    }

    /// The exchange has filled what was sent: the first account holds so many.
    pub(crate) async fn holds_soon(&self, symbol: &str, quantity: Decimal) {
        let share = self.share(symbol);
        let holds = async {
            while self.held_of(&share) != quantity {
                tokio::time::sleep(core::time::Duration::from_millis(20)).await;
            }
        };
        let within = core::time::Duration::from_secs(60);
        let held = tokio::time::timeout(within, holds).await;
        assert!(held.is_ok(), "{symbol}: {:?}", self.truth());
    }

    /// The broker works on so many orders of the first account.
    pub(crate) async fn works_soon(&self, count: usize) {
        let works = async {
            while self.working().len() != count {
                tokio::time::sleep(core::time::Duration::from_millis(20)).await;
            }
        };
        let within = core::time::Duration::from_secs(60);
        let works = tokio::time::timeout(within, works).await;
        assert!(works.is_ok(), "not {count}: {:?}", self.truth());
    }

    /// The order of this name when all of it is filled.
    pub(crate) async fn filled(&self, name: &str) -> std::sync::Arc<Order> {
        let seats = self.sessions.connected().registry.seats();
        let seat = seats
            .iter()
            .find(|seat| *seat.account() == self.account())
            .unwrap();
        let (id, within) = (
            ClientOrderId::new(name).unwrap(),
            core::time::Duration::from_secs(30),
        );
        let ended = seat
            .broker
            .wait_for_end(&self.account(), &id, within)
            .await
            .unwrap();
        assert_eq!(ended.status, OrderStatus::Filled, "{ended:?}");
        ended
    }

    /// Units of a share that the first account holds.
    pub(crate) fn held(&self, symbol: &str) -> Decimal {
        self.held_of(&self.share(symbol))
    }

    fn held_of(&self, share: &Instrument) -> Decimal {
        let positions = self.truth().positions;
        let held = positions.iter().find(|(instrument, _)| instrument == share);
        held.map_or(Decimal::ZERO, |(_, quantity)| quantity.get())
    }

    /// Orders that may still trade.
    pub(crate) fn working(&self) -> Vec<TrueOrder> {
        let orders = self.truth().orders.into_iter();
        orders.filter(|order| order.open).collect()
    }

    pub(crate) fn summary(&self) -> AccountSummary {
        let account = self.account();
        let summary = self
            .world()
            .with_exchange(|exchange| exchange.summary(&account));
        summary.unwrap()
    }
}
