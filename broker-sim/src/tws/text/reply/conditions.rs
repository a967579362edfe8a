//! The conditions on which an order is sent or canceled.

use crate::tws::{
    message::{Order, OrderCondition},
    text::field_writer::FieldWriter,
};

/// A count, that many conditions, and after the last of them what holds for all.
pub(super) fn write(f: &mut FieldWriter<'_>, order: &Order) {
    let known = || {
        order
            .conditions
            .iter()
            .filter(|condition| is_known(condition))
    };
    let count = known().count();
    f.count(count);
    if count > 0 {
        known().for_each(|condition| one(f, condition));
        f.flag(order.conditions_ignore_rth)
            .flag(order.conditions_cancel_order);
    }
}

/// A client cannot skip a condition of a kind that it does not know: it knows no length for it.
fn is_known(condition: &OrderCondition) -> bool {
    matches!(condition.kind, Some(1 | 3..=7))
}

fn one(f: &mut FieldWriter<'_>, condition: &OrderCondition) {
    let kind = condition.kind.unwrap_or_default();
    f.number(kind)
        .word(if condition.is_conjunction_connection == Some(false) {
            "o"
        } else {
            "a"
        });
    if kind == 5 {
        f.text(condition.sec_type.as_ref())
            .text(condition.exchange.as_ref());
        f.text(condition.symbol.as_ref());
        return;
    }
    f.flag(condition.is_more);
    if kind == 1 {
        f.double_or(condition.price, 0.0);
    } else if kind == 3 {
        f.text(condition.time.as_ref());
    } else if kind == 4 {
        f.int(condition.percent);
    } else if kind == 6 {
        f.int(condition.volume);
    } else {
        f.double_or(condition.change_percent, 0.0);
    }
    if matches!(kind, 1 | 6 | 7) {
        f.int(condition.con_id).text(condition.exchange.as_ref());
    }
    if kind == 1 {
        f.int(condition.trigger_method);
    }
}
