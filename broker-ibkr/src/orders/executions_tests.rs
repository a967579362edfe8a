use broker_core::{
    Decimal, dec,
    model::{ExecutionId, ExecutionKind, Liquidity, Mic},
};
use ibapi::orders::{CommissionReport, Liquidity as Word};

use super::{
    executions::{Executions, News, costs, fill, parts},
    fixtures::{NOW, execution, limit},
};

fn take(executions: &mut Executions, id: &str, shares: f64) -> News {
    let order = limit();
    let fill = fill(&execution(id, shares).execution, &order, Decimal::ONE, NOW).unwrap();
    let id = ExecutionId::new(id).unwrap();
    executions.take(&id, &order.account, &order.client_order_id, fill)
}

fn filled(executions: &Executions) -> Decimal {
    let order = limit();
    executions.filled(&order.account, &order.client_order_id)
}

#[test]
fn the_last_part_of_an_execution_id_is_its_revision() {
    assert_eq!(
        parts("0000e0d5.6580ca7c.01.02"),
        ("0000e0d5.6580ca7c.01", 2)
    );
    assert_eq!(parts("plain"), ("plain", 0));
    assert_eq!(parts("a.b"), ("a.b", 0));
}

#[test]
fn an_execution_counts_once() {
    let mut executions = Executions::default();
    assert!(matches!(
        take(&mut executions, "x.01.01", 40.0),
        News::Happened(ExecutionKind::Trade { .. })
    ));
    assert_eq!(take(&mut executions, "x.01.01", 40.0), News::Known);
    assert_eq!(filled(&executions), dec!(40));
}

#[test]
fn a_higher_revision_replaces_the_lower_one_and_a_lower_one_comes_too_late() {
    let mut executions = Executions::default();
    let _ = take(&mut executions, "x.01.01", 40.0);
    let News::Happened(ExecutionKind::TradeCorrect { replaces, fill }) =
        take(&mut executions, "x.01.02", 30.0)
    else {
        panic!("a correction");
    };
    assert_eq!(
        (replaces.as_str(), fill.quantity.get()),
        ("x.01.01", dec!(30))
    );
    assert_eq!(take(&mut executions, "x.01.01", 40.0), News::Known);
    assert_eq!(filled(&executions), dec!(30));
}

#[test]
fn a_revision_to_nothing_takes_the_execution_back() {
    let mut executions = Executions::default();
    let _ = take(&mut executions, "x.01.01", 40.0);
    let gone = take(&mut executions, "x.01.02", 0.0);
    assert!(
        matches!(gone, News::Happened(ExecutionKind::TradeCancel { execution_id }) if execution_id.as_str() == "x.01.01")
    );
    assert_eq!(filled(&executions), dec!(0));
}

#[test]
fn times_of_executions_are_utc_on_both_sides_of_a_clock_change() {
    let order = limit();
    let at = |time: &str| {
        let mut data = execution("x.01.01", 1.0);
        time.clone_into(&mut data.execution.time);
        fill(&data.execution, &order, Decimal::ONE, NOW)
            .unwrap()
            .unwrap()
            .executed_at
            .to_rfc3339()
    };
    assert_eq!(
        at("20260306 15:59:59 US/Eastern"),
        "2026-03-06T20:59:59+00:00"
    );
    assert_eq!(
        at("20260309 15:59:59 US/Eastern"),
        "2026-03-09T19:59:59+00:00"
    );
    assert_eq!(at("20261030 16:00:00 MET"), "2026-10-30T15:00:00+00:00");
}

#[test]
fn an_execution_whose_time_cannot_be_read_is_a_fill_all_the_same() {
    for time in ["20260115 11:30:00 Mars/Olympus", "20260115 11:30:00", ""] {
        let mut data = execution("x.01.01", 1.0);
        time.clone_into(&mut data.execution.time);
        let fill = fill(&data.execution, &limit(), Decimal::ONE, NOW).unwrap();
        assert_eq!(fill.unwrap().executed_at, NOW, "{time:?}");
    }
}

#[test]
fn a_fill_says_where_and_how_it_traded() {
    let mut data = execution("x.01.01", 1.5);
    data.execution.last_liquidity = Word::RemovedLiquidity;
    let fill = fill(&data.execution, &limit(), Decimal::ONE, NOW)
        .unwrap()
        .unwrap();
    assert_eq!(
        (fill.price.get(), fill.quantity.get()),
        (dec!(187.25), dec!(1.5))
    );
    assert_eq!(
        (fill.venue, fill.liquidity),
        (Some(Mic::XNAS), Some(Liquidity::Removed))
    );
    assert_eq!(fill.broker_order_id.unwrap().as_str(), "9001");
}

#[test]
fn unknown_costs_are_absent_and_never_zero() {
    let report = |commission: f64, currency: &str, realized_pnl| CommissionReport {
        execution_id: "x".into(),
        commission,
        currency: currency.into(),
        realized_pnl,
        ..CommissionReport::default()
    };
    assert_eq!(
        costs(&report(f64::MAX, "USD", Some(f64::MAX))),
        (None, None)
    );
    assert_eq!(costs(&report(0.0, "", None)), (None, None));
    let (commission, _) = costs(&report(0.35, "USD", None));
    assert_eq!(commission.unwrap().amount, dec!(0.35));
}

#[test]
fn a_rebate_of_one_is_one() {
    let rebate = CommissionReport {
        execution_id: "x".into(),
        commission: -1.0,
        currency: "USD".into(),
        ..CommissionReport::default()
    };
    assert_eq!(costs(&rebate).0.unwrap().amount, dec!(-1));
}

#[test]
fn old_executions_are_forgotten_and_what_they_filled_is_not() {
    let mut executions = Executions::default();
    let _ = take(&mut executions, "x.01.01", 40.0);
    let at = executions.executed_at("x.01.01").unwrap();
    executions.forget_before(at);
    assert_eq!(take(&mut executions, "x.01.01", 40.0), News::Known);
    assert_eq!(executions.counting_since(at).len(), 1);
    let later = at + chrono::TimeDelta::seconds(1);
    assert!(executions.counting_since(later).is_empty());
    executions.forget_before(later);
    assert_eq!(executions.counting().count(), 0);
    assert_eq!(filled(&executions), dec!(40));
}

#[test]
fn a_late_correction_brings_no_busted_trade_back() {
    let mut executions = Executions::default();
    let _first = take(&mut executions, "x.01.01", 40.0);
    let gone = ExecutionId::new("x.01.01").unwrap();
    assert_eq!(executions.bust(&gone, 5), Some(gone));
    assert_eq!(take(&mut executions, "x.01.02", 40.0), News::Doubtful);
    // An older reading proves nothing.
    executions.is_listed("x.01.02", 4);
    assert_eq!(take(&mut executions, "x.01.02", 40.0), News::Doubtful);
    assert_eq!(filled(&executions), dec!(0));
    executions.is_listed("x.01.02", 6);
    assert!(matches!(
        take(&mut executions, "x.01.02", 40.0),
        News::Happened(ExecutionKind::TradeCorrect { .. })
    ));
}

#[test]
fn a_busted_trade_is_named_as_it_was_last_corrected() {
    let mut executions = Executions::default();
    let _first = take(&mut executions, "x.01.01", 40.0);
    let _corrected = take(&mut executions, "x.01.02", 40.0);
    let known_then = ExecutionId::new("x.01.01").unwrap();
    let named_now = ExecutionId::new("x.01.02").unwrap();
    assert_eq!(executions.bust(&known_then, 5), Some(named_now));
}
