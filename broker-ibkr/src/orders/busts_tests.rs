use broker_core::dec;

use super::busts::{Verdict, verdict};

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
