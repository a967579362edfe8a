use chrono::TimeDelta;

use crate::{
    fault::Fault,
    tws::{
        TwsServer,
        message::Reply,
        test_client::{TestClient, apple, limit, order, place, server, statuses, summary},
    },
};

fn orders(server: &TwsServer) -> usize {
    server.truth(&"DU1".parse().unwrap()).orders.len()
}

fn commands(server: &TwsServer) -> u64 {
    server.truth(&"DU1".parse().unwrap()).commands.unwrap()
}

#[tokio::test]
async fn a_command_that_is_lost_on_the_way_has_no_effect() {
    for fault in [Fault::DropBeforeWrite, Fault::DropMidFrame] {
        let server = server(|_| {}).await;
        let mut client = TestClient::connect(&server, 1).await;
        server.inject(&fault).unwrap();
        client
            .send(&place(1, apple(), limit("BUY", "1", 10.0)))
            .await;
        assert_eq!(client.next().await, None, "{fault:?}");
        assert_eq!((orders(&server), commands(&server)), (0, 0));
    }
}

#[tokio::test]
async fn a_command_whose_answer_is_lost_has_its_effect() {
    for fault in [Fault::DropAfterWrite, Fault::DropBeforeReply] {
        let server = server(|_| {}).await;
        let mut client = TestClient::connect(&server, 1).await;
        server.inject(&fault).unwrap();
        client
            .send(&place(1, apple(), limit("BUY", "1", 10.0)))
            .await;
        assert_eq!(client.next().await, None, "{fault:?}");
        assert_eq!((orders(&server), commands(&server)), (1, 1));
        // A second later it can be reached again; the order and its id are known.
        server.world().advance(TimeDelta::seconds(1));
        let mut again = TestClient::connect(&server, 1).await;
        assert_eq!(again.next_order_id, 2);
        assert_eq!(
            summary(&again.open_orders().await)[0],
            "openOrder 1 Submitted"
        );
    }
}

#[tokio::test]
async fn silence_after_acceptance_ends_with_a_question() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    server.inject(&Fault::SilenceAfterAccept).unwrap();
    let said = client.place(1, apple(), order("BUY", "1", "MKT")).await;
    assert!(said.is_empty(), "{:?}", summary(&said));
    assert_eq!(orders(&server), 1);
    let told = client.executions().await;
    assert_eq!(summary(&told)[0], "execDetails 1 BOT 1");
    let completed = client.completed_orders(true).await;
    assert_eq!(summary(&completed)[0], "completedOrder");
}

#[tokio::test]
async fn silence_about_a_refusal_leaves_no_word_and_no_order() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    server.inject(&Fault::SilenceAfterAccept).unwrap();
    let said = client.place(1, apple(), limit("BUY", "1", 10.001)).await;
    assert!(said.is_empty());
    assert_eq!((orders(&server), commands(&server)), (0, 1));
}

#[tokio::test]
async fn a_command_that_is_swallowed_leaves_no_trace() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    server.inject(&Fault::SilenceBeforeAccept).unwrap();
    assert!(
        client
            .place(1, apple(), limit("BUY", "1", 10.0))
            .await
            .is_empty()
    );
    assert_eq!((orders(&server), commands(&server)), (0, 0));
    // The id is still free.
    let said = client.place(1, apple(), limit("BUY", "1", 10.0)).await;
    assert_eq!(summary(&said)[0], "openOrder 1 Submitted");
}

#[tokio::test]
async fn fills_can_be_reported_before_the_acknowledgement() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    server.inject(&Fault::FillBeforeAcknowledgement).unwrap();
    let said = client.place(1, apple(), order("BUY", "1", "MKT")).await;
    assert_eq!(summary(&said)[0], "execDetails 1 BOT 1");
    assert!(!summary(&said).contains(&"orderStatus 1 Submitted 0/1".to_owned()));
    let said = client.place(2, apple(), order("BUY", "1", "MKT")).await;
    assert_eq!(summary(&said)[0], "openOrder 2 Submitted");
}

