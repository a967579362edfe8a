use super::family::{Remedy, Seen, remedy};

const ABSENT: Seen = Seen {
    there: false,
    open: false,
    filled: false,
    refused: false,
};
const REFUSED: Seen = Seen {
    refused: true,
    ..ABSENT
};
const OPEN: Seen = Seen {
    there: true,
    open: true,
    ..ABSENT
};
const ENDED: Seen = Seen {
    there: true,
    ..ABSENT
};
const FILLED: Seen = Seen {
    filled: true,
    ..ENDED
};
const PART_FILLED: Seen = Seen {
    filled: true,
    ..OPEN
};

#[test]
fn a_list_that_is_all_there_is_left_to_work() {
    for led in [true, false] {
        assert_eq!(remedy(led, &[OPEN, OPEN, OPEN]), Remedy::Leave);
        assert_eq!(remedy(led, &[FILLED, ENDED, FILLED]), Remedy::Leave);
    }
}

#[test]
fn a_list_of_which_nothing_arrived_needs_nothing() {
    for led in [true, false] {
        assert_eq!(remedy(led, &[ABSENT, ABSENT]), Remedy::Absent);
        assert_eq!(remedy(led, &[REFUSED, ABSENT]), Remedy::Absent);
    }
}

#[test]
fn of_half_a_bracket_the_entry_is_canceled_and_the_exits_go_with_it() {
    for half in [[OPEN, ABSENT, ABSENT], [OPEN, OPEN, ABSENT]] {
        assert_eq!(remedy(true, &half), Remedy::Cancel(vec![0]));
    }
    let in_part = [PART_FILLED, ABSENT, OPEN];
    assert_eq!(remedy(true, &in_part), Remedy::Cancel(vec![0]));
    // Those that did not go are canceled by name.
    assert_eq!(
        remedy(true, &[ENDED, OPEN, ABSENT]),
        Remedy::Cancel(vec![1])
    );
    assert_eq!(remedy(true, &[ENDED, ENDED, ABSENT]), Remedy::Settled);
}

#[test]
fn an_exit_that_protects_what_the_entry_bought_stays() {
    assert_eq!(remedy(true, &[FILLED, ABSENT, OPEN]), Remedy::Settled);
    assert_eq!(remedy(true, &[FILLED, REFUSED, OPEN]), Remedy::Settled);
}

#[test]
fn exits_prove_that_their_entry_arrived() {
    // It has ended on an earlier day and left the lists.
    assert_eq!(remedy(true, &[ABSENT, OPEN, OPEN]), Remedy::Leave);
    assert_eq!(remedy(true, &[ABSENT, OPEN, ABSENT]), Remedy::Leave);
}

#[test]
fn of_half_a_group_of_alternatives_everything_open_is_canceled() {
    assert_eq!(remedy(false, &[OPEN, ABSENT]), Remedy::Cancel(vec![0]));
    assert_eq!(
        remedy(false, &[PART_FILLED, ABSENT, OPEN]),
        Remedy::Cancel(vec![0, 2])
    );
    assert_eq!(remedy(false, &[ENDED, REFUSED]), Remedy::Settled);
    assert_eq!(remedy(false, &[ABSENT, FILLED]), Remedy::Settled);
}
