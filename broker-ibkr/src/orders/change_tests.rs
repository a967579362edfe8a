use core::time::Duration;
use std::sync::Arc;

use broker_core::{
    Acknowledgement, Decimal, ErrorKind, Result, UnconfirmedCause, dec,
    model::{AccountId, ClientOrderId, NewOrder, OrderType, ReplaceOrder, TrailingOffset},
};
use tokio::{task::JoinHandle, time::timeout};

use super::{
    fixtures::{ORDER, price, quantity},
    stage::{
        CANCEL_ORDER, GLOBAL_CANCEL, OPEN_ORDER, ORDER_STATUS, PATIENCE, PLACE_ORDER,
        REQUEST_ALL_OPEN_ORDERS, REQUEST_EXECUTIONS, Stage, Told, done,
    },
};
use crate::scripted_gateway::Message;

/// Less than a call waits for its word.
const SOON: Duration = Duration::from_secs(3);

fn account() -> AccountId {
    AccountId::new("DU1").unwrap()
}

fn change() -> ReplaceOrder {
    ReplaceOrder::new(account(), ClientOrderId::new("a-1").unwrap())
}

fn reprice(to: Decimal) -> ReplaceOrder {
    let mut change = change();
    change.limit_price = Some(price(to));
    change
}

fn halve() -> ReplaceOrder {
    let mut change = change();
    change.quantity = Some(quantity(dec!(50)));
    change
}

impl Stage {
    fn replace(&self, change: ReplaceOrder) -> JoinHandle<Result<Acknowledgement>> {
        self.begin(|blotter| async move { blotter.replace_order(&change).await })
    }

    fn cancel_all(&self) -> JoinHandle<Result<Acknowledgement>> {
        self.begin(|blotter| async move { blotter.cancel_orders(&account()).await })
    }

    /// Says that the change to fifty shares has been made.
    fn say_halved(&self) {
        let mut told = Told::own();
        told.quantity = "50";
        self.gateway.send(OPEN_ORDER, &told.open());
    }

    fn ends(&self, order: &Told) {
        self.gateway.send(ORDER_STATUS, &order.status("Cancelled"));
    }
}

#[tokio::test]
async fn no_second_change_is_sent_while_the_first_one_is_unanswered() {
    let mut stage = Stage::open().await;
    stage.listen().await;
    stage.has_working(&Told::own());
    let first = stage.replace(halve());
    stage.gateway.expect(PLACE_ORDER).await;
    // It would be made of the terms before the first one, and undo that.
    let second = stage.replace(reprice(dec!(188)));
    let refused = timeout(SOON, second).await.expect("an answer at once");
    let refused = refused.unwrap().unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Incomplete);
    stage.say_halved();
    assert!(done(first).await.unwrap().is_accepted());
    let second = stage.replace(reprice(dec!(188)));
    let sent = stage.gateway.expect(PLACE_ORDER).await;
    assert_eq!(sent.body.message(3).text(6), "50");
    let mut told = Told::own();
    (told.quantity, told.price) = ("50", 188.0);
    stage.gateway.send(OPEN_ORDER, &told.open());
    assert!(done(second).await.unwrap().is_accepted());
}

#[tokio::test]
async fn a_change_that_nobody_waits_for_any_more_stands_in_the_way_of_the_next_until_it_is_known() {
    let mut stage = Stage::open().await;
    stage.listen().await;
    stage.has_working(&Told::own());
    let first = stage.replace(halve());
    stage.gateway.expect(PLACE_ORDER).await;
    first.abort();
    let second = stage.replace(reprice(dec!(188)));
    let refused = timeout(SOON, second).await.expect("an answer at once");
    assert_eq!(refused.unwrap().unwrap_err().kind(), ErrorKind::Incomplete);
    // The lists tell what has become of it.
    let read = stage.begin(|blotter| async move {
        let lists = blotter.lists().await;
        let _known = blotter.read(&lists, &account()).await;
    });
    let mut told = Told::own();
    told.quantity = "50";
    stage.answer_lists(&[told], &[]).await;
    done(read).await;
    let _second = stage.replace(reprice(dec!(188)));
    let sent = stage.gateway.expect(PLACE_ORDER).await;
    assert_eq!(sent.body.message(3).text(6), "50");
}

