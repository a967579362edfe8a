use broker_core::dec;
use ibapi::{
    orders::{CancelOrder, Liquidity, OrderStatusKind},
    prelude::*,
};

use crate::stage::{
    PATIENCE, apple, apple_contract, client, drained, du1, held, newest, open, pin, server,
    settled, within, words,
};

#[tokio::test]
async fn placing_an_order_tells_its_whole_life() {
    let server = server().await;
    let client = client(&server, 1).await;
    let contract = apple_contract();
    let order = client.order(&contract).buy(10).market().account("DU1");
    let mut order = order.build_order().unwrap();
    order.order_ref = "intent-1".into();
    let id = client.next_order_id();
    let mut events = client.place_order(id, &contract, &order).await.unwrap();
    let (mut status, mut execution, mut cost) = (None, None, None);
    while cost.is_none() {
        match within(events.next()).await.unwrap().unwrap() {
            SubscriptionItem::Data(PlaceOrder::OrderStatus(told)) => status = Some(told),
            SubscriptionItem::Data(PlaceOrder::OpenOrder(told)) => {
                assert_eq!(told.order.order_ref, "intent-1");
                assert_eq!(told.contract.contract_id, 265_598);
            }
            SubscriptionItem::Data(PlaceOrder::ExecutionData(told)) => execution = Some(told),
            SubscriptionItem::Data(PlaceOrder::CommissionReport(told)) => cost = Some(told),
            SubscriptionItem::Notice(notice) => panic!("{notice}"),
        }
    }
    let (status, execution) = (status.unwrap(), execution.unwrap().execution);
    let truth = server.truth(&du1());
    let fill = &truth.fills[0];
    assert_eq!(status.status, OrderStatusKind::Filled);
    assert_eq!((status.filled, status.remaining), (10.0, 0.0));
    assert_eq!(status.average_fill_price, Some(100.01));
    assert_eq!(execution.execution_id, fill.execution_id.as_str());
    assert_eq!(fill.client_order_id.as_str(), "intent-1");
    assert_eq!(
        execution.price.to_string(),
        fill.price.get().normalize().to_string()
    );
    assert_eq!(execution.shares, 10.0);
    assert_eq!(execution.cumulative_quantity, 10.0);
    assert_eq!(execution.account_number, "DU1");
    assert_eq!(execution.order_reference, "intent-1");
    assert_eq!(execution.last_liquidity, Liquidity::RemovedLiquidity);
    assert_eq!(execution.time, "20220103 10:00:00 US/Eastern");
    let cost = cost.unwrap();
    assert_eq!(cost.execution_id, execution.execution_id);
    assert!(cost.commission > 0.0 && cost.currency == "USD");
    assert_eq!(cost.realized_pnl, None);
}

#[tokio::test]
async fn closing_a_position_realizes_what_was_gained() {
    let server = server().await;
    let client = client(&server, 1).await;
    let contract = apple_contract();
    let buy = client.order(&contract).buy(10).market().account("DU1");
    buy.submit().await.unwrap();
    settled(&client).await;
    pin(&server, &apple(), dec!(110));
    let mut updates = client.order_update_stream().await.unwrap();
    let sell = client.order(&contract).sell(10).market().account("DU1");
    sell.submit().await.unwrap();
    let heard = drained(&client, &mut updates).await;
    let realized = heard.iter().find_map(|update| match update {
        Ok(SubscriptionItem::Data(OrderUpdate::CommissionReport(cost))) => cost.realized_pnl,
        _ => None,
    });
    let fills = server
        .world()
        .with_exchange(|exchange| exchange.fills(&du1()).to_vec());
    let [bought, sold] = fills.as_slice() else {
        panic!("{fills:?}");
    };
    // What TWS tells is net of the commissions of both sides.
    let gained = (sold.price.get() - bought.price.get()) * dec!(10);
    let paid = [bought, sold].map(|fill| fill.commission.unwrap().amount);
    let net = gained - paid[0] - paid[1];
    assert!(gained > dec!(99) && paid[0] > dec!(0), "{fills:?}");
    assert_eq!(realized.unwrap().to_string(), net.normalize().to_string());
}

#[tokio::test]
async fn the_update_stream_hears_of_every_order_of_the_client() {
    let server = server().await;
    let client = client(&server, 1).await;
    let mut updates = client.order_update_stream().await.unwrap();
    let second = client.order_update_stream().await;
    assert!(
        matches!(second, Err(Error::AlreadySubscribed)),
        "{:?}",
        second.err()
    );
    let contract = apple_contract();
    let rests = client.order(&contract).buy(5).limit(90.0).account("DU1");
    rests.submit().await.unwrap();
    let fills = client.order(&contract).buy(10).market().account("DU2");
    fills.submit().await.unwrap();
    let heard = words(&drained(&client, &mut updates).await);
    assert_eq!(
        heard,
        [
            "open 1 Submitted",
            "status 1 Submitted 0/5",
            "open 2 Submitted",
            "status 2 Submitted 0/10",
            "BOT 2 10",
            "open 2 Filled",
            "status 2 Filled 10/0",
            "commission",
        ]
    );
}

