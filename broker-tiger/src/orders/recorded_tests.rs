//! Against the recorded exchanges: what is sent for an order, and what its answer means.

use std::sync::Arc;

use broker_core::{
    Acknowledgement, Decimal, ErrorKind, dec,
    model::{
        Algo, AlgoStrategy, CancelOrder, ClientOrderId, Contingency, Currency, ExerciseAction,
        ExerciseOption, Instrument, ListId, Mic, Money, NewOrder, OccSymbol, OrderAmount,
        OrderList, OrderStatus, OrderType, Price, ReplaceOrder, Right, Side, TimeInForce,
        TradingSession, TrailingOffset,
    },
};
use chrono::{DateTime, NaiveDate};
use serde_json::Value;

use super::{
    MemoryOrderJournal,
    decode::decode,
    fixtures::{Scene, account, apple, contract, limit, order},
    listing::Wanted,
    row::Listed,
    status::status,
};
use crate::{convert::Rows, transport::scripted_server::Step, vectors};

/// The recorded answer, without the signature, which is of another instant.
fn answer(number: u32) -> Step {
    let response = vectors::numbered(number).response;
    let mut body: Value = serde_json::from_str(&response.body).unwrap();
    body.as_object_mut().unwrap().remove("sign");
    Step::Answer(response.status, body.to_string())
}

/// The recorded parameters, without those that stand for something else.
fn recorded(number: u32, but: &[&str]) -> Value {
    let members = vectors::numbered(number).members.unwrap();
    let mut value: Value = serde_json::from_str(&members["biz_content"]).unwrap();
    value
        .as_object_mut()
        .unwrap()
        .retain(|name, _| !but.contains(&&**name));
    value
}

/// Numbers as numbers: 190.0 and 190 are the same to a server.
fn plain(value: &Value) -> Value {
    match value {
        Value::Number(number) => {
            let exact: Decimal = number.to_string().parse().unwrap();
            exact.normalize().to_string().into()
        }
        Value::Array(values) => values.iter().map(plain).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), plain(value)))
            .collect(),
        other => other.clone(),
    }
}

/// Compares what was sent with what was recorded, after what this library always says and the SDK does not
/// has been taken off: the mark, and whether the order works outside the regular session.
#[track_caller]
fn as_recorded(mut ours: Value, number: u32, but: &[&str]) {
    let theirs = recorded(number, but);
    // The last two: working orders are read page by page.
    let own = [
        "user_mark",
        "outside_rth",
        "stop_loss_rth",
        "limit",
        "sort_by",
    ];
    ours.as_object_mut()
        .unwrap()
        .retain(|name, _| theirs.get(name).is_some() || !own.contains(&&**name));
    assert_eq!(plain(&ours), plain(&theirs), "{number}");
}

fn price(text: &str) -> Price {
    text.parse().unwrap()
}

fn share(side: Side, kind: OrderType) -> NewOrder {
    order(apple(), side, "10", kind)
}

/// Sends an order that is answered as recorded, and compares both ways.
async fn exchanged(number: u32, order: NewOrder, but: &[&str], broker_order_id: &str) {
    let scene = Scene::new([contract(), answer(number)]).await;
    let answered = scene.blotter.submit_order(Arc::new(order)).await.unwrap();
    let Acknowledgement::Accepted {
        broker_order_id: Some(told),
    } = answered
    else {
        panic!("{number}: {answered:?}");
    };
    assert_eq!(told.as_str(), broker_order_id, "{number}");
    as_recorded(scene.parameters(1), number, but);
}

#[tokio::test]
async fn orders_are_sent_and_answered_as_recorded() {
    let market = share(Side::Buy, OrderType::Market);
    exchanged(2, market.clone(), &[], "41000000000000001").await;
    exchanged(3, limit("10", "199.5"), &[], "41000000000000002").await;
    exchanged(5, limit("1.25", "199.50"), &[], "41000000000000004").await;
    let mut cash = market;
    cash.amount = OrderAmount::Cash(Money::new(dec!(500.5), Currency::USD));
    exchanged(6, cash, &[], "41000000000000005").await;
    let trigger = price("190");
    let stop = share(Side::Sell, OrderType::Stop { trigger });
    exchanged(7, stop, &[], "41000000000000006").await;
    let kind = OrderType::StopLimit {
        trigger,
        price: price("189.5"),
    };
    exchanged(8, share(Side::Sell, kind), &[], "41000000000000007").await;
    let kind = OrderType::TrailingStop {
        offset: TrailingOffset::Amount(dec!(3)),
        trigger: None,
    };
    exchanged(10, share(Side::Sell, kind), &[], "41000000000000009").await;
}

