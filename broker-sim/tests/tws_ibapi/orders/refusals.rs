use broker_core::dec;
use broker_sim::tws::{Habits, TwsServer};
use ibapi::{
    Client,
    orders::{
        Action, ClientBound, Order, OrderBuilder, OrderCondition, VolatilityType,
        builder::{CompeteAgainstBest, MidOffsets, price},
        conditions::TriggerMethod,
    },
    prelude::*,
};

use crate::stage::{
    apple_contract, client, code, du1, held, newest, open, server, server_with, settled, within,
};

type Draft<'a> = OrderBuilder<ClientBound<'a, Client>>;
/// A change to an order with the code that refuses it.
type Change = (fn(&mut Order), i32);
/// A kind of order with the code that refuses it.
type Kind = (fn(Draft<'_>) -> Draft<'_>, i32);

/// Places an order and gives back the code with which it is refused.
async fn refused(client: &Client, contract: &Contract, order: &Order) -> Option<i32> {
    let id = client.next_order_id();
    let mut events = client.place_order(id, contract, order).await.unwrap();
    code(within(events.next()).await.unwrap())
}

fn drafted(client: &Client, kind: impl FnOnce(Draft<'_>) -> Draft<'_>) -> Order {
    let contract = apple_contract();
    let draft = client.order(&contract).buy(10).account("DU1");
    kind(draft).build_order().unwrap()
}

fn market(draft: Draft<'_>) -> Draft<'_> {
    draft.market()
}

#[tokio::test]
async fn types_that_the_exchange_has_not_are_refused() {
    let server = server().await;
    let client = client(&server, 1).await;
    let kinds: [fn(Draft<'_>) -> Draft<'_>; 14] = [
        |draft| draft.midprice(Some(101.0)),
        |draft| draft.relative(0.05, Some(101.0)),
        |draft| draft.passive_relative(0.05),
        |draft| draft.pegged_to_market(0.05),
        |draft| draft.pegged_to_midpoint(0.05, 101.0),
        |draft| {
            let offsets = MidOffsets {
                at_whole: 0.01,
                at_half: 0.005,
            };
            draft.peg_mid(101.0, offsets)
        },
        |draft| draft.pegged_to_stock(0.5, 10.0),
        |draft| draft.box_top(),
        |draft| draft.peg_best(101.0, CompeteAgainstBest::Offset(0.05)),
        |draft| draft.relative_market_combo(),
        |draft| {
            let draft = draft.pegged_to_benchmark(100.0);
            draft.reference_contract(272_093, "NASDAQ")
        },
        |draft| draft.market_with_protection(),
        |draft| draft.stop_with_protection(105.0),
        |draft| draft.volatility_order(0.2, VolatilityType::Annual),
    ];
    for kind in kinds {
        let order = drafted(&client, kind);
        let told = refused(&client, &apple_contract(), &order).await;
        assert_eq!(told, Some(387), "{}", order.order_type);
    }
    assert_eq!(server.truth(&du1()).orders.len(), 0);
}

#[tokio::test]
async fn attributes_that_change_when_an_order_trades_are_refused() {
    let server = server().await;
    let client = client(&server, 1).await;
    let kinds: [Kind; 6] = [
        (|draft| draft.discretionary(90.0, 0.1), 325),
        (
            |draft| {
                let twice = price(265_598, "SMART").greater_than(150.0);
                let condition: OrderCondition =
                    twice.trigger_method(TriggerMethod::DoubleBidAsk).into();
                draft.limit(90.0).condition(condition)
            },
            146,
        ),
        (
            |draft| draft.stop(110.0).trigger_method(TriggerMethod::BidAsk),
            321,
        ),
        (|draft| draft.sell_long(10).limit(110.0), 321),
        (|draft| draft.limit(90.0).good_till_crossing(), 321),
        (|draft| draft.limit(90.0).day_till_canceled(), 321),
    ];
    for (kind, code) in kinds {
        let order = drafted(&client, kind);
        let told = refused(&client, &apple_contract(), &order).await;
        assert_eq!(told, Some(code), "{order:?}");
    }
    assert_eq!(server.truth(&du1()).orders.len(), 0);
}

#[tokio::test]
async fn each_mistake_has_its_code() {
    let server = server().await;
    let client = client(&server, 1).await;
    let limit = |quantity: f64, price: f64| Order {
        action: Action::Buy,
        order_type: "LMT".into(),
        total_quantity: quantity,
        limit_price: Some(price),
        account: "DU1".into(),
        transmit: true,
        ..Order::default()
    };
    let unknown = Contract::stock("NOSUCH").build();
    let index = Contract::index("SPX");
    let mut nobody = limit(10.0, 90.0);
    nobody.account = String::new();
    let mut stranger = limit(10.0, 90.0);
    stranger.account = "DU9".into();
    let mut both = limit(10.0, 90.0);
    both.cash_qty = Some(100.0);
    let mut nonsense = limit(10.0, 90.0);
    nonsense.order_type = "SURPRISE".into();
    let apple = apple_contract();
    let cases = [
        ("off the tick", &apple, limit(10.0, 90.005), 110),
        ("not even a price", &apple, limit(10.0, 0.1 + 0.2), 110),
        ("too dear", &apple, limit(1_000_000.0, 101.0), 201),
        ("no such share", &unknown, limit(10.0, 90.0), 200),
        ("an index", &index, limit(10.0, 90.0), 387),
        ("no account", &apple, nobody, 435),
        ("another's account", &apple, stranger, 321),
        ("units and cash", &apple, both, 10245),
        ("nothing", &apple, limit(0.0, 90.0), 321),
        ("no type", &apple, nonsense, 387),
    ];
    for (what, contract, order, wanted) in cases {
        assert_eq!(
            refused(&client, contract, &order).await,
            Some(wanted),
            "{what}"
        );
    }
    assert_eq!(server.truth(&du1()).orders.len(), 0);
}

#[tokio::test]
async fn an_order_id_serves_once() {
    let server = server().await;
    let client = client(&server, 1).await;
    let contract = apple_contract();
    let order = drafted(&client, market);
    client.submit_order(7, &contract, &order).await.unwrap();
    settled(&client).await;
    for (id, wanted) in [(7, 104), (6, 103)] {
        let mut events = client.place_order(id, &contract, &order).await.unwrap();
        let mut told = None;
        while told.is_none() {
            told = code(within(events.next()).await.unwrap());
        }
        assert_eq!(told, Some(wanted));
    }
    assert_eq!(held(&server), dec!(10));
    assert_eq!(client.next_valid_order_id().await.unwrap(), 8);
}

/// The code with which a cancel is refused.
async fn cancel_refused(client: &Client, id: i32) -> Option<i32> {
    let mut answers = client.cancel_order(id, "").await.unwrap();
    loop {
        match within(answers.next()).await.unwrap() {
            Ok(SubscriptionItem::Data(_)) => {}
            Ok(SubscriptionItem::Notice(notice)) => return Some(notice.code),
            other => return code(other),
        }
    }
}

#[tokio::test]
async fn cancels_that_come_too_late_or_miss_say_why() {
    let server = server().await;
    let client = client(&server, 1).await;
    let contract = apple_contract();
    assert_eq!(cancel_refused(&client, 99).await, Some(10147));
    let filled = drafted(&client, market);
    client.submit_order(1, &contract, &filled).await.unwrap();
    assert_eq!(cancel_refused(&client, 1).await, Some(10148));
    let wrong = drafted(&client, |draft| draft.limit(90.001));
    client.submit_order(2, &contract, &wrong).await.unwrap();
    settled(&client).await;
    assert_eq!(cancel_refused(&client, 2).await, Some(135));
}

#[tokio::test]
async fn a_change_that_is_refused_leaves_the_order_alive() {
    let server = server().await;
    let client = client(&server, 1).await;
    let contract = apple_contract();
    let order = drafted(&client, |draft| draft.limit(90.0));
    let changes: [Change; 4] = [
        (|order| order.limit_price = Some(90.001), 110),
        (|order| order.action = Action::Sell, 105),
        (|order| order.order_type = "MKT".into(), 105),
        (|order| order.total_quantity = 1_000_000.0, 201),
    ];
    client.submit_order(1, &contract, &order).await.unwrap();
    settled(&client).await;
    for (change, wanted) in changes {
        let mut changed = order.clone();
        change(&mut changed);
        let mut events = client.place_order(1, &contract, &changed).await.unwrap();
        let mut told = None;
        while told.is_none() {
            told = code(within(events.next()).await.unwrap());
        }
        assert_eq!(told, Some(wanted));
        assert_eq!(open(&server), 1);
        let terms = newest(&server).terms;
        assert_eq!(terms.order_type.limit_price().unwrap().get(), dec!(90));
    }
}

async fn place_many(server: &TwsServer, client: &Client, count: usize) -> usize {
    for _ in 0..count {
        let contract = apple_contract();
        let order = client.order(&contract).buy(1).limit(90.0).account("DU1");
        order.submit().await.unwrap();
    }
    settled(client).await;
    open(server)
}

#[tokio::test]
async fn twenty_orders_for_one_contract_and_side_are_enough() {
    let mut habits = Habits::unlimited();
    habits.orders_per_contract = 20;
    let server = server_with(habits).await;
    let client = client(&server, 1).await;
    assert_eq!(place_many(&server, &client, 21).await, 20);
    let order = drafted(&client, |draft| draft.limit(90.0));
    assert_eq!(refused(&client, &apple_contract(), &order).await, Some(201));
    let _answers = client.cancel_order(1, "").await.unwrap();
    assert_eq!(place_many(&server, &client, 1).await, 20);
}
