#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use serde_json::Value;

use super::{method::Method, test_seat::Seat};
use crate::tiger::http::Call;

fn recorded() -> Vec<Value> {
    serde_json::from_str(include_str!("../../../tests/data/tiger/requests.json")).unwrap()
}

#[test]
fn what_the_official_sdk_signs_is_rebuilt_to_the_byte() {
    for one in recorded() {
        let call = Call::read(one["body"].as_str().unwrap().as_bytes()).unwrap();
        assert_eq!(call.signed_text(), one["string_to_sign"], "{}", one["name"]);
    }
}

#[test]
fn every_recorded_request_passes_the_door() {
    let seat = Seat::new();
    for one in recorded() {
        let members: Value = serde_json::from_str(one["body"].as_str().unwrap()).unwrap();
        let call = Call::read(members.to_string().as_bytes()).unwrap();
        let admitted = seat.gateway.admit(&call, None);
        assert!(admitted.is_ok(), "{}: {admitted:?}", one["name"]);
    }
}

#[test]
fn every_recorded_request_about_accounts_is_understood() {
    let seat = Seat::new();
    for one in recorded() {
        let members: Value = serde_json::from_str(one["body"].as_str().unwrap()).unwrap();
        let method = Method::of(members["method"].as_str().unwrap()).unwrap();
        let name = one["name"].as_str().unwrap();
        // The recorded account is a standard one, and its licence has no tokens.
        if !method.is_trade() || matches!(name, "assets" | "user_token_refresh") {
            continue;
        }
        if let Err(refused) = seat.send(&members, None).answer {
            // The recorded symbols, dates and numbers are of another world, the words are not.
            assert!(
                !matches!(refused.code, 1 | 1000 | 1010),
                "{name}: {refused:?}"
            );
        }
    }
}
