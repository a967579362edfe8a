//! Order lists whose sending breaks in the middle.

use std::sync::Arc;

use broker_core::{
    Acknowledgement, BrokerExt as _, ErrorKind, SessionState, dec,
    model::{
        Contingency, ListId, Order, OrderFilter, OrderList, OrderStatus, OrderType, ReplaceOrder,
        Side,
    },
};
use broker_sim::fault::Fault;

use super::{
    held::hold,
    stage::{Stage, limit, price},
};

const CANCELED: OrderStatus = OrderStatus::Canceled;
const REJECTED: OrderStatus = OrderStatus::Rejected;
const NEW: OrderStatus = OrderStatus::New;

fn says_why(order: &Order) -> bool {
    let reason = order.reason.as_ref();
    reason.is_some_and(|reason| reason.text.contains("not completely sent"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_arrived_of_a_bracket_is_taken_back_after_the_reconnect() {
    for place in [2, 3] {
        let stage = Stage::open().await;
        let list = stage.bracket(limit(dec!(10)));
        stage.strike(place, &Fault::DropBeforeWrite);
        let answers = stage.submit(&list).await;
        assert!(answers.iter().all(|answer| !answer.is_accepted()));
        let mut expected = [REJECTED, REJECTED, REJECTED];
        expected[..place - 1].fill(CANCELED);
        let ended = stage.all_reach(&list, &expected).await;
        assert!(says_why(&ended[2]), "{:?}", ended[2]);
        assert_eq!(stage.open_at_tws(&list), [0_usize; 0]);
        let commands = stage.server.truth(list.account()).commands.unwrap();
        // Those that arrived, and the cancel of the entry.
        assert!(
            commands <= u64::try_from(place).unwrap() + 1,
            "{commands} commands"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bracket_that_arrived_whole_is_left_to_work() {
    let stage = Stage::open().await;
    let list = stage.bracket(limit(dec!(10)));
    stage.strike(3, &Fault::DropAfterWrite);
    let answers = stage.submit(&list).await;
    assert!(answers.iter().all(|answer| !answer.is_accepted()));
    // Ready is told when the lists have been read and what they ask for has been written.
    stage.session(|state| *state == SessionState::Ready).await;
    stage.broker.server_time().await.unwrap();
    stage.all_reach(&list, &[NEW, NEW, NEW]).await;
    assert_eq!(stage.open_at_tws(&list), [0, 1, 2]);
    assert_eq!(stage.server.truth(list.account()).commands, Some(3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bracket_whose_last_order_is_swallowed_is_taken_back() {
    let stage = Stage::open().await;
    let list = stage.bracket(limit(dec!(10)));
    stage.strike(3, &Fault::SilenceBeforeAccept);
    stage.submit(&list).await;
    stage
        .all_reach(&list, &[CANCELED, CANCELED, REJECTED])
        .await;
    assert_eq!(stage.open_at_tws(&list), [0_usize; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bracket_whose_caller_gives_up_is_taken_back() {
    let stage = Stage::open().await;
    let list = stage.bracket(limit(dec!(10)));
    stage.strike(3, &Fault::SilenceBeforeAccept);
    let (broker, sent) = (Arc::clone(&stage.broker), list.clone());
    let submit = tokio::spawn(async move { broker.submit_list(&sent).await });
    stage.has_open(&list, 2).await;
    submit.abort();
    stage
        .all_reach(&list, &[CANCELED, CANCELED, REJECTED])
        .await;
    assert_eq!(stage.open_at_tws(&list), [0_usize; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_that_protects_a_position_is_never_taken_back() {
    for fault in [
        Fault::SilenceBeforeAccept,
        Fault::Reject {
            code: "201".into(),
            text: "Order rejected - reason: test".into(),
        },
    ] {
        let stage = Stage::open().await;
        let list = stage.bracket(OrderType::Market);
        // The exit with profit does not arrive, and the stop sets the entry free.
        stage.strike(2, &fault);
        stage.submit(&list).await;
        stage
            .all_reach(&list, &[OrderStatus::Filled, REJECTED, NEW])
            .await;
        assert_eq!(stage.open_at_tws(&list), [2]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_a_group_of_alternatives_is_taken_back() {
    for fault in [Fault::DropBeforeWrite, Fault::SilenceBeforeAccept] {
        let stage = Stage::open().await;
        let list = stage.alternatives();
        stage.strike(2, &fault);
        stage.submit(&list).await;
        stage.all_reach(&list, &[CANCELED, REJECTED]).await;
        assert_eq!(stage.open_at_tws(&list), [0_usize; 0]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_last_order_takes_those_that_tws_holds_with_it() {
    let stage = Stage::open().await;
    let list = stage.bracket(limit(dec!(10)));
    let refusal = Fault::Reject {
        code: "201".into(),
        text: "Order rejected - reason: test".into(),
    };
    stage.strike(3, &refusal);
    let answers = stage.submit(&list).await;
    // Each has got its word, for what TWS holds has been canceled and not been waited for.
    let heard = answers.iter().all(Acknowledgement::is_accepted);
    assert!(heard, "{answers:?}");
    let ended = stage
        .all_reach(&list, &[CANCELED, CANCELED, REJECTED])
        .await;
    let reason = ended[2].reason.as_ref().unwrap();
    assert_eq!(reason.code.as_deref(), Some("201"), "{reason}");
    assert_eq!(stage.open_at_tws(&list), [0_usize; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_sets_no_order_free_that_tws_holds_for_its_list() {
    let stage = Stage::open().await;
    let list = stage.bracket(limit(dec!(10)));
    stage.strike(3, &Fault::SilenceBeforeAccept);
    let (broker, sent) = (Arc::clone(&stage.broker), list.clone());
    let submit = tokio::spawn(async move { broker.submit_list(&sent).await });
    stage.has_open(&list, 2).await;
    let entry = list.orders().next().unwrap().0;
    // A lookup makes the held entry known as an order that can be changed.
    let (account, id) = (&entry.account, &entry.client_order_id);
    let _asked = stage.broker.orders(account, &OrderFilter::default()).await;
    let mut change = ReplaceOrder::new(account.clone(), id.clone());
    change.limit_price = Some(price(dec!(11)));
    let refused = stage.broker.replace(&change).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Incomplete, "{refused}");
    let _answers = submit.await.unwrap();
    stage
        .all_reach(&list, &[CANCELED, CANCELED, REJECTED])
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_alternative_is_sent_after_one_that_has_traded() {
    let stage = Stage::open().await;
    let orders = [OrderType::Market, OrderType::Market].map(|kind| stage.order(Side::Buy, kind));
    let contingency = Contingency::OneCancelsOther {
        orders: orders.to_vec(),
    };
    let list = OrderList::new(ListId::generate(), contingency).unwrap();
    stage.submit(&list).await;
    stage
        .all_reach(&list, &[OrderStatus::Filled, REJECTED])
        .await;
    assert_eq!(stage.server.truth(list.account()).fills.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_of_a_list_are_not_left_without_being_transmitted() {
    let stage = Stage::open().await;
    let mut entry = stage.order(Side::Buy, limit(dec!(10)));
    hold(&mut entry);
    let list = OrderList::bracket(entry, price(dec!(900)), price(dec!(1))).unwrap();
    let refused = stage.broker.submit_list(&list).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unsupported, "{refused}");
    assert_eq!(refused.field(), Some("extensions.ibkr.held"));
    assert_eq!(stage.server.truth(list.account()).commands, Some(0));
}
