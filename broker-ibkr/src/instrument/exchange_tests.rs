use std::collections::BTreeSet;

use broker_core::model::Mic;

use super::exchange::{ALL, Route, entry, exchange_name, mic};

#[test]
fn every_name_leads_back_to_its_exchange() {
    for (code, name) in ALL {
        let exchange: Mic = code.parse().unwrap();
        assert_eq!(exchange_name(exchange), Some(*name));
        assert_eq!(mic(name), Some(exchange));
    }
    let names: BTreeSet<_> = ALL.iter().map(|(_, name)| name).collect();
    assert_eq!(names.len(), ALL.len());
}

#[test]
fn old_names_lead_to_the_same_exchange() {
    assert_eq!(mic("ISLAND"), Some(Mic::XNAS));
    assert_eq!(mic("GLOBEX"), Some(Mic::XCME));
    assert_eq!(mic("LSEETF"), mic("LSE"));
}

#[test]
fn an_unknown_name_is_no_exchange() {
    assert_eq!(mic("SMART"), None);
    assert_eq!(mic("NOWHERE"), None);
    assert_eq!(exchange_name(Mic::XXXX), None);
}

#[test]
fn american_shares_are_routed_and_hong_kong_is_reached_directly() {
    assert_eq!(entry(Mic::XNAS), Some(("NASDAQ", Route::Smart)));
    assert_eq!(entry(Mic::XHKG), Some(("SEHK", Route::Direct)));
}
