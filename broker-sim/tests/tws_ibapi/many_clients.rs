use broker_core::dec;
use broker_sim::{
    fault::Fault,
    tws::{Habits, TwsServer},
};
use ibapi::{
    orders::{Order, OrderStatusKind},
    prelude::*,
};

use crate::stage::{
    PATIENCE, advance, apple, apple_contract, client, drained, du1, held, next_notice, open,
    server, server_with, settled, within, words,
};

async fn limit(client: &Client, account: &str, buy: bool, quantity: i32, price: f64) -> i32 {
    let contract = apple_contract();
    let order = client.order(&contract).account(account).limit(price);
    let order = if buy {
        order.buy(quantity)
    } else {
        order.sell(quantity)
    };
    let id = order.submit().await.unwrap();
    settled(client).await;
    id.value()
}

#[tokio::test]
async fn two_clients_trade_with_each_other() {
    let server = server().await;
    let one = client(&server, 1).await;
    let two = client(&server, 2).await;
    let mut first = one.order_update_stream().await.unwrap();
    let mut second = two.order_update_stream().await.unwrap();
    // Inside the spread of the house, so that nobody else can be the other side.
    limit(&one, "DU1", true, 30, 100.0).await;
    limit(&two, "DU2", false, 12, 100.0).await;
    let heard = words(&drained(&one, &mut first).await);
    assert!(heard.contains(&"BOT 1 12".into()), "{heard:?}");
    assert!(
        heard.contains(&"status 1 Submitted 12/18".into()),
        "{heard:?}"
    );
    let heard = words(&drained(&two, &mut second).await);
    assert!(heard.contains(&"SLD 1 12".into()), "{heard:?}");
    assert!(heard.contains(&"status 1 Filled 12/0".into()), "{heard:?}");
    let truth = server.truth(&du1());
    assert_eq!(truth.fills[0].price.get(), dec!(100));
    assert_eq!(held(&server), dec!(12));
    let other = "DU2".parse().unwrap();
    assert_eq!(server.truth(&other).held(&apple()), dec!(-12));
}

/// Brings a quote up to date with its line.
async fn follow(client: &Client, line: &mut Subscription<TickTypes>, quote: &mut Quote) {
    for item in drained(client, line).await {
        if let SubscriptionItem::Data(tick) = item.unwrap() {
            quote.apply(&tick);
        }
    }
}

#[tokio::test]
async fn an_order_of_one_is_seen_in_the_market_of_all() {
    let server = server().await;
    let one = client(&server, 1).await;
    let two = client(&server, 2).await;
    let contract = apple_contract();
    let mut line = two.market_data(&contract).subscribe().await.unwrap();
    let mut quote = Quote::default();
    follow(&two, &mut line, &mut quote).await;
    limit(&one, "DU1", true, 30, 100.0).await;
    follow(&two, &mut line, &mut quote).await;
    assert_eq!((quote.bid, quote.bid_size), (Some(100.0), Some(30.0)));
    limit(&two, "DU2", false, 30, 100.0).await;
    follow(&two, &mut line, &mut quote).await;
    assert_eq!(quote.bid, Some(99.99));
    assert_eq!((quote.last, quote.last_size), (Some(100.0), Some(30.0)));
}

#[tokio::test]
async fn nobody_cancels_or_changes_another_s_order() {
    let server = server().await;
    let one = client(&server, 1).await;
    let two = client(&server, 2).await;
    let id = limit(&one, "DU1", true, 30, 90.0).await;
    let mut answers = two.cancel_order(id, "").await.unwrap();
    let told = crate::stage::code(within(answers.next()).await.unwrap());
    assert_eq!(told, Some(10147));
    assert_eq!(open(&server), 1);
    limit(&two, "DU1", true, 5, 91.0).await;
    assert_eq!(open(&server), 2);
}

#[tokio::test]
async fn the_master_client_is_told_of_everybody_s_orders() {
    let mut habits = Habits::unlimited();
    habits.master_client_id = Some(7);
    let server = server_with(habits).await;
    let one = client(&server, 1).await;
    let master = client(&server, 7).await;
    // The client drops other clients' orders from its stream and keeps their commissions, so
    // these show that the master was told (dossier §1.8).
    let mut updates = master.order_update_stream().await.unwrap();
    limit(&one, "DU1", true, 30, 101.0).await;
    let heard = words(&drained(&master, &mut updates).await);
    assert_eq!(heard, ["commission"]);
    let plain = client(&server, 8).await;
    let mut updates = plain.order_update_stream().await.unwrap();
    limit(&one, "DU1", true, 30, 101.0).await;
    assert!(drained(&plain, &mut updates).await.is_empty());
}

