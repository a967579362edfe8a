use std::sync::Arc;

use broker_core::{
    Decimal, SystemClock, dec,
    event::Ledger,
    model::{
        AccountId, ClientOrderId, Currency, ExecutionId, ExecutionKind, ExecutionReport, Fill,
        Instrument, Mic, NewOrder, OrderAmount, OrderType, Price, Quantity, Side,
    },
};
use chrono::DateTime;

use super::running::totals;

fn order() -> NewOrder {
    NewOrder::new(
        ClientOrderId::new("o").unwrap(),
        AccountId::new("A").unwrap(),
        Instrument::equity("AAPL", Mic::XNAS, Currency::USD).unwrap(),
        Side::Buy,
        OrderAmount::Quantity(Quantity::new(dec!(10)).unwrap()),
        OrderType::Market,
    )
}

fn fill(id: &str, quantity: Decimal, price: Decimal, second: i64) -> Fill {
    Fill::new(
        ExecutionId::new(id).unwrap(),
        &order(),
        Price::new(price).unwrap(),
        Quantity::new(quantity).unwrap(),
        DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap(),
    )
}

/// A ledger that has heard of an order and of these executions of it.
fn ledger(fills: &[Fill]) -> Arc<Ledger> {
    let account = AccountId::new("A").unwrap();
    let ledger = Ledger::new(account, Arc::new(SystemClock), 100);
    let terms = Arc::new(order());
    let new = ExecutionReport::new(terms.client_order_id.clone(), ExecutionKind::New);
    ledger.report(new.with_terms(terms));
    for fill in fills {
        ledger.report(ExecutionReport::trade(fill.clone()));
    }
    ledger
}

#[test]
fn executions_of_an_order_are_added_up_exactly_in_the_order_in_which_they_came() {
    // In one second, and the names say nothing about which was first.
    let all = [
        fill("z", dec!(3), dec!(10.01), 0),
        fill("a", dec!(4), dec!(10.03), 0),
        fill("m", dec!(3), dec!(10.1), 1),
    ];
    let told: Vec<Fill> = all.iter().rev().cloned().collect();
    let running = totals(&ledger(&all), &told);
    let of = |id: &str| running[&ExecutionId::new(id).unwrap()];
    assert_eq!(of("z"), (dec!(3), dec!(10.01)));
    // (3 × 10.01 + 4 × 10.03) ÷ 7
    let seventh = dec!(70.15).checked_div(dec!(7)).unwrap();
    assert_eq!(of("a"), (dec!(7), seventh));
    assert_eq!(of("m"), (dec!(10), dec!(10.045)));
}

#[test]
fn what_was_asked_for_is_added_up_with_what_was_not() {
    let all = [
        fill("a", dec!(4), dec!(10), 0),
        fill("b", dec!(6), dec!(11), 9),
    ];
    let running = totals(&ledger(&all), &all[1..]);
    let last = running[&ExecutionId::new("b").unwrap()];
    assert_eq!(last, (dec!(10), dec!(10.6)));
}

#[test]
fn an_order_of_which_an_execution_is_not_known_has_no_totals() {
    let all = [
        fill("a", dec!(4), dec!(10), 0),
        fill("b", dec!(6), dec!(11), 9),
    ];
    // The broker says that ten were traded, and tells of six.
    let ledger = ledger(&all[1..]);
    let mut status = ExecutionReport::new(
        order().client_order_id,
        ExecutionKind::Status {
            status: broker_core::model::OrderStatus::Filled,
        },
    );
    status.cumulative_quantity = Some(dec!(10));
    ledger.report(status);
    assert!(totals(&ledger, &all[1..]).is_empty());
    // Of an order that nobody has heard of, nothing is known.
    let mut foreign = all[0].clone();
    foreign.client_order_id = ClientOrderId::new("p").unwrap();
    assert!(totals(&ledger, &[foreign]).is_empty());
}
