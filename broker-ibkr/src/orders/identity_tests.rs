//! Which order a word of TWS is about, where names are used twice.

use broker_core::{
    dec,
    model::{AccountId, ExecutionKind as K},
};

use super::{
    encode::encode,
    fixtures::{CLIENT, ORDER, entry, execution, limit, open_order, status},
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
