use std::time::Duration;

use broker_core::{
    BrokerExt, ErrorKind, dec,
    event::{EventBody, SequenceCheck},
    model::*,
};
use chrono::TimeDelta;

use super::PaperBroker;
use crate::fault::Fault;

fn paper() -> PaperBroker {
    PaperBroker::builder().build().unwrap()
}

#[tokio::test]
async fn a_market_order_is_filled_at_the_ask() {
    let paper = paper();
    let account = paper.account().clone();
    let quote = paper.quote("AAPL").await.unwrap();
    let (id, ack) = paper.buy("AAPL", 100).submit().await.unwrap();
    assert!(ack.is_accepted());
    let order = paper.order(&account, &id).unwrap();
    assert_eq!(order.status, OrderStatus::Filled, "{order:#?}");
    assert_eq!(order.average_price, quote.ask);
    let positions = paper.truth(&account).positions;
    assert_eq!(positions.len(), 1);
    assert_eq!(positions[0].1.get(), dec!(100));
}

#[tokio::test]
async fn a_bracket_waits_fills_and_cancels_its_other_exit() {
    let paper = paper();
    let account = paper.account().clone();
    let quote = paper.quote("MSFT").await.unwrap();
    let ask = quote.ask.unwrap().get();
    let entry = paper.buy("MSFT", 100).limit(ask).build().await.unwrap();
    let exit = |order_type| {
        let mut exit = entry.clone();
        exit.client_order_id = ClientOrderId::generate();
        exit.side = Side::Sell;
        exit.order_type = order_type;
        exit.time_in_force = TimeInForce::Gtc;
        exit
    };
    let profit = exit(OrderType::Limit {
        price: Price::new((ask * dec!(1.03)).round_dp(2)).unwrap(),
    });
    let loss = exit(OrderType::Stop {
        trigger: Price::new((ask * dec!(0.97)).round_dp(2)).unwrap(),
    });
    let list = OrderList::new(
        ListId::generate(),
        Contingency::Bracket {
            entry: Box::new(entry.clone()),
            take_profit: Box::new(profit.clone()),
            stop_loss: Box::new(loss.clone()),
        },
    )
    .unwrap();
    let mut reader = paper.events(&account).unwrap();
    let acks = paper.submit_list(&list).await.unwrap();
    assert!(
        acks.iter().all(broker_core::Acknowledgement::is_accepted),
        "{acks:?}"
    );
    assert_eq!(
        paper
            .order(&account, &entry.client_order_id)
            .unwrap()
            .status,
        OrderStatus::Filled
    );
    for _ in 0..60 {
        paper.world().advance(TimeDelta::days(1));
        if paper.truth(&account).positions.is_empty() {
            break;
        }
    }
    let truth = paper.truth(&account);
    assert!(truth.positions.is_empty(), "{truth:#?}");
    let status = |order: &NewOrder| {
        paper
            .order(&account, &order.client_order_id)
            .unwrap()
            .status
            .clone()
    };
    let ends = [status(&profit), status(&loss)];
    assert!(
        ends == [OrderStatus::Filled, OrderStatus::Canceled]
            || ends == [OrderStatus::Canceled, OrderStatus::Filled],
        "{ends:?}"
    );
    let mut check = SequenceCheck::default();
    while let Some(event) = reader.try_next() {
        check.observe(&event).unwrap();
    }
}

#[tokio::test]
async fn a_lost_answer_is_unconfirmed_and_a_lookup_finds_the_order() {
    let paper = paper();
    let account = paper.account().clone();
    paper.inject(Fault::DropBeforeReply);
    let (id, ack) = paper.buy("AAPL", 10).submit().await.unwrap();
    assert!(!ack.is_accepted());
    assert_eq!(
        paper.order(&account, &id).unwrap().status,
        OrderStatus::Unconfirmed
    );
    let error = paper.quote("KO").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Disconnected);
    paper.world().advance(TimeDelta::seconds(5));
    let order = paper
        .wait_for_fill(&account, &id, Duration::from_secs(1))
        .await
        .unwrap();
    assert_eq!(order.cumulative_quantity, dec!(10));
    let again = paper
        .buy("AAPL", 10)
        .client_order_id(id.clone())
        .submit()
        .await
        .unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Duplicate);
    assert_eq!(paper.truth(&account).orders_of(&id).len(), 1);
}

#[tokio::test]
async fn the_same_seed_gives_the_same_event_bytes() {
    async fn run() -> Vec<String> {
        let paper = PaperBroker::builder().seed(7).build().unwrap();
        let account = paper.account().clone();
        let mut reader = paper.events(&account).unwrap();
        for (number, symbol) in ["AAPL", "KO", "XOM"].into_iter().enumerate() {
            let id = ClientOrderId::new(format!("order-{number}")).unwrap();
            let _ = paper
                .buy(symbol, 50)
                .client_order_id(id)
                .submit()
                .await
                .unwrap();
            paper.world().advance(TimeDelta::days(1));
        }
        let mut lines = Vec::new();
        while let Some(event) = reader.try_next() {
            lines.push(serde_json::to_string(&*event).unwrap());
        }
        lines
    }
    let (one, other) = (run().await, run().await);
    assert!(one.len() > 10);
    assert_eq!(one, other);
}

#[tokio::test]
async fn a_snapshot_after_a_disconnect_tells_what_happened_meanwhile() {
    let paper = paper();
    let account = paper.account().clone();
    let quote = paper.quote("KO").await.unwrap();
    let bid = quote.bid.unwrap().get();
    let (id, _) = paper
        .buy("KO", 100)
        .limit(bid)
        .time_in_force(TimeInForce::Gtc)
        .submit()
        .await
        .unwrap();
    let mut reader = paper.events(&account).unwrap();
    paper.inject(Fault::Disconnect {
        down_ms: 1000 * 3600 * 24 * 30,
    });
    paper.world().advance(TimeDelta::days(31));
    let order = paper.order(&account, &id).unwrap();
    let truth = paper.truth(&account);
    assert_eq!(truth.order(&id).unwrap().open, order.status.is_open());
    assert_eq!(truth.order(&id).unwrap().filled, order.cumulative_quantity);
    let mut gap = false;
    let mut check = SequenceCheck::default();
    while let Some(event) = reader.try_next() {
        check.observe(&event).unwrap();
        gap |= matches!(event.body, EventBody::Gap { .. });
    }
    assert!(gap && check.is_whole());
}