#[tokio::test]
async fn submitting_again_under_the_same_id_changes_the_order() {
    let server = server().await;
    let client = client(&server, 1).await;
    let mut updates = client.order_update_stream().await.unwrap();
    let contract = apple_contract();
    let order = client.order(&contract).buy(10).limit(90.0).account("DU1");
    let mut order = order.build_order().unwrap();
    client.submit_order(1, &contract, &order).await.unwrap();
    order.limit_price = Some(91.5);
    order.total_quantity = 15.0;
    client.submit_order(1, &contract, &order).await.unwrap();
    let heard = words(&drained(&client, &mut updates).await);
    assert_eq!(
        heard.last().unwrap(),
        "status 1 Submitted 0/15",
        "{heard:?}"
    );
    let now = newest(&server);
    assert_eq!(
        now.terms.order_type.limit_price().unwrap().get(),
        dec!(91.5)
    );
    assert_eq!(now.terms.quantity().unwrap().get(), dec!(15));
    assert_eq!(server.truth(&du1()).orders.len(), 1);
    order.limit_price = Some(101.0);
    client.submit_order(1, &contract, &order).await.unwrap();
    settled(&client).await;
    assert_eq!(held(&server), dec!(15));
}

#[tokio::test]
async fn canceling_is_confirmed_with_a_status_and_a_notice() {
    let server = server().await;
    let client = client(&server, 1).await;
    let contract = apple_contract();
    let order = client.order(&contract).buy(10).limit(90.0).account("DU1");
    let id = order.submit().await.unwrap();
    let mut answers = client.cancel_order(id, "").await.unwrap();
    let (mut status, mut notice) = (None, None);
    while notice.is_none() {
        match within(answers.next()).await.unwrap().unwrap() {
            SubscriptionItem::Data(CancelOrder::OrderStatus(told)) => status = Some(told.status),
            SubscriptionItem::Notice(told) => notice = Some(told),
        }
    }
    assert_eq!(status, Some(OrderStatusKind::Cancelled));
    assert!(notice.unwrap().is_cancellation());
    assert_eq!(open(&server), 0);
}

#[tokio::test]
async fn canceling_everything_takes_the_orders_of_every_client() {
    let server = server().await;
    let one = client(&server, 1).await;
    let two = client(&server, 2).await;
    let contract = apple_contract();
    for client in [&one, &two] {
        let order = client.order(&contract).buy(10).limit(90.0).account("DU1");
        order.submit().await.unwrap();
        settled(client).await;
    }
    let mut updates = two.order_update_stream().await.unwrap();
    one.global_cancel().await.unwrap();
    settled(&one).await;
    let heard = words(&drained(&two, &mut updates).await);
    assert_eq!(
        heard,
        ["open 1 Cancelled", "status 1 Cancelled 0/10", "202 1"]
    );
    assert_eq!(open(&server), 0);
}

#[tokio::test]
async fn one_order_can_be_followed_until_it_ends() {
    let server = server().await;
    let client = client(&server, 1).await;
    let contract = apple_contract();
    let order = client.order(&contract).buy(10).limit(95.0).account("DU1");
    let id = order.submit().await.unwrap();
    let mut statuses = client.order_status_stream(id).await.unwrap();
    settled(&client).await;
    pin(&server, &apple(), dec!(94));
    let mut seen = Vec::new();
    while seen.last() != Some(&OrderStatusKind::Filled) {
        if let SubscriptionItem::Data(status) = within(statuses.next()).await.unwrap().unwrap() {
            seen.push(status.status);
        }
    }
    assert_eq!(seen, [OrderStatusKind::Submitted, OrderStatusKind::Filled]);
}

#[tokio::test]
async fn waiting_for_a_fill_ends_with_what_became_of_the_order() {
    let server = server().await;
    let client = client(&server, 1).await;
    let contract = apple_contract();
    let submit = |kind: f64, quantity: i32| {
        let order = client.order(&contract).buy(quantity).limit(kind);
        order.account("DU1").submit()
    };
    let id = submit(101.0, 10).await.unwrap();
    let outcome = client.wait_for_fill(id, PATIENCE).await.unwrap();
    let OrderOutcome::Filled(status) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(status.filled, 10.0);
    let id = submit(90.0, 10).await.unwrap();
    let short = std::time::Duration::from_millis(200);
    let outcome = client.wait_for_fill(id, short).await.unwrap();
    assert!(matches!(outcome, OrderOutcome::TimedOut(_)), "{outcome:?}");
    let _answers = client.cancel_order(id, "").await.unwrap();
    let outcome = client.wait_for_fill(id, PATIENCE).await.unwrap();
    assert!(matches!(outcome, OrderOutcome::Ended(_)), "{outcome:?}");
    let order = client.order(&contract).buy(10).limit(90.001);
    let id = order.account("DU1").submit().await.unwrap();
    let outcome = client.wait_for_fill(id, PATIENCE).await.unwrap();
    assert!(
        matches!(outcome, OrderOutcome::Rejected(ref notice) if notice.code == 110),
        "{outcome:?}"
    );
}
