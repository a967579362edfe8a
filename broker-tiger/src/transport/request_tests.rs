use std::collections::BTreeMap;

use broker_core::{SecretString, dec, model::AccountId};

use super::{Call, Method, Parameters, request::Caller};
use crate::{
    config::Language,
    signing::{joined, rsa_signer},
    vectors,
};

fn caller(secret_key: Option<&str>) -> Caller {
    Caller {
        tiger_id: "20150001".to_owned(),
        device_id: Some("02:00:5e:00:00:01".to_owned()),
        language: Language::EnUs,
        secret_key: secret_key.map(SecretString::from),
    }
}

fn account() -> AccountId {
    AccountId::new("12345678").unwrap()
}

fn is_recorded(number: u32, call: &Call, secret_key: Option<&str>) {
    let vector = vectors::numbered(number);
    let signer = rsa_signer(vectors::CLIENT_KEY).unwrap();
    let signed = caller(secret_key)
        .sign(call, "2025-08-13 10:30:00", &*signer)
        .unwrap();
    let mut sent: BTreeMap<String, String> = serde_json::from_str(&signed.body).unwrap();
    let sign = sent.remove("sign").unwrap();
    assert_eq!(sent, vector.members.unwrap(), "{}", vector.name);
    assert_eq!(sign, vector.sign.unwrap(), "{}", vector.name);
}

#[test]
fn requests_are_those_of_the_python_sdk_byte_for_byte() {
    let cancel = Parameters::default()
        .with("id", 41_000_000_000_000_002_i64)
        .unwrap();
    is_recorded(
        26,
        &Call::new(Method::CANCEL_ORDER, cancel).of(&account()),
        None,
    );
    let active = Parameters::default().with("market", "ALL").unwrap();
    is_recorded(
        102,
        &Call::new(Method::ACTIVE_ORDERS, active).of(&account()),
        None,
    );
    is_recorded(103, &Call::bare(Method::USER_TOKEN_REFRESH), None);
    is_recorded(104, &Call::bare(Method::USER_LICENSE), None);
}

#[test]
fn a_method_of_another_version_says_so_twice() {
    let parameters = Parameters::default()
        .with("symbol", "AAPL")
        .unwrap()
        .with("sec_type", "STK")
        .unwrap();
    let call = Call::new(Method::CONTRACT, parameters)
        .of(&account())
        .version("3.0");
    is_recorded(52, &call, None);
}

#[test]
fn every_recorded_text_is_rebuilt_from_what_is_sent() {
    for vector in vectors::http() {
        let (Some(members), Some(text)) = (vector.members, vector.string_to_sign) else {
            continue;
        };
        // As a server does it: out of the JSON on the wire, escapes and all.
        let wire = serde_json::to_string(&members).unwrap();
        let read: BTreeMap<String, String> = serde_json::from_str(&wire).unwrap();
        assert_eq!(
            joined(read.iter().map(|(n, v)| (&**n, &**v))),
            text,
            "{}",
            vector.name
        );
    }
}

#[test]
fn the_trader_s_key_goes_with_every_account_and_nowhere_else() {
    let with = |call: Call| caller(Some("inst-secret")).content(&call).unwrap().unwrap();
    let of_account = with(Call::new(Method::POSITIONS, Parameters::default()).of(&account()));
    assert_eq!(
        of_account,
        r#"{"account":"12345678","lang":"en_US","secret_key":"inst-secret"}"#
    );
    let other = with(Call::new(Method::MARKET_STATE, Parameters::default()));
    assert_eq!(other, r#"{"lang":"en_US"}"#);
    let plain = with(Call::new(Method::MARKET_STATE, Parameters::default()).without_language());
    assert_eq!(plain, "{}");
}

#[test]
fn prices_are_sent_as_their_text() {
    let parameters = Parameters::default()
        .number("limit_price", dec!(187.10))
        .unwrap()
        .number("aux_price", dec!(0.1) + dec!(0.2))
        .unwrap();
    let call = Call::new(Method::PLACE_ORDER, parameters).without_language();
    let text = caller(None).content(&call).unwrap().unwrap();
    assert_eq!(text, r#"{"aux_price":0.3,"limit_price":187.1}"#);
}

#[test]
fn parameters_may_be_a_list() {
    let call = Call::json(Method::OPTION_TRADE_TICK, "[1]".to_owned());
    assert_eq!(caller(None).content(&call).unwrap().as_deref(), Some("[1]"));
}
