use broker_core::dec;
use broker_sim::{
    fault::Fault,
    tws::{Door, Habits, TwsServer},
};
use ibapi::{
    orders::{Executions, Order},
    prelude::*,
};

use crate::stage::{
    PATIENCE, advance, apple, apple_contract, client, code, drained, du1, held, next_notice, open,
    server, server_with, settled, within, words,
};

async fn with(change: impl FnOnce(&mut Habits)) -> TwsServer {
    let mut habits = Habits::unlimited();
    change(&mut habits);
    server_with(habits).await
}

/// What the client hears of an order to buy ten shares.
async fn bought(server: &TwsServer, limit: f64) -> Vec<String> {
    let client = client(server, 1).await;
    let mut updates = client.order_update_stream().await.unwrap();
    let contract = apple_contract();
    let order = client.order(&contract).buy(10).limit(limit);
    order.account("DU1").submit().await.unwrap();
    words(&drained(&client, &mut updates).await)
}

#[tokio::test]
async fn statuses_may_come_twice() {
    let server = with(|habits| habits.duplicate_statuses = true).await;
    let heard = bought(&server, 90.0).await;
    assert_eq!(
        heard,
        [
            "open 1 Submitted",
            "status 1 Submitted 0/10",
            "status 1 Submitted 0/10"
        ]
    );
}

#[tokio::test]
async fn a_fill_may_come_before_the_order() {
    let server = with(|habits| habits.fill_before_open_order = true).await;
    let heard = bought(&server, 101.0).await;
    assert_eq!(
        heard,
        [
            "BOT 1 10",
            "open 1 Filled",
            "status 1 Filled 10/0",
            "commission"
        ]
    );
}

#[tokio::test]
async fn statuses_may_be_missing_altogether() {
    let server = with(|habits| habits.missing_statuses = true).await;
    let heard = bought(&server, 101.0).await;
    assert_eq!(
        heard,
        [
            "open 1 Submitted",
            "BOT 1 10",
            "open 1 Filled",
            "commission"
        ]
    );
}

#[tokio::test]
async fn commissions_may_be_late() {
    let server = with(|habits| habits.commission_delay_ms = 3_000).await;
    let client = client(&server, 1).await;
    let mut updates = client.order_update_stream().await.unwrap();
    let contract = apple_contract();
    let order = client.order(&contract).buy(10).market().account("DU1");
    order.submit().await.unwrap();
    let heard = words(&drained(&client, &mut updates).await);
    assert_eq!(heard.last().unwrap(), "status 1 Filled 10/0");
    advance(&server, 2);
    assert!(drained(&client, &mut updates).await.is_empty());
    advance(&server, 1);
    let heard = words(&drained(&client, &mut updates).await);
    assert_eq!(heard, ["commission"]);
}

#[tokio::test]
async fn warnings_come_for_orders_that_live() {
    for code in [399, 404, 10349] {
        let server = with(|habits| habits.order_warnings = vec![code]).await;
        let heard = bought(&server, 90.0).await;
        assert_eq!(
            heard,
            [
                "open 1 Submitted".to_owned(),
                "status 1 Submitted 0/10".to_owned(),
                format!("{code} 1"),
            ]
        );
        assert_eq!(open(&server), 1);
    }
}

#[tokio::test]
async fn a_read_only_tws_takes_no_orders() {
    let server = with(|habits| habits.read_only = true).await;
    assert_eq!(bought(&server, 101.0).await, ["321 1"]);
    assert_eq!(held(&server), dec!(0));
    let client = client(&server, 2).await;
    let mut notices = client.notice_stream().unwrap();
    let _listed = client.open_orders().await;
    let notice = next_notice(&mut notices).await;
    assert_eq!(notice.code, 321);
    assert!(notice.message.contains("Read-Only"), "{notice}");
    server.set_habits(|habits| habits.read_only = false);
    let mut listed = client.open_orders().await.unwrap();
    let listed = listed.collect_to_end_within(PATIENCE).await.unwrap();
    assert!(listed.is_empty());
}