#[tokio::test]
async fn a_lifetime_with_an_end_is_sent_as_recorded() {
    let kind = OrderType::Limit {
        price: price("210.05"),
    };
    let mut until = order(apple(), Side::Sell, "3", kind);
    until.time_in_force =
        TimeInForce::Gtd(DateTime::from_timestamp_millis(1_757_000_000_000).unwrap());
    // The recorded mark is not one of the library's names. A tolerance for prices off the tick has no word in
    // an order here; what the account's number is, another test says.
    let but = [
        "adjust_limit",
        "order_id",
        "secret_key",
        "trading_session_type",
        "user_mark",
    ];
    exchanged(4, until.clone(), &but, "41000000000000003").await;
    // Beside the word for the night the other one could contradict it, as it does here.
    let but = [
        "adjust_limit",
        "order_id",
        "outside_rth",
        "secret_key",
        "user_mark",
    ];
    let overnight = until.with_session(TradingSession::Overnight);
    exchanged(4, overnight, &but, "41000000000000003").await;
}

#[tokio::test]
async fn an_algorithm_is_sent_as_recorded() {
    let instant = |millis| DateTime::from_timestamp_millis(millis);
    let mut algo = Algo::new(AlgoStrategy::Vwap);
    algo.start = instant(1_755_091_800_000);
    algo.end = instant(1_755_115_200_000);
    algo.participation = Some(dec!(0.1));
    algo.price = Some(price("201"));
    let vwap = order(apple(), Side::Buy, "1000", OrderType::Algo(algo));
    let scene = Scene::new([contract(), answer(14)]).await;
    let answered = scene.blotter.submit_order(Arc::new(vwap)).await.unwrap();
    assert!(answered.is_accepted(), "{answered:?}");
    let ours = scene.parameters(1);
    // Whether it may take liquidity or pass its end has no word in an order here and is left to Tiger.
    let mut theirs = recorded(14, &[])["algo_params"].take();
    let told = ["start_time", "end_time", "participation_rate"];
    theirs
        .as_array_mut()
        .unwrap()
        .retain(|one| told.contains(&one["tag"].as_str().unwrap()));
    assert_eq!(plain(&ours["algo_params"]), plain(&theirs));
    let mut rest = ours;
    rest.as_object_mut().unwrap().remove("algo_params");
    as_recorded(rest, 14, &["algo_params"]);
}

/// A bracket around the recorded entry.
fn bracket(take_profit: OrderType, stop_loss: OrderType, force: TimeInForce) -> OrderList {
    let entry = limit("10", "199.5");
    let exit = |mark: &str, kind| {
        let mut exit = order(apple(), Side::Sell, "10", kind);
        exit.client_order_id = mark.parse().unwrap();
        exit.time_in_force = force;
        exit
    };
    let contingency = Contingency::Bracket {
        take_profit: Box::new(exit("mark-2", take_profit)),
        stop_loss: Box::new(exit("mark-3", stop_loss)),
        entry: Box::new(entry),
    };
    OrderList::new(ListId::generate(), contingency).unwrap()
}

#[tokio::test]
async fn exits_are_attached_as_recorded() {
    let profit = || OrderType::Limit {
        price: price("220"),
    };
    let loss = OrderType::StopLimit {
        trigger: price("180"),
        price: price("179"),
    };
    let scene = Scene::new([contract(), answer(15)]).await;
    let list = bracket(profit(), loss, TimeInForce::Gtc);
    let answers = scene.blotter.submit_orders(&list).await.unwrap();
    let entry = Acknowledgement::Accepted {
        broker_order_id: Some("41000000000000014".parse().unwrap()),
    };
    assert_eq!(answers[0], entry);
    as_recorded(scene.parameters(1), 15, &[]);

    // A stop loss comes here with a take profit only; its own members are the recorded ones.
    let loss = OrderType::TrailingStop {
        offset: TrailingOffset::Percent(dec!(3.5)),
        trigger: None,
    };
    let scene = Scene::new([contract(), answer(16)]).await;
    let list = bracket(profit(), loss, TimeInForce::Day);
    let answers = scene.blotter.submit_orders(&list).await.unwrap();
    assert!(answers.iter().all(Acknowledgement::is_accepted));
    let mut ours = scene.parameters(1);
    assert_eq!(ours["attach_type"], "BRACKETS");
    let members = ours.as_object_mut().unwrap();
    members.retain(|name, _| !name.starts_with("profit_taker") && name != "attach_type");
    as_recorded(ours, 16, &["attach_type"]);
}

