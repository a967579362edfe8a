use broker_core::{
    dec,
    model::{
        OrderAmount, OrderType as Terms, OrderTypeKind as Kind, Price, TimeInForce as Force,
        TradingSession, TrailingOffset,
    },
};
use broker_sim::tws::TwsServer;
use ibapi::{
    Client,
    orders::{
        ClientBound, OrderBuilder,
        builder::{TrailBy, twap, vwap},
    },
    prelude::*,
};
use rust_decimal::Decimal;

use crate::stage::{
    advance, apple, apple_contract, client, drained, held, newest, pin, server, settled, words,
};

type Draft<'a> = OrderBuilder<ClientBound<'a, Client>>;
/// Makes a draft an order of one kind.
type Choice = fn(Draft<'_>) -> Draft<'_>;

fn price(value: Decimal) -> Price {
    Price::new(value).unwrap()
}

/// Submits an order to buy and gives back the type that the exchange has got.
async fn taken(server: &TwsServer, client: &Client, kind: Choice) -> Terms {
    let contract = apple_contract();
    let draft = kind(client.order(&contract).buy(10).account("DU1"));
    draft.submit().await.unwrap();
    settled(client).await;
    newest(server).terms.order_type.clone()
}

#[tokio::test]
async fn every_type_reaches_the_exchange_with_its_prices() {
    let server = server().await;
    let client = client(&server, 1).await;
    let limit = price(dec!(90.25));
    let (trigger, above) = (price(dec!(110.5)), price(dec!(111)));
    let cases: Vec<(Terms, Choice)> = vec![
        (Terms::Market, |draft| draft.market()),
        (Terms::Limit { price: limit }, |draft| draft.limit(90.25)),
        (Terms::Stop { trigger }, |draft| draft.stop(110.5)),
        (
            Terms::StopLimit {
                trigger,
                price: above,
            },
            |draft| draft.stop_limit(110.5, 111.0),
        ),
        (
            Terms::TrailingStop {
                offset: TrailingOffset::Percent(dec!(5)),
                trigger: Some(trigger),
            },
            |draft| draft.trailing_stop(TrailBy::Percent(5.0), 110.5),
        ),
        (
            Terms::TrailingStop {
                offset: TrailingOffset::Amount(dec!(2.5)),
                trigger: Some(trigger),
            },
            |draft| draft.trailing_stop(TrailBy::Amount(2.5), 110.5),
        ),
        (
            Terms::TrailingStopLimit {
                offset: TrailingOffset::Amount(dec!(2)),
                limit_offset: dec!(0.5),
                trigger: Some(trigger),
            },
            |draft| draft.trailing_stop_limit(TrailBy::Amount(2.0), 110.5, 0.5),
        ),
        (Terms::MarketIfTouched { trigger: limit }, |draft| {
            draft.market_if_touched(90.25)
        }),
        (
            Terms::LimitIfTouched {
                trigger: limit,
                price: price(dec!(90.5)),
            },
            |draft| draft.limit_if_touched(90.25, 90.5),
        ),
        (Terms::MarketToLimit, |draft| draft.market_to_limit()),
        (Terms::MarketOnClose, |draft| draft.market_on_close()),
        (Terms::LimitOnClose { price: limit }, |draft| {
            draft.limit_on_close(90.25)
        }),
    ];
    for (wanted, kind) in cases {
        assert_eq!(taken(&server, &client, kind).await, wanted);
    }
}

#[tokio::test]
async fn orders_for_the_opening_wait_for_it() {
    let server = server().await;
    let client = client(&server, 1).await;
    for (kind, wanted) in [
        ((|draft| draft.market_on_open()) as Choice, Kind::Market),
        (|draft| draft.limit_on_open(150.0), Kind::Limit),
    ] {
        let terms = taken(&server, &client, kind).await;
        let order = newest(&server);
        assert!(
            terms.kind() == wanted
                || matches!(terms.kind(), Kind::MarketOnOpen | Kind::LimitOnOpen),
            "{terms:?}"
        );
        assert_eq!(order.terms.time_in_force, Force::Opg);
        assert!(order.is_open() && order.filled.is_zero());
    }
    advance(&server, 24 * 3600);
    let orders = server.truth(&crate::stage::du1()).orders;
    assert!(orders.iter().all(|order| order.filled == dec!(10)));
}

#[tokio::test]
async fn orders_for_the_close_fill_at_it() {
    let server = server().await;
    let client = client(&server, 1).await;
    let mut updates = client.order_update_stream().await.unwrap();
    let contract = apple_contract();
    let order = client.order(&contract).buy(10).market_on_close();
    order.account("DU1").submit().await.unwrap();
    let heard = words(&drained(&client, &mut updates).await);
    assert_eq!(heard, ["open 1 PreSubmitted", "status 1 PreSubmitted 0/10"]);
    advance(&server, 7 * 3600);
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
    assert_eq!(held(&server), dec!(10));
}

#[tokio::test]
async fn triggers_work_when_the_price_comes() {
    let cases: [(Choice, Decimal); 6] = [
        (|draft| draft.stop(105.0), dec!(106)),
        (|draft| draft.stop_limit(105.0, 108.0), dec!(106)),
        (|draft| draft.market_if_touched(95.0), dec!(94)),
        (|draft| draft.limit_if_touched(95.0, 96.0), dec!(94)),
        (
            |draft| draft.trailing_stop(TrailBy::Amount(5.0), 105.0),
            dec!(106),
        ),
        (
            |draft| draft.trailing_stop_limit(TrailBy::Percent(5.0), 105.0, 3.0),
            dec!(106),
        ),
    ];
    for (number, (kind, there)) in cases.into_iter().enumerate() {
        let server = server().await;
        let client = client(&server, 1).await;
        let mut updates = client.order_update_stream().await.unwrap();
        taken(&server, &client, kind).await;
        let heard = words(&drained(&client, &mut updates).await);
        assert_eq!(
            heard,
            ["open 1 PreSubmitted", "status 1 PreSubmitted 0/10"],
            "case {number}"
        );
        pin(&server, &apple(), there);
        let heard = words(&drained(&client, &mut updates).await);
        assert_eq!(
            heard.last().unwrap(),
            "commission",
            "case {number} {heard:?}"
        );
        assert!(
            heard.contains(&"status 1 Filled 10/0".into()),
            "case {number}"
        );
        assert_eq!(held(&server), dec!(10), "case {number}");
    }
}

#[tokio::test]
async fn a_trailing_trigger_follows_the_price_and_is_told() {
    let server = server().await;
    let client = client(&server, 1).await;
    taken(&server, &client, |draft| {
        draft.trailing_stop(TrailBy::Amount(5.0), 105.0)
    })
    .await;
    pin(&server, &apple(), dec!(90));
    let trigger = newest(&server).trigger_price().unwrap().get();
    assert!(trigger < dec!(96), "{trigger}");
    let mut orders = client.open_orders().await.unwrap();
    let listed = orders.next_data_order().await;
    let told = listed.order.trail_stop_price.unwrap();
    assert_eq!(told.to_string(), trigger.normalize().to_string());
    assert_eq!(listed.order.aux_price, Some(5.0));
}

/// The first order that a snapshot lists.
trait FirstOrder {
    async fn next_data_order(&mut self) -> ibapi::orders::OrderData;
}

impl FirstOrder for Subscription<Orders> {
    async fn next_data_order(&mut self) -> ibapi::orders::OrderData {
        loop {
            match crate::stage::within(self.next()).await.unwrap().unwrap() {
                SubscriptionItem::Data(Orders::OrderData(order)) => return order,
                other => println!("{other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn an_order_lives_as_long_as_it_says() {
    let server = server().await;
    let client = client(&server, 1).await;
    let contract = apple_contract();
    let cases: Vec<(Force, Choice)> = vec![
        (Force::Day, |draft| draft.day_order()),
        (Force::Gtc, |draft| draft.good_till_canceled()),
        (Force::Ioc, |draft| draft.immediate_or_cancel()),
        (Force::Fok, |draft| draft.fill_or_kill()),
    ];
    for (wanted, lifetime) in cases {
        let draft = client.order(&contract).buy(10).limit(90.0).account("DU1");
        lifetime(draft).submit().await.unwrap();
        settled(&client).await;
        let order = newest(&server);
        assert_eq!(order.terms.time_in_force, wanted);
        let works = matches!(wanted, Force::Day | Force::Gtc);
        assert_eq!(order.is_open(), works, "{wanted:?}");
    }
    let order = client.order(&contract).buy(10).limit(90.0).account("DU1");
    let order = order.good_till_date("20220104 16:00:00 US/Eastern");
    order.submit().await.unwrap();
    settled(&client).await;
    let end = "2022-01-04T21:00:00Z".parse().unwrap();
    assert_eq!(newest(&server).terms.time_in_force, Force::Gtd(end));
    advance(&server, 60 * 3600);
    assert!(!newest(&server).is_open());
    let open = server.truth(&crate::stage::du1()).orders;
    let open: Vec<_> = open.iter().filter(|order| order.open).collect();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].terms.time_in_force, Force::Gtc);
}

#[tokio::test]
async fn the_smart_algorithms_are_taken() {
    let server = server().await;
    let client = client(&server, 1).await;
    let terms = taken(&server, &client, |draft| {
        let algo = vwap().max_pct_vol(0.2).build().unwrap();
        draft.limit(101.0).algo(algo)
    })
    .await;
    let capped = newest(&server).key;
    let Terms::Algo(algo) = terms else {
        panic!("{terms:?}")
    };
    assert_eq!(algo.participation, Some(dec!(0.2)));
    assert_eq!(algo.price, Some(price(dec!(101))));
    let terms = taken(&server, &client, |draft| {
        draft.market().algo(twap().build().unwrap())
    })
    .await;
    assert_eq!(terms.kind(), Kind::Twap);
    advance(&server, 7 * 3600);
    assert_eq!(newest(&server).filled, dec!(10));
    let (capped, traded) = server.world().with_exchange(|exchange| {
        let capped = exchange.order(capped).unwrap().filled;
        (capped, exchange.quote(&apple()).unwrap().volume.unwrap())
    });
    assert!(
        capped > dec!(0) && capped <= traded * dec!(0.2),
        "{capped} of {traded}"
    );
}

#[tokio::test]
async fn cash_buys_what_it_can() {
    let server = server().await;
    let client = client(&server, 1).await;
    let contract = apple_contract();
    let order = client.order(&contract).buy(0).market().cash_qty(1_000.0);
    order.account("DU1").submit().await.unwrap();
    settled(&client).await;
    let order = newest(&server);
    assert!(matches!(order.terms.amount, OrderAmount::Cash(cash) if cash.amount == dec!(1000)));
    assert!(held(&server) > dec!(9) && held(&server) <= dec!(10));
}

#[tokio::test]
async fn short_sales_and_long_hours_are_understood() {
    let server = server().await;
    let client = client(&server, 1).await;
    let contract = apple_contract();
    let order = client.order(&contract).sell_short(10).market();
    order.account("DU1").submit().await.unwrap();
    settled(&client).await;
    assert_eq!(held(&server), dec!(-10));
    let order = client.order(&contract).buy(10).limit(90.0).outside_rth();
    order.account("DU1").submit().await.unwrap();
    settled(&client).await;
    assert_eq!(newest(&server).terms.session, TradingSession::Extended);
}
