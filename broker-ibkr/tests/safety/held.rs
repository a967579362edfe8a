//! Orders that are left in TWS without being transmitted.

use core::time::Duration;

use broker_core::{
    Broker as _, BrokerExt as _, ErrorKind, dec,
    model::{NewOrder, OrderStatus, ReplaceOrder, Side},
};
use broker_ibkr::IbkrExtension;
use chrono::TimeDelta;

use super::stage::{PATIENCE, Stage, connect, limit, price};

/// Lets TWS keep an order to itself.
pub(super) fn hold(order: &mut NewOrder) {
    let fields = IbkrExtension {
        held: true,
        ..IbkrExtension::default()
    };
    order.extensions.set(&fields).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_that_is_held_never_trades_and_no_change_transmits_it() {
    let mut stage = Stage::open().await;
    // It would trade at once.
    let mut order = stage.order(Side::Buy, limit(dec!(900)));
    hold(&mut order);
    let (account, id) = (order.account.clone(), order.client_order_id.clone());
    let answer = stage.broker.submit(&order).await.unwrap();
    assert!(answer.is_accepted(), "{answer:?}");
    stage.reaches(&id, &OrderStatus::Suspended).await;
    let mut change = ReplaceOrder::new(account.clone(), id.clone());
    change.limit_price = Some(price(dec!(800)));
    // Also for a program that has not placed it: nothing but its status says that it is held.
    for again in [false, true] {
        if again {
            stage.broker.close().await.unwrap();
            stage.broker = connect(&stage.server, 7, Duration::from_secs(30)).await;
            stage.reaches(&id, &OrderStatus::Suspended).await;
        }
        stage.server.world().advance(TimeDelta::seconds(5));
        let refused = stage.broker.replace(&change).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Unsupported, "{refused}");
    }
    assert!(
        stage
            .broker
            .cancel(&account, &id)
            .await
            .unwrap()
            .is_accepted()
    );
    let ended = stage.broker.wait_for_end(&account, &id, PATIENCE).await;
    assert_eq!(ended.unwrap().status, OrderStatus::Canceled);
    assert!(stage.server.truth(&account).fills.is_empty());
}