#[tokio::test]
async fn a_refusal_is_proof_and_a_number_that_was_used_is_not() {
    let sent = |number| async move {
        let scene = Scene::new([contract(), answer(number)]).await;
        let order = Arc::new(limit("10", "1"));
        let answered = scene.blotter.submit_order(order).await;
        as_recorded(scene.parameters(1), number, &[]);
        answered
    };
    let error = sent(23).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected);
    let told = error.broker().unwrap();
    let words = "prime account response error(BAD_REQUEST:Orders cannot be placed at this moment)";
    assert_eq!((told.code.as_deref(), &*told.text), (Some("1200"), words));
    // An order is there under the number, and it may be this one.
    let Acknowledgement::Unconfirmed { detail, .. } = sent(24).await.unwrap() else {
        panic!("an order that may be there is not told apart");
    };
    let told = detail.unwrap();
    let words = "TRADE DUPLICATE ORDER ID";
    assert_eq!((told.code.as_deref(), &*told.text), (Some("1100"), words));
}

#[tokio::test]
async fn a_cancel_is_answered_as_recorded() {
    // With the other form of the key, as a text within the text, and without a signature.
    for number in [105, 106, 107] {
        let scene = Scene::new([contract(), answer(3), answer(number)]).await;
        let order = limit("10", "199.5");
        let cancel = CancelOrder {
            account: account(),
            client_order_id: order.client_order_id.clone(),
        };
        let _placed = scene.blotter.submit_order(Arc::new(order)).await.unwrap();
        let answered = scene.blotter.cancel_order(&cancel).await.unwrap();
        assert!(answered.is_accepted(), "{number}: {answered:?}");
        // The others cancel an order of another number.
        if number == 105 {
            as_recorded(scene.parameters(2), number, &[]);
        }
    }
}

#[tokio::test]
async fn a_number_is_reserved_as_recorded() {
    let journal = Arc::new(MemoryOrderJournal::default());
    let steps = [contract(), answer(1), answer(2)];
    let scene = Scene::numbered(steps, &journal).await;
    let market = share(Side::Buy, OrderType::Market);
    let answered = scene.blotter.submit_order(Arc::new(market)).await.unwrap();
    assert!(answered.is_accepted(), "{answered:?}");
    as_recorded(scene.parameters(1), 1, &[]);
    assert_eq!(scene.parameters(2)["order_id"], 4711);
}

#[tokio::test]
async fn a_change_is_sent_and_answered_as_recorded() {
    let scene = Scene::new([contract(), answer(3), answer(25)]).await;
    let order = limit("10", "199.5").with_session(TradingSession::Extended);
    let mut change = ReplaceOrder::new(account(), order.client_order_id.clone());
    let _placed = scene.blotter.submit_order(Arc::new(order)).await.unwrap();
    change.limit_price = Some(price("198.25"));
    change.quantity = Some("5".parse().unwrap());
    let answered = scene.blotter.replace_order(&change).await.unwrap();
    let accepted = Acknowledgement::Accepted {
        broker_order_id: Some("41000000000000002".parse().unwrap()),
    };
    assert_eq!(answered, accepted);
    // The number of the account was not reserved here, and is not needed beside the other.
    as_recorded(scene.parameters(2), 25, &["order_id"]);
}

#[tokio::test]
async fn a_preview_is_asked_and_answered_as_recorded() {
    let scene = Scene::new([contract(), answer(28)]).await;
    let order = limit("10", "199.5");
    let told = scene.blotter.preview_order(&order).await.unwrap();
    let dollars = |amount| Some(Money::new(amount, Currency::USD));
    assert!(told.accepted);
    assert_eq!(told.commission, dollars(dec!(1.99)));
    assert_eq!(told.initial_margin_before, dollars(dec!(300.1)));
    assert_eq!(told.initial_margin_after, dollars(dec!(900.1)));
    assert_eq!(told.maintenance_margin_after, dollars(dec!(800.2)));
    assert_eq!(told.buying_power_after, dollars(dec!(9100.4)));
    assert_eq!(told.messages, []);
    as_recorded(scene.parameters(1), 28, &[]);
}

