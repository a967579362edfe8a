//! A position as Tiger tells it.

use broker_core::{
    Result,
    model::{AccountId, Instrument, Money, Position, SignedQuantity},
};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::{
    convert::{Figure, Whole},
    instrument::Named,
};

/// A row of `positions` (protocol notes, section 4.1).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct PositionRow {
    pub(crate) position: Figure,
    pub(crate) position_scale: Whole,
    pub(crate) average_cost: Figure,
    pub(crate) latest_price: Figure,
    pub(crate) market_value: Figure,
    pub(crate) unrealized_pnl: Figure,
    pub(crate) realized_pnl: Figure,
    /// As of when it is, by the broker's clock, like that of a push.
    pub(crate) update_timestamp: Whole,
}

/// A row with the instrument that it names.
pub(super) type Held = Named<PositionRow>;

impl PositionRow {
    /// The position in core's words. The quantity is the whole number over its power of ten, never
    /// the double beside it.
    ///
    /// # Errors
    /// [`Protocol`](broker_core::ErrorKind::Protocol) for one without a quantity.
    pub(crate) fn position(
        &self,
        account: &AccountId,
        instrument: Instrument,
        as_of: DateTime<Utc>,
    ) -> Result<Position> {
        self.position.required("position")?;
        let quantity = self.position.scaled(self.position_scale)?;
        let quantity = SignedQuantity::new(quantity.unwrap_or_default())?;
        let currency = instrument.currency();
        let money = |figure: Figure| Some(Money::new(figure.computed()?, currency?));
        let mut position = Position::new(account.clone(), instrument, quantity, as_of);
        if !quantity.is_flat() {
            position.average_price = self.average_cost.price();
            position.market_price = self.latest_price.price();
            position.market_value = money(self.market_value);
            position.unrealized_pnl = money(self.unrealized_pnl);
        }
        position.realized_pnl = money(self.realized_pnl);
        Ok(position)
    }
}