#[tokio::test]
async fn a_rejection_and_a_warning_carry_their_code_and_words() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    let (code, text) = ("203".to_owned(), "not allowed".to_owned());
    server.inject(&Fault::Reject { code, text }).unwrap();
    let said = client.place(1, apple(), limit("BUY", "1", 10.0)).await;
    let Reply::Error(error) = &said[0] else {
        panic!("{said:?}")
    };
    assert_eq!((error.id, error.error_code), (Some(1), Some(203)));
    assert_eq!(error.error_msg.as_deref(), Some("not allowed"));
    assert_eq!((said.len(), orders(&server)), (1, 0));
    // The id is burnt.
    let said = client.place(1, apple(), limit("BUY", "1", 10.0)).await;
    assert_eq!(summary(&said), ["error 1 103"]);
    let (code, text) = ("404".to_owned(), "locating".to_owned());
    server.inject(&Fault::Warn { code, text }).unwrap();
    let said = client.place(2, apple(), limit("BUY", "1", 10.0)).await;
    assert_eq!(
        summary(&said),
        [
            "openOrder 2 Submitted",
            "orderStatus 2 Submitted 0/1",
            "error 2 404"
        ]
    );
}

#[tokio::test]
async fn a_fault_that_strikes_a_change_leaves_the_order_as_it_was() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    client.place(1, apple(), limit("BUY", "1", 10.0)).await;
    let (code, text) = ("201".to_owned(), "no".to_owned());
    server.inject(&Fault::Reject { code, text }).unwrap();
    let said = client.place(1, apple(), limit("BUY", "1", 11.0)).await;
    assert_eq!(summary(&said), ["error 1 201"]);
    let open = client.open_orders().await;
    let Reply::OpenOrder(order) = &open[0] else {
        panic!("{open:?}")
    };
    assert_eq!(order.order.clone().unwrap().lmt_price, Some(10.0));
}

#[tokio::test]
async fn a_cancel_that_is_rejected_uses_no_id_up() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    client.place(1, apple(), limit("BUY", "1", 10.0)).await;
    // Some code or other refuses an order, but not a cancel.
    for (id, code, told) in [(1, "161", 161), (50, "135", 135), (1, "201", 161)] {
        let (code, text) = (code.to_owned(), "not now".to_owned());
        server.inject(&Fault::Reject { code, text }).unwrap();
        assert_eq!(
            summary(&client.cancel(id).await),
            [format!("error {id} {told}")]
        );
    }
    let said = client.place(2, apple(), limit("BUY", "1", 10.0)).await;
    assert_eq!(summary(&said)[0], "openOrder 2 Submitted");
    assert_eq!(summary(&client.open_orders().await).len(), 5);
}

#[tokio::test]
async fn reports_come_twice_in_reverse_or_late() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    server
        .inject(&Fault::DuplicateReports { count: 1 })
        .unwrap();
    let said = client.place(1, apple(), limit("BUY", "1", 10.0)).await;
    assert_eq!(statuses(&said).len(), 2);

    server.inject(&Fault::ReorderReports { count: 2 }).unwrap();
    let said = client.place(2, apple(), order("BUY", "1", "MKT")).await;
    let words = summary(&said);
    assert_eq!(words[0], "execDetails 2 BOT 1");
    assert_eq!(words.last().unwrap(), "orderStatus 2 Submitted 0/1");

    let (count, delay_ms) = (1, 500);
    server
        .inject(&Fault::DelayReports { count, delay_ms })
        .unwrap();
    assert!(client.cancel(1).await.is_empty());
    server.world().advance(TimeDelta::milliseconds(500));
    assert_eq!(summary(&client.heard().await)[0], "openOrder 1 Cancelled");
}

#[tokio::test]
async fn what_waits_to_be_reversed_is_told_when_somebody_asks() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    server.inject(&Fault::ReorderReports { count: 5 }).unwrap();
    assert!(
        client
            .place(1, apple(), limit("BUY", "1", 10.0))
            .await
            .is_empty()
    );
    let open = client.open_orders().await;
    assert_eq!(statuses(&open).len(), 2, "the report and the answer");
}

#[tokio::test]
async fn what_waits_to_be_reversed_is_told_in_the_end() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    server.inject(&Fault::ReorderReports { count: 5 }).unwrap();
    let said = client.place(1, apple(), limit("BUY", "1", 10.0)).await;
    assert!(said.is_empty());
    server.world().advance(TimeDelta::seconds(5));
    assert_eq!(statuses(&client.heard().await).len(), 1);
}
