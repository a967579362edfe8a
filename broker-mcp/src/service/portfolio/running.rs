//! What an order had filled when an execution came, and at which price on average.

use std::{collections::BTreeMap, sync::Arc};

use broker_core::{
    Decimal,
    event::Ledger,
    model::{ClientOrderId, ExecutionId, Fill},
};

/// Units and average price of an order up to an execution, it included.
pub(super) type Running = BTreeMap<ExecutionId, (Decimal, Decimal)>;

/// Adds up the executions of each order, the oldest first. An order of which not every execution is known is
/// left out: a total without the others would be wrong.
pub(super) fn totals(ledger: &Ledger, told: &[Fill]) -> Running {
    let mut orders: BTreeMap<&ClientOrderId, BTreeMap<&ExecutionId, &Fill>> = BTreeMap::new();
    for fill in told {
        let fills = orders.entry(&fill.client_order_id).or_default();
        fills.insert(&fill.execution_id, fill);
    }
    let mut running = Running::new();
    for (id, told) in orders {
        let Some(order) = ledger.order(id) else {
            continue;
        };
        let heard = ledger.fills_of(id);
        let mut all = told;
        for fill in &heard {
            all.entry(&fill.execution_id).or_insert(fill);
        }
        let mut all: Vec<&Fill> = all.into_values().collect();
        // Some brokers tell times in whole seconds; within one, executions came as they were heard of.
        let place = |fill: &Fill| {
            let same = |one: &Arc<Fill>| one.execution_id == fill.execution_id;
            heard.iter().position(same).unwrap_or(usize::MAX)
        };
        all.sort_by_key(|fill| (fill.executed_at, place(fill)));
        let mut so_far = Vec::new();
        let (mut units, mut money) = (Decimal::ZERO, Decimal::ZERO);
        for fill in &all {
            let quantity = fill.quantity.get();
            let added = fill.price.get().checked_mul(quantity);
            let sums = units
                .checked_add(quantity)
                .zip(added.and_then(|added| money.checked_add(added)));
            let Some((more, worth)) = sums else { break };
            (units, money) = (more, worth);
            let Some(average) = money.checked_div(units) else {
                break;
            };
            so_far.push((fill.execution_id.clone(), (units, average.normalize())));
        }
        // The legs of a combination are other instruments, whose units are not the order's.
        let of_order = all
            .iter()
            .all(|fill| fill.instrument == order.terms.instrument);
        let is_whole = so_far.len() == all.len() && units == order.cumulative_quantity;
        if of_order && is_whole {
            running.extend(so_far);
        }
    }
    running
}
