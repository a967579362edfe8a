use serde_json::{Value, json};

use crate::{FaultCode, service::rig::Rig};

fn strikes(rows: &Value) -> Vec<broker_core::Decimal> {
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| row["strike"].as_str().unwrap().parse().unwrap())
        .collect()
}

#[tokio::test]
async fn a_chain_has_strikes_on_each_side_of_the_money_with_greeks() {
    let rig = Rig::new();
    let dates = rig
        .ask("get_option_expirations", json!({ "instrument": "AAPL" }))
        .await
        .unwrap();
    let dates = dates["data"].clone();
    assert_eq!(
        dates["count"],
        dates["expirations"].as_array().unwrap().len()
    );
    let expiry = dates["expirations"][2].as_str().unwrap().replace('-', "");
    let asked = json!({ "instrument": "AAPL", "expiry": expiry, "strikes": 3 });
    let chain = rig.ask("get_option_chain", asked).await.unwrap()["data"].clone();
    let price: broker_core::Decimal = chain["underlying_price"].as_str().unwrap().parse().unwrap();
    for side in ["calls", "puts"] {
        let strikes = strikes(&chain[side]);
        assert!(strikes.is_sorted());
        let below = strikes.iter().filter(|strike| **strike <= price).count();
        let above = strikes.iter().filter(|strike| **strike > price).count();
        assert!(
            (1..=4).contains(&below) && (1..=4).contains(&above),
            "{price}: {strikes:?}"
        );
    }
    let call = &chain["calls"][0];
    for field in ["bid", "ask", "iv", "delta", "gamma", "theta", "vega"] {
        assert!(call[field].is_string(), "{field}: {call}");
    }
}

#[tokio::test]
async fn a_chain_can_be_of_one_right_and_without_greeks() {
    let rig = Rig::new();
    let asked = json!({ "instrument": "AAPL", "strikes": 2, "right": "P", "greeks": false });
    let chain = rig.ask("get_option_chain", asked).await.unwrap()["data"].clone();
    assert_eq!(chain["calls"], json!([]));
    assert!(chain["puts"][0].get("delta").is_none(), "{chain}");
    let dates = rig
        .ask("get_option_expirations", json!({ "instrument": "AAPL" }))
        .await
        .unwrap();
    assert_eq!(
        chain["expiry"], dates["data"]["expirations"][0],
        "the nearest when none is named"
    );
}

#[tokio::test]
async fn what_has_no_options_is_said_so() {
    let rig = Rig::new();
    for (operation, asked) in [
        ("get_option_expirations", json!({ "instrument": "EUR.USD" })),
        ("get_option_chain", json!({ "instrument": "EUR.USD" })),
        (
            "get_option_chain",
            json!({ "instrument": "AAPL", "expiry": "1999-01-15" }),
        ),
    ] {
        let fault = rig.ask(operation, asked).await.unwrap_err();
        assert_eq!(fault.code, FaultCode::NotFound, "{operation}: {fault}");
    }
    let asked = json!({ "instrument": "AAPL", "strikes": 0 });
    assert_eq!(
        rig.ask("get_option_chain", asked).await.unwrap_err().code,
        FaultCode::InvalidRequest
    );
}

#[test]
fn open_interest_is_passed_on_where_the_broker_has_it() {
    let occ = "AAPL  260116C00200000".parse().unwrap();
    let instrument = broker_core::model::Instrument::option(occ);
    let right = broker_core::model::Right::Call;
    let mut option =
        broker_core::model::OptionQuote::new(instrument, right, broker_core::dec!(200));
    assert_eq!(super::OptionRow::of(&option, true).open_interest, None);
    option.open_interest = Some(broker_core::dec!(1_234));
    let row = super::OptionRow::of(&option, true);
    assert_eq!(serde_json::to_value(row).unwrap()["open_interest"], "1234");
}
