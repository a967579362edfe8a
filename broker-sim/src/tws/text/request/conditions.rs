//! The conditions on which an order is sent or canceled.

use crate::tws::{
    message::{Order, OrderCondition},
    text::{Malformed, Reason, field_reader::FieldReader},
};

/// Price, time, margin, execution, volume, change in percent.
const KINDS: &[i32] = &[1, 3, 4, 5, 6, 7];

/// A count, that many conditions, and after the last of them what holds for all.
pub(super) fn read(fields: &mut FieldReader<'_>, order: &mut Order) -> Result<(), Malformed> {
    let count = fields.count("conditions")?;
    if count == 0 {
        return Ok(());
    }
    order.conditions = (0..count)
        .map(|_| condition(fields))
        .collect::<Result<_, _>>()?;
    order.conditions_ignore_rth = fields.flag("conditionsIgnoreRth")?;
    order.conditions_cancel_order = fields.flag("conditionsCancelOrder")?;
    Ok(())
}

fn condition(fields: &mut FieldReader<'_>) -> Result<OrderCondition, Malformed> {
    let kind = fields.word("condition.type", KINDS)?;
    let mut condition = OrderCondition {
        kind: Some(kind),
        is_conjunction_connection: conjunction(fields)?,
        ..OrderCondition::default()
    };
    if kind == 5 {
        condition.sec_type = fields.text("condition.secType")?;
        condition.exchange = fields.text("condition.exchange")?;
        condition.symbol = fields.text("condition.symbol")?;
        return Ok(condition);
    }
    condition.is_more = fields.flag("condition.isMore")?;
    match kind {
        1 => condition.price = fields.double("condition.price")?,
        3 => condition.time = fields.text("condition.time")?,
        4 => condition.percent = fields.int("condition.percent")?,
        6 => condition.volume = fields.int("condition.volume")?,
        _ => condition.change_percent = fields.double("condition.changePercent")?,
    }
    if matches!(kind, 1 | 6 | 7) {
        condition.con_id = fields.int("condition.conId")?;
        condition.exchange = fields.text("condition.exchange")?;
    }
    if kind == 1 {
        condition.trigger_method = fields.int("condition.triggerMethod")?;
    }
    Ok(condition)
}

/// Whether the next condition must hold as well ("a") or instead ("o").
fn conjunction(fields: &mut FieldReader<'_>) -> Result<Option<bool>, Malformed> {
    let index = fields.index();
    match fields.text("condition.conjunction")?.as_deref() {
        None => Ok(None),
        Some("a") => Ok(Some(true)),
        Some("o") => Ok(Some(false)),
        Some(other) => {
            let reason = Reason::NotAllowed(other.to_owned());
            Err(fields.wrong(index, "condition.conjunction", reason))
        }
    }
}
