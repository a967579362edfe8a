//! Which order a word of TWS is about, where names are used twice.

use broker_core::{
    dec,
    model::{AccountId, ExecutionKind as K},
};

use super::{
    encode::encode,
    fixtures::{CLIENT, NOW, ORDER, entry, execution, limit, open_order, status},
    register::{Key, Register, Said},
};

/// A register with an order that works.
fn working() -> (Register, Key) {
    let mut register = Register::default();
    let mut known = entry(limit());
    known.contract = contract(265_598).into();
    let key = register.add(known);
    let _ = register.hear_status(&status("Submitted", 0.0));
    (register, key)
}

fn contract(number: i32) -> ibapi::contracts::Contract {
    ibapi::contracts::Contract {
        contract_id: number,
        ..Default::default()
    }
}

fn trades(said: &[Said]) -> usize {
    let is_trade = |said: &&Said| matches!(said, Said::Report(_, report) if matches!(report.kind, K::Trade { .. }));
    said.iter().filter(is_trade).count()
}

#[test]
fn fills_of_an_order_of_the_same_name_in_another_account_do_not_count() {
    let (mut register, first) = working();
    let mut terms = limit();
    terms.account = AccountId::new("DU2").unwrap();
    let mut other = entry(terms);
    other.wire = Some((CLIENT, ORDER + 1));
    let second = register.add(other);
    let mut fill = execution("x.01.01", 100.0);
    fill.contract = contract(265_598);
    let _ = register.hear_execution(&fill, NOW);
    assert!(register.get(first).unwrap().ended);
    let mut fill = execution("y.01.01", 1.0);
    fill.execution.order_id = ORDER + 1;
    fill.execution.perm_id = 9_002;
    fill.execution.account_number = "DU2".to_owned();
    assert_eq!(trades(&register.hear_execution(&fill, NOW)), 1);
    assert!(!register.get(second).unwrap().ended, "99 of it still work");
}

#[test]
fn an_order_of_another_program_with_the_same_reference_is_another_order() {
    let (mut register, key) = working();
    let wire = encode(&limit(), dec!(1)).unwrap();
    let mut other = open_order(&wire, "Submitted");
    other.contract = contract(265_598);
    (other.order_id, other.order.client_id, other.order.perm_id) = (12, 8, 9_002);
    assert!(matches!(
        register.hear_open_order(&other)[..],
        [Said::Strange(_)]
    ));
    assert_eq!(register.get(key).unwrap().wire, Some((CLIENT, ORDER)));
}

#[test]
fn an_order_of_another_program_is_not_taken_for_one_whose_first_word_is_waited_for() {
    let mut register = Register::default();
    let key = register.add(entry(limit()));
    let wire = encode(&limit(), dec!(1)).unwrap();
    let mut other = open_order(&wire, "Submitted");
    (other.order_id, other.order.client_id, other.order.perm_id) = (12, 8, 9_002);
    let _ = register.hear_open_order(&other);
    let entry = register.get(key).unwrap();
    assert!(!entry.live, "the answer to the submit was somebody else's");
    assert_eq!((entry.wire, entry.perm_id), (Some((CLIENT, ORDER)), 0));
}

#[test]
fn a_fill_of_another_contract_is_none_of_the_order() {
    let mut register = Register::default();
    let mut known = entry(limit());
    known.contract = contract(265_598).into();
    known.wire = None;
    let _ = register.add(known);
    let mut fill = execution("x.01.01", 100.0);
    fill.contract = contract(272_093);
    (fill.execution.order_id, fill.execution.perm_id) = (0, 9_002);
    assert_eq!(trades(&register.hear_execution(&fill, NOW)), 0);
}

#[test]
fn nothing_is_left_of_an_order_that_is_forgotten() {
    let (mut register, key) = working();
    let _ = register.hear_execution(&execution("x.01.01", 40.0), NOW);
    // Changed without a link, it has a second one.
    let mut again = status("Submitted", 40.0);
    again.perm_id = 9_002;
    let _ = register.hear_status(&again);
    register.remove(key);
    for perm in [9_001, 9_002] {
        assert_eq!(register.find((0, 0), perm, None), None, "{perm}");
    }
    let order = limit();
    let filled = register
        .executions
        .filled(&order.account, &order.client_order_id);
    assert_eq!(filled, dec!(0));
}

#[test]
fn a_finished_order_is_found_by_its_reference_alone() {
    let mut register = Register::default();
    let mut known = entry(limit());
    known.contract = contract(265_598).into();
    let key = register.add(known);
    let wire = encode(&limit(), dec!(1)).unwrap();
    let mut finished = open_order(&wire, "Cancelled");
    finished.contract = contract(265_598);
    // Of a finished order TWS tells no number.
    finished.order_id = -1;
    let _ = register.hear_open_order(&finished);
    assert_eq!(register.get(key).unwrap().perm_id, 9_001);
}
