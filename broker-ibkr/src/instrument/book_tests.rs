use std::sync::Arc;

use broker_core::{
    ErrorKind, ManualClock,
    model::{Combo, ComboLeg, Currency, Instrument, Mic, Side},
};
use chrono::TimeDelta;
use ibapi::contracts::Contract;

use super::{Book, NATIVE};
use crate::scripted_gateway::{Gateway, Known};

fn known(number: i64, symbol: &'static str, primary: &'static str) -> Known {
    Known {
        number,
        symbol,
        primary,
        magnifier: 1,
    }
}

fn share(symbol: &str, primary: Mic) -> Instrument {
    Instrument::equity(symbol, primary, Currency::USD).unwrap()
}

#[tokio::test]
async fn a_contract_gets_its_number_and_is_known_from_then_on() {
    let gateway = Gateway::start(vec![known(265_598, "AAPL", "NASDAQ")]).await;
    let book = Book::default();
    let apple = share("AAPL", Mic::XNAS);
    assert!(book.known(&apple).is_none());
    let contract = book
        .listing(&gateway.link, &apple)
        .await
        .unwrap()
        .contract
        .clone();
    assert_eq!(contract.contract_id, 265_598);
    assert!(book.known(&apple).is_some());
    // A position says the number and little else.
    let position = Contract {
        contract_id: 265_598,
        ..Contract::default()
    };
    assert_eq!(
        book.instrument(&gateway.link, &position).await.unwrap(),
        apple
    );
    // One that remembers nothing asks.
    let fresh = Book::default();
    assert_eq!(
        fresh.instrument(&gateway.link, &position).await.unwrap(),
        apple
    );
}

#[tokio::test]
async fn what_is_not_there_is_not_found_with_what_is_near() {
    let gateway = Gateway::start(vec![known(1, "AAPL", "NYSE")]).await;
    let book = Book::default();
    let missing = share("NOPE", Mic::XNAS);
    let error = book.listing(&gateway.link, &missing).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn two_contracts_of_one_name_are_ambiguous_and_listed_by_number() {
    let twins = vec![known(1, "AAPL", "NASDAQ"), known(2, "AAPL", "NASDAQ")];
    let gateway = Gateway::start(twins).await;
    let book = Book::default();
    let apple = share("AAPL", Mic::XNAS);
    let error = book.listing(&gateway.link, &apple).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Ambiguous);
    let candidates: Vec<_> = error.candidates().iter().map(ToString::to_string).collect();
    assert_eq!(candidates, [format!("{NATIVE}:1"), format!("{NATIVE}:2")]);
    // None of them is remembered as the one.
    assert!(book.listing(&gateway.link, &apple).await.is_err());
    // Either can be had by its number.
    let second = book
        .listing(&gateway.link, &error.candidates()[1])
        .await
        .unwrap();
    assert_eq!(second.contract.contract_id, 2);
}

#[tokio::test]
async fn a_combination_survives_its_contract() {
    let legs = vec![known(1, "AAPL", "NASDAQ"), known(2, "MSFT", "NASDAQ")];
    let gateway = Gateway::start(legs).await;
    let book = Book::default();
    let leg = |symbol, side, ratio| ComboLeg {
        instrument: share(symbol, Mic::XNAS),
        side,
        ratio,
    };
    let combo = Combo::new(vec![leg("AAPL", Side::Buy, 1), leg("MSFT", Side::Sell, 2)]).unwrap();
    let combo = Instrument::Combo(combo);
    let contract = book
        .listing(&gateway.link, &combo)
        .await
        .unwrap()
        .contract
        .clone();
    assert_eq!(contract.symbol.as_str(), "AAPL,MSFT");
    let numbers: Vec<_> = contract
        .combo_legs
        .iter()
        .map(|leg| (leg.contract_id, leg.ratio))
        .collect();
    assert_eq!(numbers, [(1, 1), (2, 2)]);
    assert_eq!(
        book.instrument(&gateway.link, &contract).await.unwrap(),
        combo
    );
}

fn numbered(number: i32) -> Contract {
    Contract {
        contract_id: number,
        ..Contract::default()
    }
}

#[tokio::test]
async fn a_contract_that_a_position_has_is_not_taken_for_the_only_one_of_its_name() {
    let twins = vec![known(1, "AAPL", "NASDAQ"), known(2, "AAPL", "NASDAQ")];
    let gateway = Gateway::start(twins).await;
    let apple = share("AAPL", Mic::XNAS);
    for seen in [&[2][..], &[1, 2], &[1, 2, 1]] {
        let book = Book::default();
        for number in seen {
            let question = numbered(*number);
            let found = book.look_up(&gateway.link, &question).await.unwrap();
            assert_eq!(found[0].instrument, apple);
        }
        let error = book.listing(&gateway.link, &apple).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Ambiguous, "after {seen:?}");
    }
}

#[tokio::test]
async fn what_a_name_means_is_asked_again_after_a_day() {
    let clock = ManualClock::at("2026-01-15T17:00:00Z".parse().unwrap());
    let apple = vec![known(1, "AAPL", "NASDAQ")];
    let gateway = Gateway::start_at(apple, Arc::new(clock.clone())).await;
    let book = Book::default();
    let apple = share("AAPL", Mic::XNAS);
    let first = book.listing(&gateway.link, &apple).await.unwrap();
    clock.advance(TimeDelta::hours(23));
    let same = book.listing(&gateway.link, &apple).await.unwrap();
    assert!(Arc::ptr_eq(&first, &same));
    clock.advance(TimeDelta::hours(2));
    let fresh = book.listing(&gateway.link, &apple).await.unwrap();
    assert!(!Arc::ptr_eq(&first, &fresh));
    // Without an answer what is known has to do: a position may have to be closed.
    clock.advance(TimeDelta::hours(25));
    gateway.link.remove();
    let old = book.listing(&gateway.link, &apple).await.unwrap();
    assert!(Arc::ptr_eq(&fresh, &old));
}
