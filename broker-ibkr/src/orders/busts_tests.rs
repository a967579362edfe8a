use std::sync::Arc;

use broker_core::{
    ManualClock, dec,
    model::{AccountId, Environment},
};
use ibapi::orders::Order;
use tokio::sync::mpsc;

use super::{
    Blotter,
    busts::{Verdict, verdict},
    fixtures::{entry, execution, limit, open_order},
    listing::{Executed, Listed, Lists},
    written::Clerk,
};
use crate::{instrument::Book, scripted_gateway::Gateway};

#[test]
fn an_execution_that_neither_list_counts_was_busted() {
    assert_eq!(verdict(dec!(0), dec!(0), dec!(5)), Verdict::Busted);
    assert_eq!(verdict(dec!(3), dec!(3), dec!(2)), Verdict::Busted);
}

#[test]
fn an_execution_that_the_order_still_counts_was_not() {
    assert_eq!(verdict(dec!(5), dec!(0), dec!(5)), Verdict::Counted);
}

#[test]
fn what_does_not_add_up_proves_nothing() {
    assert_eq!(verdict(dec!(4), dec!(0), dec!(5)), Verdict::Unclear);
    assert_eq!(verdict(dec!(7), dec!(3), dec!(2)), Verdict::Unclear);
}

/// What is left of an execution of five shares that TWS does not list any more, after it has said that
/// a trade was busted, when it counts so many shares of the order as filled.
async fn counts_after_a_bust(stated: f64) -> usize {
    let clock = ManualClock::at("2026-01-16T15:00:00Z".parse().unwrap());
    let gateway = Gateway::start_at(Vec::new(), Arc::new(clock)).await;
    let (sender, _signals) = mpsc::unbounded_channel();
    let (link, book) = (Arc::clone(&gateway.link), Arc::new(Book::default()));
    let blotter = Blotter::new(link, book, 7, Environment::Paper, sender);
    let account = AccountId::new("DU1").unwrap();
    blotter.set_accounts(vec![account.clone()], true);
    blotter.hear(|register| {
        let key = register.add(entry(limit()));
        register.learn(key, (7, 41), 9_001);
        let mut told = execution("0001.01.01", 5.0);
        told.execution.time = "20260116 09:45:00 US/Eastern".to_owned();
        register.hear_execution(&told, blotter.link.now())
    });
    let order = Order {
        filled_quantity: stated,
        ..Order::default()
    };
    let finished = Listed {
        written: Clerk::default().write(open_order(&order, "Filled")),
        status: None,
        completed: true,
    };
    let (reading, counted) = {
        let mut register = blotter.register();
        (
            register.begin_reading(),
            register.executions.counting().collect(),
        )
    };
    let lists = Lists {
        reading,
        counted,
        open: Ok(Vec::new()),
        completed: Ok(vec![finished]),
        executed: Ok(Executed::default()),
    };
    blotter.take_busts(&lists, &account, true);
    let register = blotter.register();
    register.executions.counting().count()
}

#[tokio::test]
async fn a_list_that_has_begun_anew_voids_no_fill_that_the_order_still_counts() {
    assert_eq!(counts_after_a_bust(5.0).await, 1);
    assert_eq!(counts_after_a_bust(0.0).await, 0);
}
