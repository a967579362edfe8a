//! Against the recorded requests, and what is known after a command.

use std::sync::Arc;

use broker_core::{
    ErrorKind, Lookup, UnconfirmedCause, dec,
    model::{
        ClientOrderId, Currency, ExerciseAction, ExerciseOption, Instrument, Money, OccSymbol,
        OrderType, Right,
    },
};
use chrono::NaiveDate;
use serde_json::Value;

use super::{
    CashMovementQuery, CurrencyExchange, Outcome, Segment, TransferState, TransferredPosition,
    Treasury,
};
use crate::{
    orders::fixtures::{Scene, account, apple, contract, limit},
    transport::scripted_server::Step,
    vectors,
};

async fn treasury(steps: impl IntoIterator<Item = Step>) -> (Treasury, Scene) {
    let scene = Scene::new(steps).await;
    let (link, book) = scene.blotter.parts();
    let blotter = Arc::clone(&scene.blotter);
    (Treasury::new(link, book, blotter), scene)
}

fn vector(name: &str) -> vectors::Vector {
    let all = vectors::http().into_iter();
    all.into_iter().find(|one| one.name == name).unwrap()
}

/// The recorded parameters.
fn sent(name: &str) -> Value {
    serde_json::from_str(&vector(name).members.unwrap()["biz_content"]).unwrap()
}

/// The recorded answer.
fn answer(name: &str) -> Step {
    let body: Value = serde_json::from_str(&vector(name).response.body).unwrap();
    Step::data(&body["data"].to_string())
}

/// Whether every recorded member was sent as recorded, numbers compared as numbers.
fn covers(ours: &Value, theirs: &Value) {
    for (name, value) in theirs.as_object().unwrap() {
        if name == "lang" {
            continue;
        }
        let same = match (&ours[name], value) {
            (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
            (a, b) => a == b,
        };
        assert!(same, "{name}: {} instead of {value}", ours[name]);
    }
}

fn usd(amount: broker_core::Decimal) -> Money {
    Money::new(amount, Currency::USD)
}

fn exchange() -> CurrencyExchange {
    let id = ClientOrderId::new("fx-1").unwrap();
    CurrencyExchange::new(id, account(), usd(dec!(100)), Currency::HKD)
}

#[tokio::test]
async fn an_exchange_is_the_recorded_one_and_carries_the_callers_name() {
    let (treasury, scene) = treasury([answer("place_forex_order")]).await;
    let outcome = treasury.exchange(&exchange()).await.unwrap();
    covers(&scene.parameters(0), &sent("place_forex_order"));
    assert_eq!(scene.parameters(0)["external_id"], "fx-1");
    let state = outcome.done().unwrap();
    assert_eq!(state.broker_order_id.as_str(), "41000000000000040");
    assert_eq!((&*state.pair, &*state.status), ("USD.HKD", "Initial"));
    assert_eq!(state.average, None, "nothing has been changed yet");
}

#[tokio::test]
async fn commands_that_may_have_arrived_are_sent_once_and_left_open() {
    let lost = [
        (Step::Drop, UnconfirmedCause::Disconnected),
        (Step::CutOff, UnconfirmedCause::Disconnected),
        (
            Step::Answer(500, "<html>".to_owned()),
            UnconfirmedCause::UnreadableAnswer,
        ),
        (
            Step::code(1, "server error"),
            UnconfirmedCause::UnreadableAnswer,
        ),
        (Step::data("null"), UnconfirmedCause::UnreadableAnswer),
        (
            Step::data(r#"{"id":"?"}"#),
            UnconfirmedCause::UnreadableAnswer,
        ),
    ];
    for (step, expected) in lost {
        let said = format!("{step:?}");
        // A second answer is there, should anybody ask for it.
        let (treasury, scene) = treasury([step.clone(), answer("place_forex_order")]).await;
        match treasury.exchange(&exchange()).await.unwrap() {
            Outcome::Unconfirmed { cause, .. } => assert_eq!(cause, expected, "{said}"),
            Outcome::Done(state) => panic!("{said}: {state:?}"),
        }
        assert_eq!(scene.asked(), ["place_forex_order"], "{said}");
        // Nor when the caller sends it once more under its name.
        let again = treasury.exchange(&exchange()).await;
        assert_eq!(again.unwrap_err().kind(), ErrorKind::Duplicate, "{said}");
        assert_eq!(scene.asked(), ["place_forex_order"], "{said}");

        let (treasury, scene) = self::treasury([step.clone(), answer("cancel_segment_fund")]).await;
        let (from, to) = (Segment::Securities, Segment::Futures);
        let moved = treasury.transfer(&account(), from, to, usd(dec!(5))).await;
        assert!(moved.unwrap().done().is_none(), "{said}");
        assert_eq!(scene.asked(), ["transfer_segment_fund"], "{said}");

        let (treasury, scene) =
            self::treasury([contract(), step, answer("position_transfer")]).await;
        let other = broker_core::model::AccountId::new("87654321").unwrap();
        let given = [TransferredPosition {
            instrument: apple(),
            quantity: "1".parse().unwrap(),
        }];
        let moved = treasury
            .transfer_positions(&account(), &other, &given)
            .await;
        assert!(moved.unwrap().done().is_none(), "{said}");
        assert_eq!(scene.asked(), ["contract", "position_transfer"], "{said}");
    }
}

#[tokio::test]
async fn a_refusal_is_proof_in_the_vendors_words() {
    let no = Step::code(1200, "bad_request:insufficient buying power");
    let (treasury, _scene) = treasury([no, answer("place_forex_order")]).await;
    let error = treasury.exchange(&exchange()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InsufficientFunds);
    assert_eq!(error.operation(), "exchange");
    let said = error.to_string();
    assert_eq!(said.matches("buying power").count(), 1, "{said}");
    // Nothing was changed: it may be sent again.
    let outcome = treasury.exchange(&exchange()).await.unwrap();
    assert!(outcome.done().is_some());
}

#[tokio::test]
async fn an_exchange_whose_answer_was_lost_is_found_by_its_name_or_stays_unconfirmed() {
    let listed = |name: &str| {
        Step::data(&format!(
            r#"{{"items":[{{"id":42,"symbol":"USD.HKD","secType":"FOREX","status":"Filled",
                "externalId":"{name}","filledQuantity":100}}]}}"#
        ))
    };
    let (treasury, scene) = treasury([Step::Drop, listed("fx-1"), listed("fx-2")]).await;
    let order = exchange();
    assert!(treasury.exchange(&order).await.unwrap().done().is_none());
    let sent = scene.blotter.parts().0.now();
    let (lookup, state) = treasury
        .find_exchange(&account(), &order.id, sent)
        .await
        .unwrap();
    assert!(matches!(lookup, Lookup::Found(_)), "{lookup:?}");
    assert_eq!(state.unwrap().filled, dec!(100));
    let (lookup, state) = treasury
        .find_exchange(&account(), &order.id, sent)
        .await
        .unwrap();
    assert!(
        matches!(lookup, Lookup::Inconclusive(_)) && state.is_none(),
        "{lookup:?}"
    );
}

