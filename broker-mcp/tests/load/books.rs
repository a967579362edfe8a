//! What clients were told, held against the books of the exchanges.

use std::collections::{BTreeMap, BTreeSet};

use broker_core::{
    Decimal,
    model::{OrderAmount, Side},
};

use crate::{client::Tally, server::Running, wire::Line};

/// Every order that was accepted is on the books once, as it was asked for; nothing else is.
pub(crate) fn compare(running: &Running, connection: usize, tallies: &[&Tally], extra: &[String]) {
    let books = running.books(connection);
    let mut known: BTreeMap<String, Vec<Decimal>> = BTreeMap::new();
    for order in &books.orders {
        let OrderAmount::Quantity(quantity) = &order.terms.amount else {
            panic!("an order for money: {order:?}");
        };
        let name = order.terms.client_order_id.to_string();
        known.entry(name).or_default().push(quantity.get());
    }
    let mut cancels = 0;
    let mut expected = BTreeSet::new();
    for tally in tallies {
        cancels += tally.cancels;
        for (name, units) in &tally.accepted {
            let there = known.get(name).map(Vec::as_slice);
            assert_eq!(there, Some(&[Decimal::from(*units)][..]), "{name}");
            expected.insert(name.as_str());
        }
        for name in &tally.refused {
            assert!(!known.contains_key(name), "{name} was refused and is there");
        }
    }
    expected.extend(extra.iter().map(String::as_str));
    let there: BTreeSet<&str> = known.keys().map(String::as_str).collect();
    assert_eq!(there, expected, "orders that nobody was told of");
    // No order came twice to be refused the second time, and nothing was canceled that nobody wanted so.
    let commands = u64::try_from(expected.len()).unwrap() + cancels;
    assert_eq!(books.commands, Some(commands));
    let mut filled: BTreeMap<&str, Decimal> = BTreeMap::new();
    for fill in &books.fills {
        *filled.entry(fill.client_order_id.as_str()).or_default() += fill.quantity;
    }
    let mut held = Decimal::ZERO;
    for order in &books.orders {
        let name = order.terms.client_order_id.as_str();
        let sum = filled.get(name).copied().unwrap_or_default();
        assert_eq!(sum, order.filled, "{name}");
        assert_eq!(order.terms.side, Side::Buy);
        held += sum;
    }
    let positions = books.positions.iter().map(|(_, quantity)| quantity.get());
    assert_eq!(positions.sum::<Decimal>(), held, "positions");
}

/// What the server tells of an account is what is on the books.
pub(crate) async fn told(running: &Running, client: usize, connection: usize) {
    let mut line = Line::to(&running.way(client)).await;
    let mut told = Vec::new();
    let mut asked = serde_json::json!({ "limit": 500 });
    loop {
        let answer = line.ask("/v1/get_orders", "", &asked).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let answer: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        let orders = answer["data"]["orders"].as_array().unwrap();
        let names = orders
            .iter()
            .filter_map(|one| one["client_order_id"].as_str());
        told.extend(names.map(str::to_owned));
        let Some(next) = answer["meta"]["next_cursor"].as_str() else {
            break;
        };
        asked["cursor"] = next.into();
    }
    told.sort();
    let books = running.books(connection);
    let names = books
        .orders
        .iter()
        .map(|one| one.terms.client_order_id.to_string());
    let mut names: Vec<String> = names.collect();
    names.sort();
    assert_eq!(told, names);
}