#[tokio::test]
async fn a_list_that_is_read_meanwhile_does_not_end_the_wait_for_a_change() {
    let mut stage = Stage::open().await;
    stage.listen().await;
    stage.has_working(&Told::own());
    let change = stage.replace(halve());
    stage.gateway.expect(PLACE_ORDER).await;
    let read = stage.begin(|blotter| async move {
        let lists = blotter.lists().await;
        let _known = blotter.read(&lists, &account()).await;
    });
    stage.answer_lists(&[Told::own()], &[]).await;
    done(read).await;
    assert!(!change.is_finished());
    stage.say_halved();
    assert!(done(change).await.unwrap().is_accepted());
}

/// Three orders, as the second account of a login would have them.
fn three() -> [Told; 3] {
    let names = ["a-1", "a-2", "a-3"];
    [0, 1, 2].map(|at| {
        let mut told = Told::own();
        told.number = ORDER + at;
        told.perm = 9_001 + i64::from(at);
        told.name = names[usize::try_from(at).unwrap()];
        told
    })
}

#[tokio::test]
async fn every_order_is_canceled_before_a_word_about_one_is_waited_for() {
    let mut stage = Stage::open().await;
    stage.accounts(&["DU1"], false);
    stage.listen().await;
    let cancel = stage.cancel_all();
    let orders = three();
    stage.answer_lists(&orders, &[]).await;
    for _ in &orders {
        let sent = stage.gateway.expect(CANCEL_ORDER);
        timeout(SOON, sent)
            .await
            .expect("a cancel waits for others");
    }
    orders.iter().for_each(|order| stage.ends(order));
    assert!(done(cancel).await.unwrap().is_accepted());
}

#[tokio::test]
async fn a_refused_cancel_keeps_no_other_order_from_being_canceled() {
    let mut stage = Stage::open().await;
    stage.accounts(&["DU1"], false);
    stage.listen().await;
    let cancel = stage.cancel_all();
    let orders = three();
    stage.answer_lists(&orders, &[]).await;
    let mut sent = Vec::new();
    for at in 0..orders.len() {
        let request = stage.gateway.expect(CANCEL_ORDER);
        let request = timeout(SOON, request).await.expect("a cancel is left out");
        sent.push(request.id());
        if at == 0 {
            let text = "Can't find order with id";
            stage.gateway.refuse(request.id(), 135, text);
        }
    }
    for order in orders
        .iter()
        .filter(|order| sent[0] != i64::from(order.number))
    {
        stage.ends(order);
    }
    // One of them may work still.
    let answer = done(cancel).await.unwrap();
    let Acknowledgement::Unconfirmed { detail, .. } = answer else {
        panic!("{answer:?}")
    };
    assert!(detail.unwrap().text.contains("1 of 3"));
}

#[tokio::test]
async fn open_orders_of_others_are_not_passed_over_in_silence() {
    let mut stage = Stage::open().await;
    stage.accounts(&["DU1"], false);
    stage.listen().await;
    let cancel = stage.cancel_all();
    let mut orders = three();
    orders[1].client = 8;
    stage.answer_lists(&orders, &[]).await;
    for _ in 0..2 {
        let sent = stage.gateway.expect(CANCEL_ORDER);
        timeout(SOON, sent).await.expect("a cancel is left out");
    }
    stage.ends(&orders[0]);
    stage.ends(&orders[2]);
    let answer = done(cancel).await.unwrap();
    let Acknowledgement::Unconfirmed { detail, .. } = answer else {
        panic!("{answer:?}")
    };
    assert!(detail.unwrap().text.contains("other API clients"));
}

#[tokio::test]
async fn an_open_order_that_cannot_be_read_counts_as_one_that_may_work() {
    let mut stage = Stage::open().await;
    stage.accounts(&["DU1"], false);
    stage.listen().await;
    let cancel = stage.cancel_all();
    let [own, mut strange, _] = three();
    (strange.client, strange.number) = (0, 0);
    strange.order_type = "MIDPRICE";
    stage.answer_lists(&[own.clone(), strange], &[]).await;
    stage.gateway.expect(CANCEL_ORDER).await;
    stage.ends(&own);
    let answer = done(cancel).await.unwrap();
    let Acknowledgement::Unconfirmed { detail, .. } = answer else {
        panic!("{answer:?}")
    };
    assert!(detail.unwrap().text.contains("1 of 2"));
}

