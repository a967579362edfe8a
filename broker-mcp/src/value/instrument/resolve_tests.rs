use broker_core::{Broker, BrokerExt, model::Instrument};
use broker_sim::paper::PaperBroker;
use serde_json::{Value, json};

use super::{InstrumentRef, InstrumentView, text};
use crate::{Fault, FaultCode};

fn paper() -> PaperBroker {
    PaperBroker::builder().build().unwrap()
}

async fn find(broker: &PaperBroker, asked: Value) -> Result<Instrument, Fault> {
    let asked: InstrumentRef = serde_json::from_value(asked).unwrap();
    asked.resolve(broker).await
}

/// An option on Apple that is listed, as its root, expiry and strike.
async fn an_option(broker: &PaperBroker) -> Instrument {
    let apple = broker.resolve("AAPL").await.unwrap();
    let reference = broker.reference().unwrap();
    let dates = reference.option_expirations(&apple).await.unwrap();
    let query = broker_core::model::ChainQuery::new(apple, dates[1]);
    let chain = reference.option_chain(&query).await.unwrap();
    chain.options[0].instrument.clone()
}

#[tokio::test]
async fn a_share_is_found_by_every_name() {
    let paper = paper();
    let apple = paper.resolve("AAPL").await.unwrap();
    let names = [
        json!("AAPL"),
        json!(" aapl "),
        json!("AAPL.XNAS"),
        json!({ "symbol": "AAPL" }),
        json!({ "symbol": "aapl", "sec_type": "STK", "exchange": "SMART", "currency": "USD" }),
        json!({ "symbol": "AAPL", "secType": "STK", "exchange": "NASDAQ", "currency": "usd" }),
        json!({ "id": "AAPL.XNAS", "symbol": "AAPL", "sec_type": "STK", "exchange": "XNAS", "currency": "USD" }),
    ];
    for name in names {
        assert_eq!(
            find(&paper, name.clone()).await.as_ref(),
            Ok(&apple),
            "{name}"
        );
    }
}

#[tokio::test]
async fn an_option_is_found_by_every_name() {
    let paper = paper();
    let option = an_option(&paper).await;
    let Instrument::Option(part) = &option else {
        panic!("{option}");
    };
    let (root, expiry, strike) = (
        part.symbol.root(),
        part.symbol.expiry(),
        part.symbol.strike(),
    );
    let padded = part.symbol.to_string();
    let right = part.symbol.right().as_str();
    let names = [
        json!(padded),
        json!(padded.replace(' ', "")),
        json!(option.to_string()),
        json!({ "symbol": root, "sec_type": "OPT", "expiry": expiry.to_string(), "strike": strike.to_string(), "right": right }),
        json!({ "symbol": root, "secType": "OPT", "lastTradeDateOrContractMonth": expiry.format("%Y%m%d").to_string(),
            "strike": strike.to_string(), "right": right[..1].to_uppercase(), "exchange": "SMART", "currency": "USD" }),
        json!({ "symbol": root, "expiry": expiry.to_string(), "strike": strike.to_string(), "right": right, "multiplier": "100" }),
        json!({ "localSymbol": padded, "secType": "OPT" }),
    ];
    for name in names {
        assert_eq!(
            find(&paper, name.clone()).await.as_ref(),
            Ok(&option),
            "{name}"
        );
    }
}

#[tokio::test]
async fn the_answer_for_an_instrument_names_it_in_every_request() {
    let paper = paper();
    let mut instruments = vec![an_option(&paper).await];
    for text in ["AAPL", "00700.HK", "EUR.USD", "KO"] {
        instruments.push(paper.resolve(text).await.unwrap());
    }
    let futures = paper
        .reference()
        .unwrap()
        .resolve(&"ES".into())
        .await
        .unwrap();
    assert!(futures.len() > 1);
    instruments.extend(futures);
    for instrument in instruments {
        let view = InstrumentView::of(&instrument);
        assert_eq!(
            find(&paper, json!(view.id)).await.as_ref(),
            Ok(&instrument),
            "{view:?}"
        );
        assert_eq!(
            find(&paper, json!(view)).await.as_ref(),
            Ok(&instrument),
            "{view:?}"
        );
    }
}

#[tokio::test]
async fn several_futures_are_ambiguous_until_the_month_is_said() {
    let paper = paper();
    let fault = find(&paper, json!("ES")).await.unwrap_err();
    assert_eq!(fault.code, FaultCode::Ambiguous);
    let candidates = fault.details.unwrap()["candidates"]
        .as_array()
        .unwrap()
        .clone();
    assert!(candidates.len() > 1);
    let one = find(&paper, candidates[1].clone()).await.unwrap();
    let month = one.expiry().unwrap().format("%Y%m").to_string();
    let by_month = json!({ "symbol": "ES", "sec_type": "FUT", "expiry": month, "exchange": "CME" });
    assert_eq!(find(&paper, by_month).await.as_ref(), Ok(&one));
    let never = json!({ "symbol": "ES", "sec_type": "FUT", "expiry": "199901" });
    assert_eq!(
        find(&paper, never).await.unwrap_err().code,
        FaultCode::NotFound
    );
}

#[tokio::test]
async fn what_a_caller_says_about_an_instrument_is_never_passed_over() {
    let paper = paper();
    let wrong = [
        // Another currency, exchange, class.
        (
            json!({ "symbol": "AAPL", "currency": "HKD" }),
            FaultCode::NotFound,
        ),
        (
            json!({ "symbol": "AAPL", "exchange": "NYSE" }),
            FaultCode::NotFound,
        ),
        (
            json!({ "symbol": "AAPL", "sec_type": "FUT" }),
            FaultCode::NotFound,
        ),
        (
            json!({ "symbol": "AAPL", "sec_type": "STK", "expiry": "20260116" }),
            FaultCode::InvalidRequest,
        ),
        (
            json!({ "symbol": "AAPL", "multiplier": 100 }),
            FaultCode::InvalidRequest,
        ),
        (
            json!({ "symbol": "AAPL", "exchange": "Atlantis" }),
            FaultCode::InvalidRequest,
        ),
        (
            json!({ "symbol": "AAPL", "sec_type": "OPT", "strike": 200, "right": "C" }),
            FaultCode::InvalidRequest,
        ),
        (
            json!({ "symbol": "AAPL", "sec_type": "OPT", "expiry": "202601", "strike": 200, "right": "C" }),
            FaultCode::InvalidRequest,
        ),
        (json!({ "currency": "USD" }), FaultCode::InvalidRequest),
        (json!("NOPE"), FaultCode::NotFound),
    ];
    for (asked, code) in wrong {
        let fault = find(&paper, asked.clone()).await.unwrap_err();
        assert_eq!(fault.code, code, "{asked}: {fault}");
    }
}

#[test]
fn an_option_in_another_currency_keeps_it_in_its_short_text() {
    let option = Instrument::Option(broker_core::model::ListedOption {
        symbol: "TCH   260116C00400000".parse().unwrap(),
        currency: broker_core::model::Currency::HKD,
    });
    let short = text::write(&option);
    assert_eq!(short, "TCH260116C00400000 HKD");
    assert_eq!(text::read(&short), text::Asked::Exactly(option));
}
