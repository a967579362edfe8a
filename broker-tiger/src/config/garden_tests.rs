use super::{Directory, License, Routes, Stage};
use crate::vectors;

fn routes(json: &str, license: Option<License>, paper: bool) -> Routes {
    let directory: Directory = serde_json::from_str(json).unwrap();
    directory.routes(Stage::Production, license, paper)
}

fn recorded() -> String {
    vectors::numbered(118).response.body
}

#[test]
fn hosts_that_are_not_the_vendor_s_are_left_aside() {
    // The recorded answer names example.test.
    assert_eq!(
        routes(&recorded(), Some(License::Tbsg), false),
        Routes::default()
    );
    let ours = recorded().replace("example.test", "tigerfintech.com");
    let found = routes(&ours, Some(License::Tbsg), false);
    assert_eq!(
        found.trade.as_deref(),
        Some("https://live.tigerfintech.com/hkg/gateway")
    );
    assert_eq!(
        found.quote.as_deref(),
        Some("https://quote.tigerfintech.com/hkg-quote/gateway")
    );
    assert_eq!(
        found.push.unwrap().to_string(),
        "ssl,common.tigerfintech.com,9883"
    );
}

#[test]
fn paper_accounts_have_their_own_address_and_others_the_common_one() {
    let ours = recorded().replace("example.test", "tigerfintech.com");
    let paper = routes(&ours, Some(License::Tbsg), true).trade;
    assert_eq!(
        paper.as_deref(),
        Some("https://paper.tigerfintech.com/hkg/gateway")
    );
    for license in [None, Some(License::Tbnz)] {
        let common = routes(&ours, license, false).trade;
        assert_eq!(
            common.as_deref(),
            Some("https://common.tigerfintech.com/gateway")
        );
    }
}

#[test]
fn look_alikes_and_plain_http_are_not_believed() {
    for origin in [
        "https://eviltigerfintech.com",
        "https://tigerfintech.com.evil.example",
        "http://openapi.tigerfintech.com",
        "https://user@openapi.tigerfintech.com",
        "not an address",
    ] {
        let json =
            format!(r#"{{"items":[{{"openapi":{{"COMMON":"{origin}","socket_port":9883}}}}]}}"#);
        assert_eq!(routes(&json, None, false), Routes::default(), "{origin}");
    }
}

#[test]
fn an_answer_without_anything_changes_nothing() {
    for json in ["{}", r#"{"items":[]}"#, r#"{"items":[{}]}"#] {
        assert_eq!(routes(json, Some(License::Tbus), false), Routes::default());
    }
}