#[tokio::test]
async fn whose_order_was_placed_by_hand_is_sent_to_tws() {
    // With and without a number that TWS has bound it to.
    for number in [0, -5] {
        let mut stage = Stage::open().await;
        let replace = stage.replace(halve());
        let mut told = Told::own();
        (told.client, told.number) = (0, number);
        stage.answer_lists(&[told], &[]).await;
        let refused = done(replace).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Unsupported);
        assert!(refused.message().contains("in TWS itself"), "{refused}");
    }
}

#[tokio::test]
async fn the_answer_to_an_older_question_proves_no_global_cancel() {
    let mut stage = Stage::open().await;
    let cancel = stage.cancel_all();
    stage.gateway.expect(GLOBAL_CANCEL).await;
    // The answer to a heartbeat that was asked for before.
    stage
        .gateway
        .send(49, &Message::new().with_int(1, 1_768_557_600));
    let asked = stage.gateway.expect(REQUEST_EXECUTIONS).await;
    assert!(!cancel.is_finished());
    stage.end_executions(&asked);
    assert!(done(cancel).await.unwrap().is_accepted());
}

#[tokio::test]
async fn a_global_cancel_after_which_tws_complains_is_not_confirmed() {
    let mut stage = Stage::open().await;
    let cancel = stage.cancel_all();
    stage.gateway.expect(GLOBAL_CANCEL).await;
    let asked = stage.gateway.expect(REQUEST_EXECUTIONS).await;
    stage.gateway.link.pacer().complain();
    stage.end_executions(&asked);
    let answer = timeout(PATIENCE, cancel).await.unwrap().unwrap().unwrap();
    let Acknowledgement::Unconfirmed { cause, .. } = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(cause, UnconfirmedCause::Timeout);
}

#[tokio::test]
async fn a_change_leaves_a_stop_where_it_has_trailed_to() {
    let mut stage = Stage::open().await;
    stage.listen().await;
    let mut told = Told::own();
    (told.order_type, told.trigger) = ("TRAIL", Some(191.5));
    let key = stage.has_working(&told);
    if let Some(entry) = stage.blotter.register().get_mut(key) {
        let mut terms = NewOrder::clone(&entry.terms);
        terms.order_type = OrderType::TrailingStop {
            offset: TrailingOffset::Amount(dec!(2)),
            trigger: Some(price(dec!(195))),
        };
        entry.terms = Arc::new(terms);
    }
    let _change = stage.replace(halve());
    stage.gateway.expect(REQUEST_ALL_OPEN_ORDERS).await;
    stage.answer_open_orders(&[told]);
    let sent = stage.gateway.expect(PLACE_ORDER).await;
    let order = sent.body.message(3);
    assert_eq!((order.text(6), order.double(23)), ("50".to_owned(), 191.5));
}

#[tokio::test]
async fn an_order_of_ours_that_got_a_condition_in_tws_is_not_changed_any_more() {
    let mut stage = Stage::open().await;
    stage.listen().await;
    stage.has_working(&Told::own());
    let first = stage.replace(halve());
    stage.gateway.expect(PLACE_ORDER).await;
    let mut told = Told::own();
    (told.quantity, told.condition) = ("50", true);
    stage.gateway.send(OPEN_ORDER, &told.open());
    assert!(done(first).await.unwrap().is_accepted());
    let refused = done(stage.replace(reprice(dec!(188)))).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unsupported, "{refused}");
}

#[tokio::test]
async fn a_condition_that_a_list_shows_keeps_an_order_of_ours_from_being_changed() {
    let mut stage = Stage::open().await;
    stage.has_working(&Told::own());
    let read = stage.begin(|blotter| async move {
        let lists = blotter.lists().await;
        let _known = blotter.read(&lists, &account()).await;
    });
    let mut told = Told::own();
    told.condition = true;
    stage.answer_lists(&[told], &[]).await;
    done(read).await;
    let refused = done(stage.replace(halve())).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unsupported, "{refused}");
}