#[tokio::test]
async fn as_many_clients_come_in_as_there_may_be() {
    let mut habits = Habits::unlimited();
    habits.client_limit = 32;
    let server = server_with(habits).await;
    let mut clients = Vec::new();
    for id in 0..32 {
        clients.push(client(&server, id).await);
    }
    assert_eq!(server.clients(), 32);
    let refused = within(Client::connect(&server.address().to_string(), 32)).await;
    assert!(
        matches!(refused, Err(Error::ConnectionRejected(_))),
        "{:?}",
        refused.err()
    );
    let last = clients.pop().unwrap();
    last.disconnect().await;
    drop(last);
    while server.clients() == 32 {
        tokio::task::yield_now().await;
    }
    client(&server, 32).await;
}

/// Waits until the server has noticed that everybody is gone.
async fn all_gone(server: &TwsServer) {
    within(async {
        while server.clients() > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn orders_and_their_ids_outlive_the_connection() {
    let server = server().await;
    let one = client(&server, 1).await;
    let id = limit(&one, "DU1", true, 30, 95.0).await;
    one.disconnect().await;
    drop(one);
    all_gone(&server).await;
    assert_eq!(open(&server), 1);
    let again = client(&server, 1).await;
    assert_eq!(again.next_order_id(), id + 1);
    let mut listed = again.open_orders().await.unwrap();
    let listed = listed.collect_to_end_within(PATIENCE).await.unwrap();
    let Orders::OrderData(order) = &listed[0] else {
        panic!("{listed:?}")
    };
    assert_eq!(order.order_id, id);
    let mut updates = again.order_update_stream().await.unwrap();
    let contract = apple_contract();
    let order = again.order(&contract).buy(40).limit(94.0).account("DU1");
    let order: Order = order.build_order().unwrap();
    again.submit_order(id, &contract, &order).await.unwrap();
    let heard = words(&drained(&again, &mut updates).await);
    assert_eq!(heard.last().unwrap(), "status 1 Submitted 0/40");
    let other = client(&server, 2).await;
    assert_eq!(other.next_order_id(), 1);
}

#[tokio::test]
async fn what_fills_while_a_client_is_away_is_found_when_it_is_back() {
    let server = server().await;
    let one = client(&server, 1).await;
    let id = limit(&one, "DU1", true, 30, 95.0).await;
    one.disconnect().await;
    drop(one);
    all_gone(&server).await;
    crate::stage::pin(&server, &apple(), dec!(94));
    assert_eq!(held(&server), dec!(30));
    let again = client(&server, 1).await;
    let outcome = again.wait_for_fill(id, PATIENCE).await.unwrap();
    let OrderOutcome::Filled(status) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(status.status, OrderStatusKind::Filled);
    let mut done = again.executions(ExecutionFilter::default()).await.unwrap();
    let done = done.collect_to_end_within(PATIENCE).await.unwrap();
    assert_eq!(done.len(), 2);
}

#[tokio::test]
async fn a_dropped_client_comes_back_by_itself_and_is_told_of_the_gap() {
    let server = server().await;
    let client = client(&server, 1).await;
    let mut notices = client.notice_stream().unwrap();
    let mut updates = client.order_update_stream().await.unwrap();
    limit(&client, "DU1", true, 30, 95.0).await;
    let contract = apple_contract();
    let mut line = client.market_data(&contract).subscribe().await.unwrap();
    drained(&client, &mut line).await;
    server.drop_clients();
    let ended = within(line.next()).await.unwrap();
    assert!(matches!(ended, Err(Error::ConnectionReset)), "{ended:?}");
    within(client.wait_connected()).await.unwrap();
    let mut codes = Vec::new();
    while codes.last() != Some(&ibapi::TRANSPORT_RECONNECT_CODE) {
        codes.push(next_notice(&mut notices).await.code);
    }
    assert!(client.is_connected());
    drained(&client, &mut updates).await;
    crate::stage::pin(&server, &apple(), dec!(94));
    let heard = words(&drained(&client, &mut updates).await);
    assert!(heard.contains(&"status 1 Filled 30/0".into()), "{heard:?}");
}

#[tokio::test]
async fn lines_are_opened_again_after_a_nightly_reset() {
    let server = server().await;
    let client = client(&server, 1).await;
    let mut notices = client.notice_stream().unwrap();
    let contract = apple_contract();
    let open = || client.market_data(&contract).subscribe();
    let mut items = std::pin::pin!(client.resubscribing(open));
    assert!(within(items.next()).await.unwrap().is_ok());
    settled(&client).await;
    server
        .inject(&Fault::NightlyReset { down_ms: 60_000 })
        .unwrap();
    assert_eq!(next_notice(&mut notices).await.code, 1100);
    all_gone(&server).await;
    let refused = within(Client::connect(&server.address().to_string(), 2)).await;
    assert!(refused.is_err());
    advance(&server, 61);
    let mut gap = false;
    loop {
        match within(items.next()).await.unwrap().unwrap() {
            SubscriptionItem::Notice(notice) => {
                gap |= notice.code == ibapi::TRANSPORT_RECONNECT_CODE;
            }
            SubscriptionItem::Data(TickTypes::MarketDataType(_)) if gap => break,
            SubscriptionItem::Data(_) => {}
        }
    }
    assert_eq!(server.open_lines(), 1);
}
