//! What clients ask of orders beyond their terms: quantities, what is shown, adjusted stops.

use broker_core::dec;

use super::waiting_tests::{codes, last_status, pin};
use crate::tws::{
    message::{Order, Reply},
    test_client::{TestClient, apple, best_offer, limit, order, server, statuses},
};

#[tokio::test]
async fn an_order_for_all_or_none_takes_no_part() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    let (price, size) = best_offer(&server);
    let more = (size + 100).to_string();
    let mut whole = limit("BUY", &more, price);
    whole.all_or_none = Some(true);
    let said = client.place(1, apple(), whole).await;
    let last = statuses(&said).pop().unwrap();
    assert_eq!(
        (last.status.as_deref(), last.filled.as_deref()),
        (Some("Submitted"), Some("0"))
    );
    let mut part = limit("BUY", &more, price);
    part.min_qty = Some(10);
    let said = client.place(2, apple(), part).await;
    let last = statuses(&said).pop().unwrap();
    assert_eq!(last.filled, Some(size.to_string()));
}

#[tokio::test]
async fn what_no_exchange_here_does_is_refused_with_its_code() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    let small = |change: &dyn Fn(&mut Order)| {
        let mut wire = limit("BUY", "10", 10.0);
        change(&mut wire);
        wire
    };
    let cases = [
        (small(&|o| o.block_order = Some(true)), 117),
        (
            small(&|o| {
                o.block_order = Some(true);
                o.total_quantity = Some("100".into());
            }),
            321,
        ),
        (small(&|o| o.discretionary_amt = Some(0.1)), 325),
        (small(&|o| o.display_size = Some(11)), 10020),
        (
            small(&|o| {
                o.hidden = Some(true);
                o.display_size = Some(5);
            }),
            152,
        ),
        (
            Order {
                hidden: Some(true),
                ..order("BUY", "10", "MKT")
            },
            152,
        ),
        (small(&|o| o.min_qty = Some(11)), 387),
        (small(&|o| o.not_held = Some(true)), 321),
        (small(&|o| o.hedge_type = Some("D".into())), 321),
        (small(&|o| o.scale_price_increment = Some(0.1)), 321),
    ];
    for (id, (wire, code)) in (1..).zip(cases) {
        let said = client.place(id, apple(), wire.clone()).await;
        assert_eq!(codes(&said), [code], "{wire:?}");
    }
    assert!(server.truth(&"DU1".parse().unwrap()).orders.is_empty());
}

#[tokio::test]
async fn a_hidden_order_rests_and_is_not_offered() {
    let server = server(|_| {}).await;
    pin(&server, dec!(100));
    let mut client = TestClient::connect(&server, 1).await;
    let before = best_offer(&server);
    // Between the house's bid and offer.
    let mut wire = limit("BUY", "10", 100.0);
    wire.hidden = Some(true);
    let said = client.place(1, apple(), wire).await;
    assert_eq!(last_status(&said), "Submitted");
    let bid = server.world().with_exchange(|exchange| {
        let share = exchange.search("AAPL", 1)[0].instrument.clone();
        exchange.quote(&share).unwrap().bid.unwrap().get()
    });
    assert!(bid < dec!(100), "{bid}");
    assert_eq!(best_offer(&server), before);
    let said = client.place(2, apple(), limit("SELL", "10", 100.0)).await;
    assert_eq!(last_status(&said), "Filled");
}

#[tokio::test]
async fn a_sweep_is_taken_and_off_the_smart_router_warned_about() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    let mut sweep = order("BUY", "10", "MKT");
    sweep.sweep_to_fill = Some(true);
    let said = client.place(1, apple(), sweep.clone()).await;
    assert_eq!(
        (last_status(&said), codes(&said)),
        ("Filled".into(), vec![])
    );
    let mut direct = apple();
    direct.exchange = Some("NASDAQ".into());
    let said = client.place(2, direct, sweep).await;
    assert_eq!(
        (last_status(&said), codes(&said)),
        ("Filled".into(), vec![131])
    );
}

#[tokio::test]
async fn a_stop_is_adjusted_once_the_market_has_gone_its_way() {
    let server = server(|_| {}).await;
    pin(&server, dec!(100));
    let mut client = TestClient::connect(&server, 1).await;
    client.place(1, apple(), order("BUY", "10", "MKT")).await;
    let stop = Order {
        aux_price: Some(95.0),
        adjusted_order_type: Some("TRAIL".into()),
        trigger_price: Some(105.0),
        adjusted_stop_price: Some(101.0),
        adjusted_trailing_amount: Some(2.0),
        adjustable_trailing_unit: Some(0),
        ..order("SELL", "10", "STP")
    };
    assert_eq!(
        last_status(&client.place(2, apple(), stop.clone()).await),
        "PreSubmitted"
    );
    pin(&server, dec!(105));
    let said = client.heard().await;
    let told = said.iter().rev().find_map(|reply| match reply {
        Reply::OpenOrder(open) => open.order.clone(),
        _ => None,
    });
    let told = told.unwrap();
    assert_eq!(told.order_type.as_deref(), Some("TRAIL"));
    assert_eq!(
        (told.aux_price, told.trail_stop_price),
        (Some(2.0), Some(103.0))
    );
    pin(&server, dec!(102.5));
    assert_eq!(last_status(&client.heard().await), "Filled");

    let bad = [
        (
            Order {
                trigger_price: None,
                ..stop.clone()
            },
            361,
        ),
        (
            Order {
                adjusted_stop_price: None,
                ..stop.clone()
            },
            362,
        ),
        (
            Order {
                adjusted_order_type: Some("STP LMT".into()),
                ..stop.clone()
            },
            363,
        ),
        (
            Order {
                adjusted_trailing_amount: None,
                ..stop.clone()
            },
            364,
        ),
        (
            Order {
                adjusted_stop_price: Some(101.001),
                ..stop.clone()
            },
            110,
        ),
        (
            Order {
                order_type: Some("LMT".into()),
                lmt_price: Some(95.0),
                ..stop
            },
            387,
        ),
    ];
    for (id, (wire, code)) in (3..).zip(bad) {
        let said = client.place(id, apple(), wire.clone()).await;
        assert_eq!(codes(&said), [code], "{wire:?}");
    }
}
