use serde_json::{Map, Value, json};

use super::{Alias, Aliases, Profile};

fn found(profiles: &[Profile], name: &str, given: &Value) -> Option<&'static Alias> {
    let given: &Map<String, Value> = given.as_object().unwrap();
    Aliases::of(profiles.iter().copied()).find(name, given)
}

#[test]
fn nothing_is_understood_when_no_profile_is_on() {
    assert!(found(&[], "tiger_get_quote", &json!({ "symbol": "A" })).is_none());
    assert!(
        found(
            &[Profile::Tws],
            "tiger_get_quote",
            &json!({ "symbol": "A" })
        )
        .is_none()
    );
}

#[test]
fn the_spelling_of_the_arguments_says_whose_name_is_meant() {
    let both = [Profile::Tws, Profile::IbPaper];
    let tws = json!({ "symbol": "A", "durationStr": "30 D", "barSizeSetting": "1 day" });
    let paper = json!({ "symbol": "A", "duration": "1 M", "bar_size": "1 day" });
    for profiles in [both, [Profile::IbPaper, Profile::Tws]] {
        let alias = found(&profiles, "get_historical_data", &tws).unwrap();
        assert_eq!(alias.profile(), Profile::Tws);
        let alias = found(&profiles, "get_historical_data", &paper).unwrap();
        assert_eq!(alias.profile(), Profile::IbPaper);
        let alias = found(
            &profiles,
            "get_contract_details",
            &json!({ "symbol": "A", "sec_type": "STK" }),
        );
        assert_eq!(alias.unwrap().profile(), Profile::IbPaper);
    }
}

#[test]
fn where_arguments_leave_it_open_the_first_profile_has_the_name() {
    for first in [Profile::Tws, Profile::IbPaper] {
        let profiles = if first == Profile::Tws {
            [Profile::Tws, Profile::IbPaper]
        } else {
            [Profile::IbPaper, Profile::Tws]
        };
        let alias = found(&profiles, "get_positions", &json!({ "account": "" })).unwrap();
        assert_eq!(alias.profile(), first);
    }
}

#[test]
fn arguments_of_our_own_mean_our_own_operation() {
    let profiles = Profile::ALL;
    let ours = [
        (
            "place_order",
            json!({ "order": { "instrument": "A", "side": "BUY", "type": "MARKET" } }),
        ),
        ("cancel_order", json!({ "order_id": "5" })),
        ("get_positions", json!({ "instrument": "AAPL" })),
        ("get_pnl", json!({ "instrument": "AAPL" })),
        ("stream_market_data", json!({ "symbols": ["AAPL"] })),
        ("get_executions", json!({ "order_id": "5" })),
        (
            "get_account_summary",
            json!({ "account": "A", "fields": ["cash"] }),
        ),
        (
            "get_option_chain",
            json!({ "instrument": "A", "expiry": "2027-01-15" }),
        ),
        ("get_news_article", json!({ "id": "a", "provider": "p" })),
    ];
    for (name, given) in ours {
        assert!(found(&profiles, name, &given).is_none(), "{name}");
    }
}

#[test]
fn a_name_of_another_server_is_never_ours_however_wrong_the_arguments_are() {
    let alias = found(
        &[Profile::Tiger],
        "tiger_get_quote",
        &json!({ "nonsense": 1 }),
    );
    assert!(alias.is_some());
}
