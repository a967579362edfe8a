use std::collections::BTreeSet;

use broker_core::{
    dec,
    model::{
        AccountId, BrokerId, ClientOrderId, Instrument, Native, NewOrder, OrderAmount, OrderType,
        Price, Quantity, Side,
    },
};
use broker_runtime::risk::SymbolRule;

use super::{Facts, KeyLimits, checks};

fn by_number() -> NewOrder {
    let native = Native {
        broker: BrokerId::new("ibkr").unwrap(),
        id: "265598".parse().unwrap(),
    };
    NewOrder::new(
        ClientOrderId::generate(),
        AccountId::new("A").unwrap(),
        Instrument::Native(native),
        Side::Buy,
        OrderAmount::Quantity(Quantity::new(dec!(1)).unwrap()),
        OrderType::Limit {
            price: Price::new(dec!(1)).unwrap(),
        },
    )
}

fn passes(rule: SymbolRule) -> bool {
    let limits = KeyLimits {
        symbols: rule,
        ..KeyLimits::default()
    };
    let unknown = || "not asked".to_owned();
    let facts = Facts {
        price: Err(unknown()),
        notional: Err(unknown()),
        limited: Err(unknown()),
        open: Err(unknown()),
        short: Err(unknown()),
        borrowed: Err(unknown()),
        today: Err(unknown()),
        lessens: false,
    };
    checks(&limits, &by_number(), &facts)
        .iter()
        .all(|one| one.ok)
}

#[test]
fn a_number_is_no_way_round_a_list_of_symbols() {
    let names = |names: &[&str]| -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    };
    let rule = |allow: Option<&[&str]>, deny: &[&str]| SymbolRule {
        allow: allow.map(names),
        deny: names(deny),
    };
    assert!(!passes(rule(None, &["AAPL"])), "it may be that");
    assert!(!passes(rule(Some(&["MSFT"]), &[])));
    assert!(
        passes(rule(Some(&["ibkr:265598"]), &[])),
        "the operator has named it"
    );
    assert!(passes(rule(None, &[])), "there is no list");
}
