//! What happens while nobody listens and is told by nobody afterwards.

use core::time::Duration;
use std::sync::Arc;

use broker_core::{
    Broker as _, BrokerExt as _, Covered, OrderLookup, SessionState, dec,
    event::EventBody,
    model::{NewOrder, OrderStatus, OrderType, Side, TimeInForce},
    order_state::OrderWarning,
};
use broker_sim::{fault::Fault, tws::Relink};
use chrono::TimeDelta;

use super::stage::{PATIENCE, Stage, connect, limit};

impl Stage {
    /// Cuts the connection, lets things happen without it, and lets it come back a while later.
    async fn while_down(&self, lasts: TimeDelta, happen: impl FnOnce(&Self)) {
        // Nobody connects while the clock is on its way: the time of the handshake would be another one.
        let down_ms = lasts.num_milliseconds().try_into().unwrap();
        let down = Fault::Disconnect { down_ms };
        self.server.inject(&down).unwrap();
        self.session(|state| !state.accepts_commands()).await;
        happen(self);
        self.server.world().advance(lasts);
        self.session(|state| *state == SessionState::Ready).await;
    }

    fn until_canceled(&self, order_type: OrderType) -> NewOrder {
        let mut order = self.order(Side::Buy, order_type);
        order.time_in_force = TimeInForce::Gtc;
        order
    }

    fn fills(&self, order: &NewOrder) -> usize {
        let ledger = self.broker.desk().ledger(&order.account).unwrap();
        let fills = ledger.snapshot().fills;
        assert!(matches!(fills, Covered::Since { .. }), "{fills:?}");
        fills.value().unwrap().len()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bust_without_a_connection_is_found_afterwards() {
    let stage = Stage::open().await;
    let order = stage.until_canceled(OrderType::Market);
    let (account, id) = (order.account.clone(), order.client_order_id.clone());
    assert!(stage.broker.submit(&order).await.unwrap().is_accepted());
    stage.reaches(&id, &OrderStatus::Filled).await;
    stage
        .while_down(TimeDelta::seconds(2), |stage| {
            stage.server.inject(&Fault::BustLastFill).unwrap();
        })
        .await;
    // TWS cancels what is left of an order whose trade was busted.
    let order_now = stage.reaches(&id, &OrderStatus::Canceled).await;
    assert_eq!(order_now.cumulative_quantity, dec!(0));
    assert_eq!(stage.fills(&order), 0);
    assert!(stage.server.truth(&account).fills.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn executions_of_an_earlier_day_are_not_taken_for_busts() {
    let stage = Stage::open().await;
    let order = stage.until_canceled(OrderType::Market);
    assert!(stage.broker.submit(&order).await.unwrap().is_accepted());
    stage
        .reaches(&order.client_order_id, &OrderStatus::Filled)
        .await;
    stage.while_down(TimeDelta::days(1), |_| {}).await;
    let stays = || {
        let kept = stage.broker.order(&order.account, &order.client_order_id);
        assert_eq!(kept.unwrap().status, OrderStatus::Filled);
    };
    stays();
    assert_eq!(stage.fills(&order), 1);
    // TWS names no trade when it says that one was busted: what it lists no more was.
    let busted = stage.until_canceled(OrderType::Market);
    assert!(stage.broker.submit(&busted).await.unwrap().is_accepted());
    let id = &busted.client_order_id;
    stage.reaches(id, &OrderStatus::Filled).await;
    stage.server.inject(&Fault::BustLastFill).unwrap();
    stage.reaches(id, &OrderStatus::Canceled).await;
    stays();
    assert_eq!(stage.fills(&order), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_that_tws_lists_no_more_is_told_to_be_unconfirmed() {
    let stage = Stage::open_with(|habits| habits.completed_orders_of_today = true).await;
    let order = stage.until_canceled(limit(dec!(10)));
    let (account, id) = (order.account.clone(), order.client_order_id.clone());
    assert!(stage.broker.submit(&order).await.unwrap().is_accepted());
    stage.reaches(&id, &OrderStatus::New).await;
    let mut events = stage.broker.events(&account).unwrap();
    stage
        .while_down(TimeDelta::days(1), |stage| {
            stage.server.world().with_exchange(|exchange| {
                let key = exchange.orders(&account)[0].key;
                exchange.cancel(key).unwrap();
            });
        })
        .await;
    let warned = async {
        loop {
            let event = events.next().await.unwrap();
            if let EventBody::Execution {
                order,
                warning: Some(warning),
                ..
            } = &event.body
            {
                return (order.status.clone(), warning.clone());
            }
        }
    };
    let warned = tokio::time::timeout(PATIENCE, warned).await;
    let was = OrderStatus::New;
    assert_eq!(
        warned.expect("no warning came"),
        (OrderStatus::Unconfirmed, OrderWarning::Unlisted { was })
    );
    // Nor does asking again turn it into an order that never was.
    let lookup = stage.broker.lookup(&account, &id).await.unwrap();
    assert!(matches!(lookup, OrderLookup::Inconclusive(_)), "{lookup:?}");
    let kept = stage.broker.order(&account, &id).unwrap();
    assert_eq!(kept.status, OrderStatus::Unconfirmed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lists_of_another_day_prove_no_absence() {
    let stage = Stage::open_with(|habits| habits.completed_orders_of_today = true).await;
    let order = stage.until_canceled(OrderType::Market);
    let (account, id) = (order.account.clone(), order.client_order_id.clone());
    stage.server.inject(&Fault::DropAfterWrite).unwrap();
    let answer = stage.broker.submit(&order).await.unwrap();
    assert!(!answer.is_accepted());
    stage.session(|state| !state.accepts_commands()).await;
    stage.server.world().advance(TimeDelta::days(1));
    stage.session(|state| *state == SessionState::Ready).await;
    // It was filled on the day before, and nothing that TWS lists says so.
    assert_eq!(stage.server.truth(&account).fills.len(), 1);
    let lookup = stage.broker.lookup(&account, &id).await.unwrap();
    assert!(matches!(lookup, OrderLookup::Inconclusive(_)), "{lookup:?}");
    let kept: Arc<_> = stage.broker.order(&account, &id).unwrap();
    assert_eq!(kept.status, OrderStatus::Unconfirmed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_was_not_answered_is_asked_for_again() {
    let stage = Stage::open().await;
    let (world, patience) = (stage.server.world(), Duration::from_millis(1_500));
    let another = connect(&stage.server, 8, patience).await;
    let mut session = another.session();
    // TWS tells an order of one client to no other one: only its lists do.
    let order = stage.until_canceled(limit(dec!(10)));
    assert!(stage.broker.submit(&order).await.unwrap().is_accepted());
    stage
        .server
        .lose_link(TimeDelta::seconds(1), Relink::DataMaintained);
    let lost = session.wait_for(|state| matches!(state, SessionState::Maintenance { .. }));
    let lost = tokio::time::timeout(PATIENCE, lost).await;
    lost.expect("the lost link is not told").unwrap();
    let ban = Fault::RateLimitBan { ban_ms: 60_000 };
    stage.server.inject(&ban).unwrap();
    world.advance(TimeDelta::seconds(2));
    // The ban swallows the first question, the one for the open orders, and no other: for a second
    // after a complaint the adapter asks nothing.
    tokio::time::sleep(patience / 2).await;
    world.advance(TimeDelta::seconds(61));
    let known = async {
        while another
            .order(&order.account, &order.client_order_id)
            .is_err()
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(10), known).await;
    in_time.expect("the order is not known");
}