#[tokio::test]
async fn too_many_messages_are_refused_and_in_the_end_punished() {
    let server = with(|habits| {
        habits.messages_per_second = Some(20);
        habits.violations_tolerated = 2;
    })
    .await;
    let client = client(&server, 1).await;
    let mut notices = client.notice_stream().unwrap();
    let contract = apple_contract();
    for _ in 0..23 {
        let order = client.order(&contract).buy(1).limit(90.0).account("DU1");
        // The connection may be gone before the last one.
        let _ = order.submit().await;
    }
    for _ in 0..3 {
        assert_eq!(next_notice(&mut notices).await.code, 100);
    }
    within(async {
        while client.is_connected() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(open(&server) <= 20, "{}", open(&server));
}

#[tokio::test]
async fn lines_run_out() {
    let server = with(|habits| {
        habits.market_data_lines = 2;
        habits.depth_lines = 1;
        habits.tick_by_tick_lines = 1;
    })
    .await;
    let client = client(&server, 1).await;
    let contract = apple_contract();
    let mut lines = Vec::new();
    for _ in 0..3 {
        lines.push(client.market_data(&contract).subscribe().await.unwrap());
    }
    let last = lines.pop().unwrap();
    let mut last = last;
    assert_eq!(code(within(last.next()).await.unwrap()), Some(101));
    drop(last);
    lines.pop().unwrap().cancel().await;
    let mut again = client.market_data(&contract).subscribe().await.unwrap();
    assert!(within(again.next()).await.unwrap().is_ok());
    let _book = client.market_depth(&contract, 3).subscribe().await.unwrap();
    let mut second = client.market_depth(&contract, 3).subscribe().await.unwrap();
    assert_eq!(code(within(second.next()).await.unwrap()), Some(309));
    let _ticks = client.tick_by_tick(&contract, 0).last().await.unwrap();
    let mut second = client.tick_by_tick(&contract, 0).last().await.unwrap();
    assert_eq!(code(within(second.next()).await.unwrap()), Some(10190));
}

#[tokio::test]
async fn lines_show_changes_at_the_pace_of_tws() {
    let server = with(|habits| habits.conflate_market_data = true).await;
    let client = client(&server, 1).await;
    let contract = apple_contract();
    let mut line = client.market_data(&contract).subscribe().await.unwrap();
    drained(&client, &mut line).await;
    for price in [dec!(101), dec!(102), dec!(103)] {
        crate::stage::pin(&server, &apple(), price);
    }
    let shown = drained(&client, &mut line).await;
    assert!(shown.is_empty(), "{shown:?}");
    server.world().advance(chrono::TimeDelta::milliseconds(250));
    let mut bids = Vec::new();
    for item in drained(&client, &mut line).await {
        if let Ok(SubscriptionItem::Data(tick)) = item {
            let mut quote = Quote::default();
            quote.apply(&tick);
            bids.extend(quote.bid);
        }
    }
    assert_eq!(bids, [102.99]);
}

#[tokio::test]
async fn a_closed_door_refuses_and_a_silent_one_says_nothing() {
    let short = std::time::Duration::from_millis(300);
    let server = with(|habits| habits.door = Door::Closed).await;
    let address = server.address().to_string();
    let refused = within(Client::connect(&address, 1)).await;
    assert!(
        matches!(refused, Err(Error::ConnectionRejected(_))),
        "{:?}",
        refused.err()
    );
    for door in [Door::Silent, Door::Mute] {
        server.set_habits(|habits| habits.door = door);
        let waits = tokio::time::timeout(short, Client::connect(&address, 1)).await;
        assert!(waits.is_err(), "{door:?}");
        assert_eq!(server.clients(), 0);
    }
    server.set_habits(|habits| habits.door = Door::Open);
    client(&server, 1).await;
}

#[tokio::test]
async fn a_corrected_execution_comes_again_under_the_next_suffix() {
    let server = server().await;
    let client = client(&server, 1).await;
    let mut updates = client.order_update_stream().await.unwrap();
    let contract = apple_contract();
    let order = client.order(&contract).buy(10).market().account("DU1");
    order.submit().await.unwrap();
    drained(&client, &mut updates).await;
    server.inject(&Fault::CorrectLastFill).unwrap();
    let told = drained(&client, &mut updates).await;
    let corrected = told.iter().find_map(|update| match update {
        Ok(SubscriptionItem::Data(OrderUpdate::ExecutionData(data))) => Some(&data.execution),
        _ => None,
    });
    let corrected = corrected.unwrap();
    assert!(corrected.execution_id.ends_with(".02"), "{corrected:?}");
    let truth = server.truth(&du1());
    assert_eq!(truth.fills.len(), 1);
    assert_eq!(truth.fills[0].execution_id.as_str(), corrected.execution_id);
    assert_eq!(corrected.price, 100.02);
    assert_eq!(
        (corrected.shares, corrected.cumulative_quantity),
        (10.0, 10.0)
    );
    let mut done = client.executions(ExecutionFilter::default()).await.unwrap();
    let done = done.collect_to_end_within(PATIENCE).await.unwrap();
    let ids: Vec<_> = done
        .iter()
        .filter_map(|row| match row {
            Executions::ExecutionData(row) => Some(row.execution.execution_id.as_str()),
            Executions::CommissionReport(_) => None,
        })
        .collect();
    assert_eq!(ids, [corrected.execution_id.as_str()]);
}

#[tokio::test]
async fn a_busted_execution_is_announced_and_no_longer_listed() {
    let server = server().await;
    let client = client(&server, 1).await;
    let contract = apple_contract();
    let order = client.order(&contract).buy(10).market().account("DU1");
    order.submit().await.unwrap();
    settled(&client).await;
    let mut notices = client.notice_stream().unwrap();
    server.inject(&Fault::BustLastFill).unwrap();
    assert_eq!(next_notice(&mut notices).await.code, 10225);
    let mut done = client.executions(ExecutionFilter::default()).await.unwrap();
    let done = done.collect_to_end_within(PATIENCE).await.unwrap();
    assert!(done.is_empty(), "{done:?}");
    assert_eq!(held(&server), dec!(0));
}

#[tokio::test]
async fn faults_strike_one_order() {
    let server = server().await;
    let client = client(&server, 1).await;
    let mut updates = client.order_update_stream().await.unwrap();
    let contract = apple_contract();
    let order = client.order(&contract).buy(10).limit(90.0).account("DU1");
    let order: Order = order.build_order().unwrap();
    let text = || "by the script".to_owned();
    let reject = Fault::Reject {
        code: "201".into(),
        text: text(),
    };
    server.inject(&reject).unwrap();
    client.submit_order(1, &contract, &order).await.unwrap();
    assert_eq!(words(&drained(&client, &mut updates).await), ["201 1"]);
    let warn = Fault::Warn {
        code: "10349".into(),
        text: text(),
    };
    server.inject(&warn).unwrap();
    client.submit_order(2, &contract, &order).await.unwrap();
    let heard = words(&drained(&client, &mut updates).await);
    assert_eq!(heard.last().unwrap(), "10349 2");
    server.inject(&Fault::SilenceAfterAccept).unwrap();
    client.submit_order(3, &contract, &order).await.unwrap();
    assert!(drained(&client, &mut updates).await.is_empty());
    server.inject(&Fault::SilenceBeforeAccept).unwrap();
    client.submit_order(4, &contract, &order).await.unwrap();
    assert!(drained(&client, &mut updates).await.is_empty());
    assert_eq!(open(&server), 2);
    let mut listed = client.open_orders().await.unwrap();
    let listed = listed.collect_to_end_within(PATIENCE).await.unwrap();
    let ids: Vec<_> = listed
        .iter()
        .filter_map(|row| match row {
            Orders::OrderData(order) => Some(order.order_id),
            Orders::OrderStatus(_) => None,
        })
        .collect();
    assert_eq!(ids, [2, 3]);
    drained(&client, &mut updates).await;
    server
        .inject(&Fault::DuplicateReports { count: 1 })
        .unwrap();
    client.submit_order(5, &contract, &order).await.unwrap();
    let heard = words(&drained(&client, &mut updates).await);
    assert_eq!(heard.len(), 4, "{heard:?}");
    assert_eq!(heard[..2], heard[2..]);
}

#[tokio::test]
async fn an_order_whose_connection_broke_is_there_or_not_as_the_fault_says() {
    for (fault, arrived) in [
        (Fault::DropBeforeWrite, 0),
        (Fault::DropMidFrame, 0),
        (Fault::DropAfterWrite, 1),
        (Fault::DropBeforeReply, 1),
    ] {
        let server = server().await;
        let client = client(&server, 1).await;
        let contract = apple_contract();
        let order = client.order(&contract).buy(10).limit(90.0).account("DU1");
        let order: Order = order.build_order().unwrap();
        server.inject(&fault).unwrap();
        let mut events = client.place_order(1, &contract, &order).await.unwrap();
        let ended = within(events.next()).await.unwrap();
        assert!(
            matches!(ended, Err(Error::ConnectionReset)),
            "{fault:?} {ended:?}"
        );
        assert_eq!(open(&server), arrived, "{fault:?}");
        advance(&server, 2);
        within(client.wait_connected()).await.unwrap();
        let mut listed = client.open_orders().await.unwrap();
        let listed = listed.collect_to_end_within(PATIENCE).await.unwrap();
        assert_eq!(listed.len(), 2 * arrived, "{fault:?}");
    }
}

#[tokio::test]
async fn a_ban_refuses_everything_for_a_while() {
    let server = server().await;
    let client = client(&server, 1).await;
    server
        .inject(&Fault::RateLimitBan { ban_ms: 5_000 })
        .unwrap();
    let mut notices = client.notice_stream().unwrap();
    let contract = apple_contract();
    let order = client.order(&contract).buy(10).limit(90.0).account("DU1");
    order.submit().await.unwrap();
    assert_eq!(next_notice(&mut notices).await.code, 100);
    assert_eq!(open(&server), 0);
    advance(&server, 5);
    settled(&client).await;
}

#[tokio::test]
async fn garbage_ends_the_connection_and_the_client_comes_back() {
    let server = server().await;
    let client = client(&server, 1).await;
    let mut notices = client.notice_stream().unwrap();
    server.inject(&Fault::Garbage).unwrap();
    let mut codes = Vec::new();
    while codes.last() != Some(&ibapi::TRANSPORT_RECONNECT_CODE) {
        codes.push(next_notice(&mut notices).await.code);
    }
    settled(&client).await;
}
