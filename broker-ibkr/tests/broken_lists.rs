//! Order lists whose sending breaks in the middle, over the wire.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use core::time::Duration;
use std::sync::Arc;

use broker_core::{
    Acknowledgement, BrokerExt as _, dec,
    model::{
        ClientOrderId, Contingency, Currency, Instrument, ListId, Mic, NewOrder, Order,
        OrderAmount, OrderList, OrderStatus, OrderType, Price, Quantity, Side,
    },
};
use broker_ibkr::{Deadlines, IbkrBroker};
use broker_sim::{fault::Fault, paper::PaperBroker, tws::TwsServer};
use chrono::TimeDelta;

const PATIENCE: Duration = Duration::from_secs(10);

struct Stage {
    server: TwsServer,
    broker: Arc<IbkrBroker>,
}

impl Stage {
    async fn open() -> Self {
        let world = PaperBroker::builder()
            .start_at("2022-01-05T17:00:00Z".parse().unwrap())
            .account("DU1", dec!(1_000_000));
        let server = TwsServer::builder()
            .world_of(world)
            .bind("127.0.0.1:0")
            .await
            .unwrap();
        let mut deadlines = Deadlines::default();
        deadlines.command = Duration::from_millis(500);
        deadlines.reconnect_after = Duration::from_millis(5);
        deadlines.reconnect_at_most = Duration::from_millis(20);
        let broker = IbkrBroker::builder()
            .address(server.address().to_string())
            .client_id(7)
            .clock(server.world().shared_clock())
            .deadlines(deadlines)
            .connect()
            .await
            .unwrap();
        Self { server, broker }
    }

    /// Lets the orders before the struck one through.
    fn strike(&self, place: usize, fault: &Fault) {
        let harmless = Fault::Warn {
            code: "399".into(),
            text: "Order Message".into(),
        };
        for _ in 1..place {
            self.server.inject(&harmless).unwrap();
        }
        self.server.inject(fault).unwrap();
    }

    fn order(&self, side: Side, order_type: OrderType) -> NewOrder {
        NewOrder::new(
            ClientOrderId::generate(),
            self.broker.account_ids()[0].clone(),
            Instrument::equity("KO", Mic::XNYS, Currency::USD).unwrap(),
            side,
            OrderAmount::Quantity(Quantity::new(dec!(3)).unwrap()),
            order_type,
        )
    }

    fn bracket(&self, entry: OrderType) -> OrderList {
        let entry = self.order(Side::Buy, entry);
        OrderList::bracket(entry, price(dec!(900)), price(dec!(1))).unwrap()
    }

    /// Two orders to buy far below the market.
    fn alternatives(&self) -> OrderList {
        let orders = [dec!(10), dec!(11)].map(|at| self.order(Side::Buy, limit(at)));
        let orders = orders.to_vec();
        let contingency = Contingency::OneCancelsOther { orders };
        OrderList::new(ListId::generate(), contingency).unwrap()
    }

    async fn submit(&self, list: &OrderList) -> Vec<Acknowledgement> {
        let answers = self.broker.submit_list(list).await.unwrap();
        // A connection that was cut can be had again a second later.
        self.server.world().advance(TimeDelta::seconds(2));
        answers
    }

