//! A simulated TWS with an adapter whose connection is cut on demand.

use core::time::Duration;
use std::sync::Arc;

use broker_core::{
    Acknowledgement, Broker as _, BrokerExt as _, SessionState, dec,
    model::{
        ClientOrderId, Contingency, Currency, Instrument, ListId, Mic, NewOrder, Order,
        OrderAmount, OrderList, OrderStatus, OrderType, Price, Quantity, Side,
    },
};
use broker_ibkr::{Deadlines, IbkrBroker};
use broker_sim::{
    fault::Fault,
    paper::PaperBroker,
    tws::{Habits, TwsServer},
};
use chrono::TimeDelta;

/// How long a test waits for what has to come.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

pub(super) struct Stage {
    pub(super) server: TwsServer,
    pub(super) broker: Arc<IbkrBroker>,
}

impl Stage {
    pub(super) async fn open() -> Self {
        Self::open_with(|_| {}).await
    }

    pub(super) async fn open_with(change: impl FnOnce(&mut Habits)) -> Self {
        let world = PaperBroker::builder()
            .start_at("2022-01-05T17:00:00Z".parse().unwrap())
            .account("DU1", dec!(1_000_000));
        let server = TwsServer::builder()
            .world_of(world)
            .bind("127.0.0.1:0")
            .await
            .unwrap();
        server.set_habits(change);
        let broker = connect(&server, 7, Duration::from_secs(30)).await;
        Self { server, broker }
    }

    /// Lets the orders before the struck one through.
    pub(super) fn strike(&self, place: usize, fault: &Fault) {
        let harmless = Fault::Warn {
            code: "399".into(),
            text: "Order Message".into(),
        };
        for _ in 1..place {
            self.server.inject(&harmless).unwrap();
        }
        self.server.inject(fault).unwrap();
    }

    pub(super) fn order(&self, side: Side, order_type: OrderType) -> NewOrder {
        NewOrder::new(
            ClientOrderId::generate(),
            self.broker.account_ids()[0].clone(),
            Instrument::equity("KO", Mic::XNYS, Currency::USD).unwrap(),
            side,
            OrderAmount::Quantity(Quantity::new(dec!(3)).unwrap()),
            order_type,
        )
    }

    pub(super) fn bracket(&self, entry: OrderType) -> OrderList {
        let entry = self.order(Side::Buy, entry);
        OrderList::bracket(entry, price(dec!(900)), price(dec!(1))).unwrap()
    }

    /// Two orders to buy far below the market.
    pub(super) fn alternatives(&self) -> OrderList {
        let orders = [dec!(10), dec!(11)].map(|at| self.order(Side::Buy, limit(at)));
        let orders = orders.to_vec();
        let contingency = Contingency::OneCancelsOther { orders };
        OrderList::new(ListId::generate(), contingency).unwrap()
    }

    pub(super) async fn submit(&self, list: &OrderList) -> Vec<Acknowledgement> {
        let answers = self.broker.submit_list(list).await.unwrap();
        // A connection that was cut can be had again a second later.
        self.server.world().advance(TimeDelta::seconds(2));
        answers
    }

    /// Waits until the session stands as it should.
    pub(super) async fn session(&self, seen: impl Fn(&SessionState) -> bool) {
        let mut session = self.broker.session();
        let reached = tokio::time::timeout(PATIENCE, session.wait_for(|state| seen(state))).await;
        let state = self.broker.session().borrow().clone();
        reached
            .unwrap_or_else(|_| panic!("the session stays {state:?}"))
            .unwrap();
    }

    /// Waits until an order stands as it should.
    pub(super) async fn reaches(&self, id: &ClientOrderId, status: &OrderStatus) -> Arc<Order> {
        let account = self.broker.account_ids()[0].clone();
        let mut events = self.broker.events(&account).unwrap();
        let reached = async {
            loop {
                match self.broker.order(&account, id) {
                    Ok(order) if order.status == *status => return order,
                    _ => events.next().await.unwrap(),
                };
            }
        };
        let late = tokio::time::timeout(PATIENCE, reached).await;
        late.unwrap_or_else(|_| {
            let is = self.broker.order(&account, id);
            panic!("{id} does not become {status}: {is:?}")
        })
    }

    pub(super) async fn all_reach(
        &self,
        list: &OrderList,
        statuses: &[OrderStatus],
    ) -> Vec<Arc<Order>> {
        let mut reached = Vec::new();
        for ((order, _), status) in list.orders().zip(statuses) {
            reached.push(self.reaches(&order.client_order_id, status).await);
        }
        reached
    }

    /// Waits until TWS has so many orders of a list open.
    pub(super) async fn has_open(&self, list: &OrderList, count: usize) {
        let there = async {
            while self.open_at_tws(list).len() < count {
                tokio::task::yield_now().await;
            }
        };
        let in_time = tokio::time::timeout(PATIENCE, there).await;
        assert!(in_time.is_ok(), "{:?} are open", self.open_at_tws(list));
    }

    /// The orders of a list that TWS still has open, by their place in it.
    pub(super) fn open_at_tws(&self, list: &OrderList) -> Vec<usize> {
        let truth = self.server.truth(list.account());
        let open = list.orders().enumerate().filter(|(_, (order, _))| {
            let found = truth.orders_of(&order.client_order_id);
            assert!(found.len() < 2, "sent twice");
            found.iter().any(|order| order.open)
        });
        open.map(|(place, _)| place).collect()
    }
}

/// An adapter that waits so long for an answer.
pub(super) async fn connect(
    server: &TwsServer,
    client_id: i32,
    request: Duration,
) -> Arc<IbkrBroker> {
    let mut deadlines = Deadlines::default();
    deadlines.request = request;
    deadlines.command = Duration::from_millis(500);
    deadlines.reconnect_after = Duration::from_millis(20);
    deadlines.reconnect_at_most = Duration::from_millis(200);
    IbkrBroker::builder()
        .address(server.address().to_string())
        .client_id(client_id)
        .clock(server.world().shared_clock())
        .deadlines(deadlines)
        .connect()
        .await
        .unwrap()
}

pub(super) fn price(value: broker_core::Decimal) -> Price {
    Price::new(value).unwrap()
}

pub(super) fn limit(value: broker_core::Decimal) -> OrderType {
    OrderType::Limit {
        price: price(value),
    }
}
