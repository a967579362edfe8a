//! Exercising options, and letting them lapse.

use broker_core::model::AccountId;

use crate::tws::test_client::{TestClient, apple, order, server, statuses, summary};

fn du1() -> AccountId {
    AccountId::new("DU1").unwrap()
}

#[tokio::test]
async fn an_option_that_is_not_held_is_not_exercised() {
    use crate::tws::message::{ExerciseOptionsRequest, Request};
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    let mut request = ExerciseOptionsRequest {
        order_id: Some(1),
        contract: Some(apple()),
        exercise_action: Some(1),
        exercise_quantity: Some(1),
        account: Some("DU1".into()),
        ..ExerciseOptionsRequest::default()
    };
    client
        .send(&Request::ExerciseOptions(request.clone()))
        .await;
    assert_eq!(summary(&client.heard().await), ["error 1 322"]);
    client
        .send(&Request::ExerciseOptions(request.clone()))
        .await;
    assert_eq!(summary(&client.heard().await), ["error 1 103"]);
    request.order_id = Some(2);
    request.exercise_action = Some(9);
    client.send(&Request::ExerciseOptions(request)).await;
    assert_eq!(summary(&client.heard().await), ["error 2 321"]);
}

#[tokio::test]
async fn a_call_that_is_held_is_exercised_into_its_shares() {
    use broker_core::dec;

    use crate::tws::message::{Contract, ExerciseOptionsRequest, Request};
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    let (expiry, strike) = server.world().with_exchange(|exchange| {
        let share = exchange.search("AAPL", 1)[0].instrument.clone();
        let price = exchange.quote(&share).unwrap().ask.unwrap().get();
        let strikes = exchange.strikes(&share);
        let below = strikes
            .into_iter()
            .filter(|strike| *strike < price - dec!(20));
        (exchange.expirations(&share)[1], below.max().unwrap())
    });
    let call = Contract {
        sec_type: Some("OPT".into()),
        last_trade_date_or_contract_month: Some(expiry.format("%Y%m%d").to_string()),
        strike: Some(strike.to_string().parse().unwrap()),
        right: Some("C".into()),
        ..apple()
    };
    let said = client
        .place(1, call.clone(), order("BUY", "2", "MKT"))
        .await;
    assert_eq!(
        statuses(&said).last().unwrap().status.as_deref(),
        Some("Filled")
    );
    let exercise = |id: i32, quantity: i32| {
        Request::ExerciseOptions(ExerciseOptionsRequest {
            order_id: Some(id),
            contract: Some(call.clone()),
            exercise_action: Some(1),
            exercise_quantity: Some(quantity),
            account: Some("DU1".into()),
            ..ExerciseOptionsRequest::default()
        })
    };
    client.send(&exercise(2, 3)).await;
    assert_eq!(summary(&client.heard().await), ["error 2 322"]);
    client.send(&exercise(3, 2)).await;
    assert_eq!(
        summary(&client.heard().await),
        [
            "openOrder 3 PreSubmitted",
            "orderStatus 3 PreSubmitted 0/2",
            "openOrder 3 Filled",
            "orderStatus 3 Filled 2/0",
        ]
    );
    // It is no order that could be asked about.
    assert_eq!(summary(&client.open_orders().await), ["OpenOrdersEnd"]);
    let held = server.truth(&du1()).positions;
    assert_eq!(held.len(), 1, "{held:?}");
    assert_eq!(held[0].1.get(), dec!(200));
}

#[tokio::test]
async fn against_the_natural_action_an_exercise_wants_its_override() {
    use broker_core::dec;

    use crate::tws::message::{Contract, ExerciseOptionsRequest, Request};
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    let (expiry, low, high) = server.world().with_exchange(|exchange| {
        let share = exchange.search("AAPL", 1)[0].instrument.clone();
        let price = exchange.quote(&share).unwrap().ask.unwrap().get();
        let strikes = exchange.strikes(&share);
        let below = strikes.iter().filter(|strike| **strike < price - dec!(20));
        let above = strikes.iter().filter(|strike| **strike > price + dec!(5));
        let (low, high) = (*below.max().unwrap(), *above.min().unwrap());
        (exchange.expirations(&share)[1], low, high)
    });
    let call = |strike: rust_decimal::Decimal| Contract {
        sec_type: Some("OPT".into()),
        last_trade_date_or_contract_month: Some(expiry.format("%Y%m%d").to_string()),
        strike: Some(strike.to_string().parse().unwrap()),
        right: Some("C".into()),
        ..apple()
    };
    for (id, strike) in [(1, low), (2, high)] {
        let said = client
            .place(id, call(strike), order("BUY", "1", "MKT"))
            .await;
        let last = statuses(&said).pop().unwrap();
        assert_eq!(last.status.as_deref(), Some("Filled"));
    }
    // To exercise out of the money and to let lapse in the money.
    for (id, strike, action) in [(3, high, 1), (5, low, 2)] {
        let mut request = ExerciseOptionsRequest {
            order_id: Some(id),
            contract: Some(call(strike)),
            exercise_action: Some(action),
            exercise_quantity: Some(1),
            account: Some("DU1".into()),
            ..ExerciseOptionsRequest::default()
        };
        client
            .send(&Request::ExerciseOptions(request.clone()))
            .await;
        let refused = summary(&client.heard().await);
        assert_eq!(refused, [format!("error {id} 322")]);
        request.order_id = Some(id + 1);
        request.override_action = Some(true);
        client.send(&Request::ExerciseOptions(request)).await;
        let told = statuses(&client.heard().await);
        let last = told.last().unwrap().status.clone().unwrap();
        let wanted = if action == 1 {
            "Filled"
        } else {
            "PreSubmitted"
        };
        assert_eq!(last, wanted);
    }
    let positions = server.truth(&du1()).positions;
    let shares = positions
        .iter()
        .find(|(held, _)| matches!(held, broker_core::model::Instrument::Equity(_)));
    assert_eq!(shares.unwrap().1.get(), dec!(100));
}
