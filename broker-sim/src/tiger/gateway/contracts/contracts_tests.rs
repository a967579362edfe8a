#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use serde_json::json;

use crate::tiger::gateway::test_seat::{PAPER, Seat};

#[test]
fn a_contract_is_an_array_in_version_three_and_itself_before() {
    let seat = Seat::new();
    let asked = json!({"account": PAPER, "symbol": "AAPL", "sec_type": "STK"});
    let old = seat.ask("contract", asked.clone()).unwrap();
    assert_eq!(old["symbol"], "AAPL");
    let mut asked = asked;
    asked["version"] = "3.0".into();
    let new = seat.ask("contract", asked).unwrap();
    assert_eq!(new[0], old);
    assert_eq!(new[0]["tickSizes"][1]["end"], "Infinity");
}

#[test]
fn several_contracts_are_found_and_unknown_ones_left_out() {
    let seat = Seat::new();
    let asked = json!({"account": PAPER, "symbols": ["AAPL", "NOPE", "MSFT"]});
    let found = seat.ask("contracts", asked).unwrap();
    assert_eq!(found["items"].as_array().unwrap().len(), 2);
    let hong_kong = json!({"account": PAPER, "symbols": ["00700"], "currency": "HKD"});
    let found = seat.ask("contracts", hong_kong).unwrap();
    assert_eq!(found["items"][0]["market"], "HK");
    assert_eq!(found["items"][0]["lotSize"].as_f64(), Some(100.0));
}

#[test]
fn the_options_of_a_day_have_names_by_which_they_are_found() {
    let seat = Seat::new();
    let expiry = seat.world.with_exchange(|exchange| {
        let share = exchange
            .instruments()
            .find(|i| super::names::symbol(i) == "AAPL")
            .cloned()
            .unwrap();
        exchange.expirations(&share)[1]
    });
    let asked = json!({
        "symbols": ["AAPL"], "sec_type": "OPT", "expiry": expiry.format("%Y%m%d").to_string(),
    });
    let found = seat.ask("quote_contract", asked).unwrap();
    let option = found[0].clone();
    assert_eq!(option["identifier"].as_str().unwrap().len(), 21);
    let asked = json!({
        "account": PAPER, "symbol": "AAPL", "sec_type": "OPT", "expiry": option["expiry"],
        "strike": option["strike"], "right": option["right"], "version": "3.0",
    });
    assert_eq!(seat.ask("contract", asked).unwrap()[0], option);
}

#[test]
fn an_index_has_the_symbol_of_its_quotes_and_its_options_leave_out_the_dot() {
    let seat = Seat::new();
    let asked = json!({"account": PAPER, "symbol": ".SPX", "sec_type": "STK"});
    let index = seat.ask("contract", asked).unwrap();
    assert_eq!(index["symbol"], ".SPX");
    assert_eq!(index["tradeable"], false);
    let asked = json!({"symbols": ["SPX"], "sec_type": "OPT", "expiry": "20220318"});
    let options = seat.ask("quote_contract", asked).unwrap();
    assert_eq!(options[0]["symbol"], "SPX");
}
