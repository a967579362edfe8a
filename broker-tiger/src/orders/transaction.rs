//! An execution as Tiger lists it.

use broker_core::{
    Error, ErrorKind, Result,
    model::{ExecutionId, Fill, Instrument, NewOrder, Price, Quantity},
};
use serde::Deserialize;

use super::row::broker_order_id;
use crate::convert::{Figure, Text, Whole};

/// A row of `order_transactions` (protocol notes, section 4.1).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TransactionRow {
    pub(crate) sec_type: Text,
    pub(crate) action: Text,
    pub(crate) id: Whole,
    pub(crate) order_id: Whole,
    pub(crate) filled_quantity: Figure,
    pub(crate) filled_quantity_scale: Whole,
    pub(crate) filled_price: Figure,
    pub(crate) transaction_time: Whole,
}

impl TransactionRow {
    /// Whether it is an execution of a leg of a combination, and not of the combination.
    pub(super) fn is_of_leg(&self, order: &NewOrder) -> bool {
        matches!(order.instrument, Instrument::Combo(_))
            && self.sec_type.get().is_some_and(|word| word != "MLEG")
    }

    /// The execution in core's words. The vendor's text with the local time names no zone, so the
    /// count of milliseconds is what counts.
    ///
    /// # Errors
    /// [`Protocol`](ErrorKind::Protocol) for one that lacks what makes it an execution.
    pub(super) fn fill(&self, order: &NewOrder) -> Result<(i64, Fill)> {
        let id = self.id.required("id")?;
        let side = if order.side.is_sell() { "SELL" } else { "BUY" };
        if let Some(told) = self.action.get().filter(|told| *told != side) {
            let message = format!("the execution {id} is a {told} and its order a {side}");
            return Err(Error::new(ErrorKind::Protocol, message));
        }
        let quantity = self.filled_quantity.scaled(self.filled_quantity_scale)?;
        let lacks = |what| Error::new(ErrorKind::Protocol, format!("an execution lacks {what}"));
        let quantity = Quantity::new(quantity.ok_or_else(|| lacks("its quantity"))?)?;
        let price = Price::new(self.filled_price.required("filledPrice")?.normalize());
        let price = price.or_else(|_| self.filled_price.price().ok_or_else(|| lacks("a price")))?;
        let at = self.transaction_time.instant();
        let mut fill = Fill::new(
            ExecutionId::new(id.to_string())?,
            order,
            price,
            quantity,
            at.ok_or_else(|| lacks("its time"))?,
        );
        fill.broker_order_id = self.order_id.get().and_then(broker_order_id);
        Ok((id, fill))
    }
}