#[tokio::test]
async fn answers_to_other_orders_say_their_numbers_too() {
    for (number, told) in [
        (12, "41000000000000011"),
        (19, "41000000000000021"),
        (20, "41000000000000022"),
        (21, "41000000000000023"),
    ] {
        let scene = Scene::new([contract(), answer(number)]).await;
        let order = Arc::new(limit("10", "199.5"));
        let answered = scene.blotter.submit_order(order).await.unwrap();
        let accepted = Acknowledgement::Accepted {
            broker_order_id: Some(told.parse().unwrap()),
        };
        assert_eq!(answered, accepted, "{number}");
    }
}

/// What a row of Tiger's says, as core has it.
fn told(listed: &Listed, instrument: &Instrument) -> (NewOrder, OrderStatus) {
    let id = ClientOrderId::new("mark-1").unwrap();
    let terms = decode(&listed.row, id, &account(), instrument.clone()).unwrap();
    let filled = listed.row.filled_quantity.get();
    let filled = filled.is_some_and(|filled| !filled.is_zero());
    (terms, status(&listed.row, filled, false))
}

#[tokio::test]
async fn an_order_of_a_number_is_asked_for_and_read_as_recorded() {
    let number = 41_000_000_000_000_002;
    let scene = Scene::new([answer(31), answer(32)]).await;
    let one = scene.blotter.one(&account(), number).await.unwrap();
    // The charges are not asked for: executions tell them.
    as_recorded(scene.parameters(0), 31, &["show_charges"]);
    let (terms, status) = told(&one.unwrap(), &apple());
    assert_eq!(status, OrderStatus::Filled);
    let kind = OrderType::Limit {
        price: price("199.5"),
    };
    assert_eq!((terms.side, &terms.order_type), (Side::Buy, &kind));
    assert_eq!(terms.time_in_force, TimeInForce::Day);
    let ten = OrderAmount::Quantity("10".parse().unwrap());
    assert_eq!(terms.amount, ten);
    assert_eq!(terms.session, TradingSession::Extended);

    let until = tokio::time::Instant::now() + core::time::Duration::from_secs(5);
    let working = scene.blotter.list(&account(), Wanted::Working, until).await;
    as_recorded(scene.parameters(1), 32, &["market"]);
    let working = working.unwrap().rows;
    let (part, status) = told(&working[0], &apple());
    assert_eq!(working.len(), 1);
    assert_eq!(status, OrderStatus::PartiallyFilled);
    assert_eq!((&part.order_type, part.amount), (&kind, ten));
    assert_eq!(working[0].row.id.get(), Some(number));
}

#[test]
fn an_order_that_ended_is_read_as_recorded() {
    let body: Value = serde_json::from_str(&vectors::numbered(33).response.body).unwrap();
    let rows = Rows::<Listed>::of(&body["data"].to_string()).unwrap().rows;
    let tencent = Instrument::equity("00700", Mic::XHKG, Currency::HKD).unwrap();
    let (terms, status) = told(&rows[0], &tencent);
    assert_eq!(status, OrderStatus::Canceled);
    let kind = OrderType::Limit {
        price: price("588"),
    };
    assert_eq!((terms.side, terms.order_type), (Side::Buy, kind));
}

#[tokio::test]
async fn an_exercise_is_sent_and_answered_as_recorded() {
    let contract = Step::data(
        r#"[{"symbol":"AAPL","secType":"OPT","currency":"USD","market":"US","expiry":"20250919",
            "strike":"200.0","right":"CALL","multiplier":100,"minTick":0.01,"contractId":990}]"#,
    );
    let scene = Scene::new([contract, answer(56)]).await;
    let expiry = NaiveDate::from_ymd_opt(2025, 9, 19).unwrap();
    let option = OccSymbol::new("AAPL", expiry, Right::Call, dec!(200)).unwrap();
    let request = ExerciseOption {
        client_order_id: ClientOrderId::generate(),
        account: account(),
        instrument: Instrument::option(option),
        action: ExerciseAction::Exercise,
        quantity: "1".parse().unwrap(),
    };
    let answered = scene.blotter.exercise_option(&request).await.unwrap();
    assert!(answered.is_accepted(), "{answered:?}");
    let mut ours = scene.parameters(1);
    assert_eq!(ours["executing_date"], "2025-08-12", "today in New York");
    // Whether it is forced is left to Tiger.
    ours.as_object_mut().unwrap().remove("executing_date");
    as_recorded(ours, 56, &["executing_date", "is_force"]);
}