#[tokio::test]
async fn what_makes_no_sense_is_not_sent() {
    let (treasury, scene) = treasury([]).await;
    let mut none = exchange();
    none.from = usd(dec!(0));
    let mut same = exchange();
    same.to = Currency::USD;
    for order in [none, same] {
        let error = treasury.exchange(&order).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    }
    let one = Segment::Futures;
    let error = treasury.transfer(&account(), one, one, usd(dec!(1))).await;
    assert_eq!(error.unwrap_err().field(), Some("to"));
    let error = treasury
        .transfer_positions(&account(), &account(), &[])
        .await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::InvalidRequest);
    let stranger = broker_core::model::AccountId::new("999").unwrap();
    let error = treasury.transfers(&stranger).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(scene.asked().is_empty());
}

#[tokio::test]
async fn a_position_transfer_is_the_recorded_one_with_neither_language_nor_account() {
    let (treasury, scene) = treasury([contract(), answer("position_transfer")]).await;
    let other = broker_core::model::AccountId::new("87654321").unwrap();
    let given = [TransferredPosition {
        instrument: apple(),
        quantity: "1".parse().unwrap(),
    }];
    let moved = treasury
        .transfer_positions(&account(), &other, &given)
        .await;
    let moved = moved.unwrap().done().unwrap();
    assert_eq!((moved.id, &*moved.status), (77, "NEW"));
    assert_eq!(scene.parameters(1), sent("position_transfer"));
}

