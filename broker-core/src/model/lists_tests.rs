//! Order lists and combinations that do not fit together.

use super::*;
use crate::test_support::{account, apple, id, order, price, quantity};

fn list(contingency: Contingency) -> Result<OrderList, ValueError> {
    OrderList::new(ListId::new("l").unwrap(), contingency)
}

fn bracket(change: impl FnOnce(&mut NewOrder, &mut NewOrder, &mut NewOrder)) -> Contingency {
    let exit = |name, order_type| {
        let mut exit = order(name);
        exit.side = Side::Sell;
        exit.order_type = order_type;
        exit
    };
    let price_at = price;
    let mut entry = order("entry");
    let mut take_profit = exit(
        "profit",
        OrderType::Limit {
            price: price_at("20"),
        },
    );
    let mut stop_loss = exit(
        "loss",
        OrderType::Stop {
            trigger: price_at("5"),
        },
    );
    change(&mut entry, &mut take_profit, &mut stop_loss);
    Contingency::Bracket {
        entry: Box::new(entry),
        take_profit: Box::new(take_profit),
        stop_loss: Box::new(stop_loss),
    }
}

#[test]
fn a_bracket_fits_together() {
    let list = list(bracket(|_, _, _| {})).unwrap();
    let parts: Vec<_> = list
        .orders()
        .map(|(o, role)| (o.client_order_id.as_str(), role))
        .collect();
    let roles = [ListRole::Entry, ListRole::TakeProfit, ListRole::StopLoss];
    assert_eq!(
        parts,
        [
            ("entry", roles[0]),
            ("profit", roles[1]),
            ("loss", roles[2])
        ]
    );
    assert_eq!(
        (list.account(), list.contingency().kind()),
        (&account(), ContingencyKind::Bracket)
    );
    let short_exit = bracket(|entry, profit, loss| {
        entry.side = Side::SellShort;
        (profit.side, loss.side) = (Side::Buy, Side::Buy);
    });
    assert!(self::list(short_exit).is_ok());
}

#[test]
fn brackets_that_do_not_fit_together_are_refused() {
    let msft = || Instrument::equity("MSFT", Mic::XNAS, Currency::USD).unwrap();
    for (contingency, expected) in [
        (
            bracket(|_, profit, _| profit.instrument = msft()),
            "the entry's instrument",
        ),
        (
            bracket(|_, _, loss| loss.side = Side::Buy),
            "exits against the entry",
        ),
        (
            bracket(|entry, _, _| entry.side = Side::SellShort),
            "exits against the entry",
        ),
        (
            bracket(|_, _, loss| loss.amount = OrderAmount::Quantity(quantity("99"))),
            "exits for the entry's quantity",
        ),
        (
            bracket(|entry, profit, loss| {
                let cash = OrderAmount::Cash(Money::zero(Currency::USD));
                (entry.amount, profit.amount, loss.amount) = (cash, cash, cash);
            }),
            "exits for the entry's quantity",
        ),
        (
            bracket(|_, profit, _| profit.client_order_id = id("entry")),
            "each client order id only once",
        ),
        (
            bracket(|_, profit, _| profit.account = AccountId::new("DU2").unwrap()),
            "one account for all",
        ),
    ] {
        assert_eq!(list(contingency).unwrap_err().expected(), expected);
    }
}

#[test]
fn lists_have_2_to_20_orders() {
    let many = |count| {
        (0..count)
            .map(|number| order(&format!("o{number}")))
            .collect()
    };
    let alternatives = |count| {
        list(Contingency::OneCancelsOther {
            orders: many(count),
        })
    };
    assert!(alternatives(2).is_ok() && alternatives(20).is_ok());
    for count in [0, 1, 21] {
        assert_eq!(
            alternatives(count).unwrap_err().expected(),
            "2 to 20 orders"
        );
    }
    let chain = |then| {
        let first = Box::new(order("first"));
        list(Contingency::OneTriggersOther { first, then })
    };
    assert!(chain(vec![]).is_err());
    let chain = chain(many(1)).unwrap();
    let roles: Vec<_> = chain.orders().map(|(_, role)| role).collect();
    assert_eq!(roles, [ListRole::Entry, ListRole::Triggered]);
}

fn leg(symbol: &str, side: Side, ratio: u32) -> ComboLeg {
    let instrument = Instrument::equity(symbol, Mic::XNAS, Currency::USD).unwrap();
    ComboLeg {
        instrument,
        side,
        ratio,
    }
}

