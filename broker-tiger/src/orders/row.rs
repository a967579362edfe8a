//! An order as Tiger lists it.

use broker_core::{
    Decimal, Error, ErrorKind, Result,
    model::{BrokerOrderId, ClientOrderId},
};
use serde::Deserialize;
use sha1::{Digest as _, Sha1};

use crate::{
    convert::{Figure, Flag, Rows, Text, Whole},
    instrument::Named,
};

/// A row of the order lists (protocol notes, section 4.1); any member may be missing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct OrderRow {
    pub(crate) id: Whole,
    /// The number of the account's, which may have been reserved; 0 for none.
    pub(crate) order_id: Whole,
    pub(crate) parent_id: Whole,
    pub(crate) action: Text,
    pub(crate) order_type: Text,
    pub(crate) time_in_force: Text,
    pub(crate) total_quantity: Figure,
    pub(crate) total_quantity_scale: Whole,
    pub(crate) filled_quantity: Figure,
    pub(crate) filled_quantity_scale: Whole,
    pub(crate) total_cash_amount: Figure,
    pub(crate) limit_price: Figure,
    pub(crate) aux_price: Figure,
    pub(crate) trailing_percent: Figure,
    pub(crate) trail_stop_price: Figure,
    pub(crate) avg_fill_price: Figure,
    pub(crate) status: Text,
    pub(crate) replace_status: Text,
    pub(crate) cancel_status: Text,
    pub(crate) remark: Text,
    pub(crate) open_time: Whole,
    pub(crate) update_time: Whole,
    pub(crate) latest_time: Whole,
    pub(crate) expire_time: Whole,
    pub(crate) outside_rth: Flag,
    pub(crate) trading_session_type: Text,
    pub(crate) user_mark: Text,
    /// The caller's own name of an exchange; of an order its number of the account's.
    pub(crate) external_id: Text,
    pub(crate) algo_parameters: Option<Vec<AlgoRow>>,
    pub(crate) display_size: Figure,
}

/// A digest of all that a row says, for tens of thousands of rows are remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Words([u8; 20]);

impl OrderRow {
    /// What tells this row from one that says anything else.
    pub(crate) fn words(&self) -> Words {
        Words(Sha1::digest(format!("{self:?}")).into())
    }
}

/// A row with the instrument that it names.
pub(crate) type Listed = Named<OrderRow>;

/// A parameter of an algorithm.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct AlgoRow {
    pub(crate) tag: Text,
    pub(crate) value: Text,
}

/// The answer to a new order.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Placed {
    pub(super) id: Whole,
    #[serde(rename = "subIds")]
    pub(super) sub_ids: Option<Vec<Whole>>,
    pub(super) orders: Rows<Listed>,
}

/// The answer to a request for a number.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Numbered {
    pub(super) order_id: Whole,
}

/// Tiger's name for an order.
pub(crate) fn broker_order_id(id: i64) -> Option<BrokerOrderId> {
    BrokerOrderId::new(id.to_string()).ok().filter(|_| id > 0)
}

impl OrderRow {
    /// How much is filled.
    ///
    /// # Errors
    /// [`Protocol`](ErrorKind::Protocol) when one of the two quantities has a scale and the other lacks
    /// it: 125 without its scale of 2 would be a hundred times too much.
    pub(super) fn filled(&self) -> Result<Decimal> {
        let scales = [self.total_quantity_scale, self.filled_quantity_scale].map(Whole::get);
        let half = matches!(scales, [Some(scale), None] | [None, Some(scale)] if scale != 0);
        let filled = self.filled_quantity.scaled(self.filled_quantity_scale)?;
        let filled = filled.unwrap_or_default();
        if half && !filled.is_zero() {
            let message = "an order has a scale for one of its quantities and none for the other";
            return Err(Error::new(ErrorKind::Protocol, message));
        }
        Ok(filled)
    }

    /// The number of the order whose exit it is.
    pub(super) fn parent(&self) -> Option<i64> {
        self.parent_id.get().filter(|parent| *parent > 0)
    }

    /// The number of the account's that it goes by.
    pub(super) fn reserved(&self) -> Option<i64> {
        self.order_id.get().filter(|number| *number > 0)
    }

    /// The caller's own name for the order, as it was written into the order's mark.
    pub(crate) fn mark(&self) -> Option<ClientOrderId> {
        let id = ClientOrderId::new(self.user_mark.get()?).ok()?;
        // A mark that looks like a name that this library makes would be mistaken for it.
        (!id.is_outside()).then_some(id)
    }
}