    /// Waits until an order stands as it should.
    async fn reaches(&self, id: &ClientOrderId, status: &OrderStatus) -> Arc<Order> {
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

    async fn all_reach(&self, list: &OrderList, statuses: &[OrderStatus]) -> Vec<Arc<Order>> {
        let mut reached = Vec::new();
        for ((order, _), status) in list.orders().zip(statuses) {
            reached.push(self.reaches(&order.client_order_id, status).await);
        }
        reached
    }

    /// The orders of a list that TWS still has open, by their place in it.
    fn open_at_tws(&self, list: &OrderList) -> Vec<usize> {
        let truth = self.server.truth(list.account());
        let open = list.orders().enumerate().filter(|(_, (order, _))| {
            let found = truth.orders_of(&order.client_order_id);
            assert!(found.len() < 2, "sent twice");
            found.iter().any(|order| order.open)
        });
        open.map(|(place, _)| place).collect()
    }
}

fn price(value: broker_core::Decimal) -> Price {
    Price::new(value).unwrap()
}

fn limit(value: broker_core::Decimal) -> OrderType {
    OrderType::Limit {
        price: price(value),
    }
}

const CANCELED: OrderStatus = OrderStatus::Canceled;
const REJECTED: OrderStatus = OrderStatus::Rejected;
const NEW: OrderStatus = OrderStatus::New;

fn says_why(order: &Order) -> bool {
    let reason = order.reason.as_ref();
    reason.is_some_and(|reason| reason.text.contains("not completely sent"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_arrived_of_a_bracket_is_taken_back_after_the_reconnect() {
    for place in [2, 3] {
        let stage = Stage::open().await;
        let list = stage.bracket(limit(dec!(10)));
        stage.strike(place, &Fault::DropBeforeWrite);
        let answers = stage.submit(&list).await;
        assert!(answers.iter().all(|answer| !answer.is_accepted()));
        let mut expected = [REJECTED, REJECTED, REJECTED];
        expected[..place - 1].fill(CANCELED);
        let ended = stage.all_reach(&list, &expected).await;
        assert!(says_why(&ended[2]), "{:?}", ended[2]);
        assert_eq!(stage.open_at_tws(&list), [0_usize; 0]);
        let commands = stage.server.truth(list.account()).commands.unwrap();
        // Those that arrived, and the cancel of the entry.
        assert!(
            commands <= u64::try_from(place).unwrap() + 1,
            "{commands} commands"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bracket_that_arrived_whole_is_left_to_work() {
    let stage = Stage::open().await;
    let list = stage.bracket(limit(dec!(10)));
    stage.strike(3, &Fault::DropAfterWrite);
    stage.submit(&list).await;
    stage.all_reach(&list, &[NEW, NEW, NEW]).await;
    // Another reading of the lists finds nothing to do either.
    let first = list.orders().next().unwrap().0;
    let found = stage
        .broker
        .lookup(&first.account, &first.client_order_id)
        .await;
    assert!(found.is_ok());
    assert_eq!(stage.open_at_tws(&list), [0, 1, 2]);
    assert_eq!(stage.server.truth(list.account()).commands, Some(3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bracket_whose_last_order_is_swallowed_is_taken_back() {
    let stage = Stage::open().await;
    let list = stage.bracket(limit(dec!(10)));
    stage.strike(3, &Fault::SilenceBeforeAccept);
    stage.submit(&list).await;
    stage
        .all_reach(&list, &[CANCELED, CANCELED, REJECTED])
        .await;
    assert_eq!(stage.open_at_tws(&list), [0_usize; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bracket_whose_caller_gives_up_is_taken_back() {
    let stage = Stage::open().await;
    let list = stage.bracket(limit(dec!(10)));
    stage.strike(3, &Fault::SilenceBeforeAccept);
    let (broker, sent) = (Arc::clone(&stage.broker), list.clone());
    let submit = tokio::spawn(async move { broker.submit_list(&sent).await });
    while stage.open_at_tws(&list).len() < 2 {
        tokio::task::yield_now().await;
    }
    submit.abort();
    stage
        .all_reach(&list, &[CANCELED, CANCELED, REJECTED])
        .await;
    assert_eq!(stage.open_at_tws(&list), [0_usize; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_that_protects_a_position_is_never_taken_back() {
    for fault in [
        Fault::SilenceBeforeAccept,
        Fault::Reject {
            code: "201".into(),
            text: "Order rejected - reason: test".into(),
        },
    ] {
        let stage = Stage::open().await;
        let list = stage.bracket(OrderType::Market);
        // The exit with profit does not arrive, and the stop sets the entry free.
        stage.strike(2, &fault);
        stage.submit(&list).await;
        stage
            .all_reach(&list, &[OrderStatus::Filled, REJECTED, NEW])
            .await;
        assert_eq!(stage.open_at_tws(&list), [2]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_a_group_of_alternatives_is_taken_back() {
    for fault in [Fault::DropBeforeWrite, Fault::SilenceBeforeAccept] {
        let stage = Stage::open().await;
        let list = stage.alternatives();
        stage.strike(2, &fault);
        stage.submit(&list).await;
        stage.all_reach(&list, &[CANCELED, REJECTED]).await;
        assert_eq!(stage.open_at_tws(&list), [0_usize; 0]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_last_order_takes_those_that_tws_holds_with_it() {
    let stage = Stage::open().await;
    let list = stage.bracket(limit(dec!(10)));
    let refusal = Fault::Reject {
        code: "201".into(),
        text: "Order rejected - reason: test".into(),
    };
    stage.strike(3, &refusal);
    stage.submit(&list).await;
    let ended = stage
        .all_reach(&list, &[CANCELED, CANCELED, REJECTED])
        .await;
    let reason = ended[2].reason.as_ref().unwrap();
    assert_eq!(reason.code.as_deref(), Some("201"), "{reason}");
    assert_eq!(stage.open_at_tws(&list), [0_usize; 0]);
}