#[test]
fn combinations_that_make_no_sense_are_refused() {
    let good = || vec![leg("A", Side::Buy, 1), leg("B", Side::Sell, 2)];
    let combo = Combo::new(good()).unwrap();
    let nested = ComboLeg {
        instrument: Instrument::Combo(combo.clone()),
        side: Side::Buy,
        ratio: 1,
    };
    let many = |count: u8| {
        let name = |number| char::from(b'A' + number).to_string();
        (0..count)
            .map(|number| leg(&name(number), Side::Buy, 1))
            .collect::<Vec<_>>()
    };
    assert!(Combo::new(many(8)).is_ok());
    for (legs, expected) in [
        (many(0), "2 to 8 legs"),
        (many(1), "2 to 8 legs"),
        (many(9), "2 to 8 legs"),
        (
            vec![leg("A", Side::Buy, 0), leg("B", Side::Sell, 1)],
            "a leg ratio of at least 1",
        ),
        (
            vec![leg("A", Side::Buy, 1), nested],
            "legs that are not combos",
        ),
        (
            vec![leg("A", Side::Buy, 1), leg("A", Side::Sell, 1)],
            "each leg only once",
        ),
    ] {
        assert_eq!(Combo::new(legs).unwrap_err().expected(), expected);
    }
    assert_eq!(combo.legs().len(), 2);
}

#[test]
fn a_combination_shares_what_its_legs_share() {
    let near = Instrument::option("AAPL  260116C00200000".parse().unwrap());
    let far = Instrument::option("AAPL  260220C00200000".parse().unwrap());
    let expiry = near.expiry();
    let legs = [(near, Side::Sell), (far, Side::Buy)];
    let legs = legs.map(|(instrument, side)| ComboLeg {
        instrument,
        side,
        ratio: 1,
    });
    let calendar = Instrument::Combo(Combo::new(legs).unwrap());
    assert_eq!(
        (calendar.currency(), calendar.expiry()),
        (Some(Currency::USD), expiry)
    );
    assert_eq!(
        calendar.to_string(),
        "-1×[AAPL 2026-01-16 200C] +1×[AAPL 2026-02-20 200C]"
    );
    let mut euro = leg("B", Side::Sell, 1);
    euro.instrument = Instrument::equity("B", Mic::XXXX, Currency::EUR).unwrap();
    let mixed = Instrument::Combo(Combo::new([leg("A", Side::Buy, 1), euro]).unwrap());
    assert_eq!((mixed.currency(), apple().expiry()), (None, None));
}

#[test]
fn lists_and_combinations_are_checked_when_read() {
    let bad_list = serde_json::json!({
        "id": "l",
        "contingency": { "type": "one_cancels_other", "orders": [order("a"), order("a")] }
    });
    let error = serde_json::from_value::<OrderList>(bad_list).unwrap_err();
    assert!(
        error.to_string().contains("each client order id only once"),
        "{error}"
    );
    let leg = serde_json::json!({ "instrument": apple(), "side": "buy", "ratio": 1 });
    let bad_combo = serde_json::json!({ "type": "combo", "legs": [leg, leg] });
    let error = serde_json::from_value::<Instrument>(bad_combo).unwrap_err();
    assert!(error.to_string().contains("each leg only once"), "{error}");
}

#[test]
fn a_change_applies_to_what_the_order_has() {
    let changed = |set: fn(&mut ReplaceOrder), order: &NewOrder| {
        let mut change = ReplaceOrder::new(account(), id("a"));
        set(&mut change);
        change.apply_to(order)
    };
    let market = order("a");
    let mut stop_limit = order("a");
    let (trigger, limit) = (price("9"), price("10"));
    stop_limit.order_type = OrderType::StopLimit {
        trigger,
        price: limit,
    };
    let next = changed(
        |c| {
            c.quantity = Some(quantity("7"));
            c.limit_price = Some(price("11"));
            c.trigger_price = Some(price("8"));
            c.time_in_force = Some(TimeInForce::Gtc);
        },
        &stop_limit,
    )
    .unwrap();
    let (trigger, limit) = (price("8"), price("11"));
    assert_eq!(
        next.order_type,
        OrderType::StopLimit {
            trigger,
            price: limit
        }
    );
    assert_eq!(
        (next.quantity(), next.time_in_force),
        (Some(quantity("7")), TimeInForce::Gtc)
    );
    type Set = fn(&mut ReplaceOrder);
    let all: [(Set, ReplaceField); 3] = [
        (
            |c| c.limit_price = Some(price("1")),
            ReplaceField::LimitPrice,
        ),
        (
            |c| c.trigger_price = Some(price("1")),
            ReplaceField::TriggerPrice,
        ),
        (
            |c| c.trailing_offset = Some(TrailingOffset::Percent(crate::dec!(1))),
            ReplaceField::TrailingOffset,
        ),
    ];
    for (set, field) in all {
        assert_eq!(changed(set, &market), Err(field));
    }
    let mut cash = order("a");
    cash.amount = OrderAmount::Cash(Money::zero(Currency::USD));
    assert_eq!(
        changed(|c| c.quantity = Some(quantity("1")), &cash),
        Err(ReplaceField::Quantity)
    );
}
