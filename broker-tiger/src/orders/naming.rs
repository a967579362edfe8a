//! Whose an order is that Tiger lists, and which part it plays.

use broker_core::{
    Error, ErrorKind, Result,
    model::{AccountId, ClientOrderId, ListRole, OrderType},
};

use super::{
    journal::Former,
    register::Entry,
    row::{OrderRow, broker_order_id},
};

/// The part that an attached order plays: a profit is taken by a limit order.
pub(super) fn exit_role(row: &OrderRow) -> ListRole {
    match row.order_type.get() {
        Some("LMT") => ListRole::TakeProfit,
        _ => ListRole::StopLoss,
    }
}

/// The name of an order: the caller's own, by its mark or by the number that was reserved for it; of an
/// exit the caller's own if it was written down, or one that comes from its entry's; otherwise Tiger's
/// number.
pub(super) fn name(
    account: &AccountId,
    row: &OrderRow,
    number: i64,
    parent: Option<&Entry>,
    former: &Former,
) -> Result<ClientOrderId> {
    let attached = row.parent().is_some_and(|parent| parent != number);
    let by_number = || former.of_number(account, row.reserved()?);
    if !attached && let Some(own) = row.mark().or_else(by_number) {
        return Ok(own);
    }
    // An exit is sent without a mark of its own: one that it has is its entry's.
    let entry = match parent {
        Some(parent) => Some(parent.id.clone()).filter(|id| !id.is_outside()),
        None => row.mark(),
    };
    if attached && let Some(entry) = entry {
        if let Some(own) = former.exit(account, &entry, exit_role(row)) {
            return Ok(own);
        }
        let part = match exit_role(row) {
            ListRole::TakeProfit => "profit",
            _ => "loss",
        };
        if let Ok(derived) = entry.derive(part) {
            return Ok(derived);
        }
    }
    outside(number)
}

/// The name of an order that goes by Tiger's number.
pub(super) fn outside(number: i64) -> Result<ClientOrderId> {
    let number = broker_order_id(number);
    let number =
        number.ok_or_else(|| Error::new(ErrorKind::Protocol, "an order without a name"))?;
    Ok(ClientOrderId::outside(&number))
}

/// Whether the type of an exit is one that Tiger attaches in its part.
pub(super) fn can_be_exit(order_type: &OrderType, role: ListRole) -> bool {
    match role {
        ListRole::TakeProfit => matches!(order_type, OrderType::Limit { .. }),
        ListRole::StopLoss => matches!(
            order_type,
            OrderType::Stop { .. } | OrderType::StopLimit { .. } | OrderType::TrailingStop { .. }
        ),
        _ => false,
    }
}
