use broker_core::dec;
use broker_sim::exchange::Place;
use ibapi::{
    Client,
    orders::{
        ClientBound, OrderBuilder, OrderCondition,
        builder::{execution, price, time},
    },
};

use crate::stage::{apple, apple_contract, client, held, newest, pin, server, settled};

type Draft<'a> = OrderBuilder<ClientBound<'a, Client>>;

async fn submitted(client: &Client, kind: impl FnOnce(Draft<'_>) -> Draft<'_>) {
    let contract = apple_contract();
    let draft = client.order(&contract).buy(10).account("DU1");
    kind(draft).submit().await.unwrap();
    settled(client).await;
}

fn market(draft: Draft<'_>) -> Draft<'_> {
    draft.market()
}

#[tokio::test]
async fn conditions_of_the_client_hold_an_order_until_they_are_met() {
    let server = server().await;
    let client = client(&server, 1).await;
    submitted(&client, |draft| {
        let above: OrderCondition = price(265_598, "SMART").greater_than(105.0).into();
        let never: OrderCondition = time().greater_than("20991231 12:00:00 US/Eastern").into();
        let traded: OrderCondition = execution("AAPL", "STK", "SMART");
        draft
            .market()
            .condition(never)
            .and_condition(traded)
            .or_condition(above)
    })
    .await;
    assert_eq!(newest(&server).place, Place::Conditional);
    // A trade alone is not enough: the instant is missing.
    submitted(&client, market).await;
    assert_eq!(held(&server), dec!(10));
    pin(&server, &apple(), dec!(105));
    settled(&client).await;
    assert_eq!(held(&server), dec!(20));
}

#[tokio::test]
async fn an_order_for_later_waits_and_one_for_all_or_none_takes_no_part() {
    let server = server().await;
    let client = client(&server, 1).await;
    submitted(&client, |draft| {
        draft
            .market()
            .good_after_time("20991231 12:00:00 US/Eastern")
    })
    .await;
    assert_eq!(newest(&server).place, Place::Conditional);
    let contract = apple_contract();
    let much = client.order(&contract).buy(9_000).account("DU1");
    much.limit(100.01).all_or_none().submit().await.unwrap();
    settled(&client).await;
    assert_eq!(newest(&server).place, Place::Hungry);
    assert_eq!(held(&server), dec!(0));
}

#[tokio::test]
async fn a_hidden_order_is_hidden() {
    let server = server().await;
    let client = client(&server, 1).await;
    submitted(&client, |draft| draft.limit(100.0).hidden()).await;
    assert!(newest(&server).instructions.hidden);
    let quote = server
        .world()
        .with_exchange(|exchange| exchange.quote(&apple()).unwrap());
    assert!(quote.bid.unwrap().get() < dec!(100), "{quote:?}");
    let contract = apple_contract();
    let sale = client.order(&contract).sell(10).account("DU1");
    sale.limit(100.0).submit().await.unwrap();
    settled(&client).await;
    assert_eq!(newest(&server).average_price().unwrap().get(), dec!(100));
}