#[tokio::test]
async fn segments_are_asked_and_answered_as_recorded() {
    let steps = [
        answer("segment_fund_available"),
        answer("cancel_segment_fund"),
        answer("segment_fund_history"),
    ];
    let (treasury, scene) = treasury(steps).await;
    let free = treasury
        .available(&account(), Segment::Securities, Currency::USD)
        .await;
    assert_eq!(free.unwrap(), usd(dec!(1000.5)));
    covers(&scene.parameters(0), &sent("segment_fund_available"));
    let id = 30_300_805_635_506_176;
    let canceled = treasury
        .cancel_transfer(&account(), id)
        .await
        .unwrap()
        .done()
        .unwrap();
    covers(&scene.parameters(1), &sent("cancel_segment_fund"));
    assert_eq!((canceled.id, canceled.state), (id, TransferState::Canceled));
    assert_eq!(
        (canceled.from, canceled.to),
        (Some(Segment::Securities), Some(Segment::Futures))
    );
    assert_eq!(canceled.amount, usd(dec!(100.5)));
    assert!(treasury.transfers(&account()).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_list_with_a_line_that_cannot_be_read_is_none() {
    let odd = Step::data(r#"[{"id":1,"currency":"USD","amount":1,"status":"SUCC"},{"id":2}]"#);
    let (treasury, _scene) = treasury([odd]).await;
    let error = treasury.transfers(&account()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
    let strange = Step::data(r#"[{"id":1,"currency":"USD","amount":1,"status":"LOST"}]"#);
    let (treasury, _scene) = self::treasury([strange]).await;
    let transfers = treasury.transfers(&account()).await.unwrap();
    assert_eq!(transfers[0].state, TransferState::Other("LOST".to_owned()));
    assert_eq!(transfers[0].from, None);
}

#[tokio::test]
async fn cash_and_performance_are_asked_and_answered_as_recorded() {
    let steps = [
        answer("fund_details"),
        answer("transfer_fund"),
        answer("analytics_asset"),
    ];
    let (treasury, scene) = treasury(steps).await;
    let day = |day| NaiveDate::from_ymd_opt(2025, 8, day).unwrap();
    let query = CashMovementQuery::new(Segment::Securities, day(1), day(12));
    let lines = treasury.cash_movements(&account(), &query).await.unwrap();
    let mut recorded = sent("fund_details");
    // Larger pages than the recorded one: fewer requests.
    recorded.as_object_mut().unwrap().remove("limit");
    covers(&scene.parameters(0), &recorded);
    assert_eq!(lines.len(), 1);
    assert_eq!(
        (&*lines[0].id, lines[0].amount),
        ("4733519770", usd(dec!(-1.99)))
    );
    assert_eq!(lines[0].business_date, Some(day(12)));
    let paid = treasury
        .deposits_and_withdrawals(&account(), Segment::Securities)
        .await
        .unwrap();
    covers(&scene.parameters(1), &sent("transfer_fund"));
    assert_eq!(
        (paid[0].completed, paid[0].amount),
        (Some(true), usd(dec!(1000)))
    );
    let span = (day(1), day(12));
    let done = treasury
        .performance(&account(), Segment::Securities, Currency::USD, span)
        .await;
    covers(&scene.parameters(2), &sent("analytics_asset"));
    let done = done.unwrap();
    assert_eq!(done.profit, Some(dec!(10.5)));
    assert_eq!(
        (done.days.len(), done.days[0].worth),
        (1, Some(dec!(1000.5)))
    );
}

#[tokio::test]
async fn an_estimate_is_the_recorded_one() {
    let (treasury, scene) = treasury([contract(), answer("estimate_tradable_quantity")]).await;
    let told = treasury
        .tradable_quantity(&limit("1", "199.5"))
        .await
        .unwrap();
    covers(&scene.parameters(1), &sent("estimate_tradable_quantity"));
    assert_eq!((told.own, told.with_credit), (dec!(35), Some(dec!(120))));
    assert_eq!(told.held, Some(dec!(1.25)));
    let (treasury, _scene) = self::treasury([contract()]).await;
    let mut auction = limit("1", "199.5");
    auction.order_type = OrderType::Auction;
    let error = treasury.tradable_quantity(&auction).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[tokio::test]
async fn a_request_to_exercise_is_taken_back_as_recorded() {
    let (treasury, scene) = treasury([answer("option_exercise_cancel")]).await;
    let canceled = treasury.cancel_exercise(&account(), 5).await.unwrap();
    assert_eq!(canceled, Outcome::Done(()));
    covers(&scene.parameters(0), &sent("option_exercise_cancel"));
}

#[tokio::test]
async fn what_an_exercise_would_do_is_asked_and_told_as_recorded() {
    let contract = Step::data(
        r#"[{"symbol":"AAPL","secType":"OPT","currency":"USD","market":"US","expiry":"20250919",
            "strike":"200.0","right":"CALL","multiplier":100,"minTick":0.01,"contractId":990}]"#,
    );
    let (treasury, scene) = treasury([contract, answer("option_exercise_check")]).await;
    let expiry = NaiveDate::from_ymd_opt(2025, 9, 19).unwrap();
    let option = OccSymbol::new("AAPL", expiry, Right::Call, dec!(200)).unwrap();
    let request = ExerciseOption {
        client_order_id: ClientOrderId::generate(),
        account: account(),
        instrument: Instrument::option(option),
        action: ExerciseAction::Exercise,
        quantity: "1".parse().unwrap(),
    };
    let told = treasury.exercise_check(&request).await.unwrap();
    assert_eq!((told.available, told.held), (dec!(2), Some(dec!(2))));
    let shares = (
        told.underlying_before,
        told.underlying_change,
        told.underlying_after,
    );
    assert_eq!(shares, (Some(dec!(0)), Some(dec!(100)), Some(dec!(100))));
    let mut recorded = sent("option_exercise_check");
    for left_to_tiger in ["executing_date", "is_force"] {
        recorded.as_object_mut().unwrap().remove(left_to_tiger);
    }
    covers(&scene.parameters(1), &recorded);

    let mut half = request;
    half.quantity = "0.5".parse().unwrap();
    let error = treasury.exercise_check(&half).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert_eq!(scene.asked().len(), 2);
}
