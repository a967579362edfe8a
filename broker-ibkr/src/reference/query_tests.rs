use broker_core::model::{AssetClass, Currency, Instrument, InstrumentQuery, Mic};
use ibapi::contracts::{Contract, SecurityType};

use super::query::{Question, questions};

fn first(query: impl Into<InstrumentQuery>) -> Question {
    questions(&query.into()).into_iter().next().unwrap()
}

fn contract(query: impl Into<InstrumentQuery>) -> Contract {
    match first(query) {
        Question::Like(contract) => *contract,
        Question::Exactly(instrument) => panic!("{instrument}"),
    }
}

#[test]
fn a_ticker_alone_may_be_anywhere() {
    let apple = contract("aapl");
    assert_eq!(
        (apple.symbol.as_str(), apple.exchange.as_str()),
        ("AAPL", "SMART")
    );
    assert!(apple.primary_exchange.is_empty() && apple.currency.as_str().is_empty());
}

#[test]
fn an_exchange_narrows_it() {
    let apple = contract("AAPL.XNAS");
    assert_eq!(
        (apple.symbol.as_str(), apple.primary_exchange.as_str()),
        ("AAPL", "NASDAQ")
    );
    let tencent = contract("00700.HK");
    assert_eq!(
        (tencent.symbol.as_str(), tencent.exchange.as_str()),
        ("700", "SEHK")
    );
    let tencent = contract(InstrumentQuery::from("00700").on(Mic::XHKG));
    assert_eq!(
        (tencent.symbol.as_str(), tencent.exchange.as_str()),
        ("700", "SEHK")
    );
}

#[test]
fn a_dot_may_belong_to_the_ticker() {
    assert_eq!(contract("BRK.B").symbol.as_str(), "BRK B");
}

#[test]
fn pairs_and_options_are_named_in_full() {
    let pair = Instrument::forex(Currency::EUR, Currency::USD);
    for text in ["EUR.USD", "eur/usd", "EUR-USD"] {
        assert_eq!(first(text), Question::Exactly(pair.clone()), "{text}");
    }
    let occ = "AAPL  260116C00200000";
    assert_eq!(
        first(occ),
        Question::Exactly(Instrument::option(occ.parse().unwrap()))
    );
}

#[test]
fn a_class_and_a_currency_are_asked_for() {
    let index = InstrumentQuery::from("SPX")
        .of_class(AssetClass::Index)
        .in_currency(Currency::USD);
    let index = contract(index);
    assert_eq!(index.security_type, SecurityType::Index);
    assert_eq!(index.currency.as_str(), "USD");
}

#[test]
fn nonsense_is_not_asked_for() {
    assert!(questions(&"".into()).is_empty());
    assert!(questions(&"a very long text that is no ticker at all".into()).is_empty());
}
