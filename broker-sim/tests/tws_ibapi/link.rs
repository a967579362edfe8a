use broker_core::dec;
use broker_sim::tws::Relink;
use chrono::TimeDelta;
use ibapi::prelude::*;

use crate::stage::{
    advance, apple, apple_contract, client, drained, held, next_notice, pin, server, words,
};

#[tokio::test]
async fn what_happens_while_the_link_is_lost_is_told_when_it_is_back() {
    let server = server().await;
    let client = client(&server, 1).await;
    let mut notices = client.notice_stream().unwrap();
    let mut updates = client.order_update_stream().await.unwrap();
    let contract = apple_contract();
    let mut line = client.market_data(&contract).subscribe().await.unwrap();
    let order = client.order(&contract).buy(10).limit(95.0).account("DU1");
    order.submit().await.unwrap();
    drained(&client, &mut updates).await;
    drained(&client, &mut line).await;
    server.lose_link(TimeDelta::seconds(30), Relink::DataMaintained);
    assert_eq!(next_notice(&mut notices).await.code, 1100);
    pin(&server, &apple(), dec!(94));
    advance(&server, 29);
    assert_eq!(held(&server), dec!(10));
    assert!(drained(&client, &mut updates).await.is_empty());
    assert!(drained(&client, &mut line).await.is_empty());
    advance(&server, 1);
    assert_eq!(next_notice(&mut notices).await.code, 1102);
    let heard = words(&drained(&client, &mut updates).await);
    assert_eq!(
        heard,
        [
            "BOT 1 10",
            "open 1 Filled",
            "status 1 Filled 10/0",
            "commission"
        ]
    );
    let mut quote = Quote::default();
    for item in drained(&client, &mut line).await {
        if let SubscriptionItem::Data(tick) = item.unwrap() {
            quote.apply(&tick);
        }
    }
    assert_eq!(quote.bid, Some(93.99));
}

#[tokio::test]
async fn lines_that_are_lost_with_the_link_have_to_be_asked_for_again() {
    let server = server().await;
    let client = client(&server, 1).await;
    let mut notices = client.notice_stream().unwrap();
    let contract = apple_contract();
    let mut line = client.market_data(&contract).subscribe().await.unwrap();
    drained(&client, &mut line).await;
    server.lose_link(TimeDelta::seconds(30), Relink::DataLost);
    assert_eq!(next_notice(&mut notices).await.code, 1100);
    advance(&server, 30);
    assert_eq!(next_notice(&mut notices).await.code, 1101);
    assert_eq!(server.open_lines(), 0);
    pin(&server, &apple(), dec!(94));
    assert!(drained(&client, &mut line).await.is_empty());
    let mut again = client.market_data(&contract).subscribe().await.unwrap();
    assert!(!drained(&client, &mut again).await.is_empty());
}

#[tokio::test]
async fn who_comes_in_while_the_link_is_lost_is_told_so() {
    let server = server().await;
    server.lose_link(TimeDelta::seconds(30), Relink::DataMaintained);
    // Once is enough: the first to be lost is the first to be back.
    server.lose_link(TimeDelta::seconds(300), Relink::DataLost);
    let address = server.address().to_string();
    let builder = Client::builder().address(address).client_id(1);
    let (client, mut notices) = builder.connect_with_notice_stream().await.unwrap();
    assert_eq!(next_notice(&mut notices).await.code, 1100);
    advance(&server, 30);
    assert_eq!(next_notice(&mut notices).await.code, 1102);
    assert!(client.is_connected());
}
