//! How much could be traded.

use broker_core::{Decimal, Result, model::NewOrder};
use serde::Deserialize;

use super::service::{Treasury, unreadable};
use crate::{
    convert::Figure,
    transport::{Call, Method},
};

/// How much of an instrument could be traded now.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TradableQuantity {
    /// Units that could be traded with the account's own cash, or out of what it holds.
    pub own: Decimal,
    /// Units with what the broker lends; `None` when that was not told.
    pub with_credit: Option<Decimal>,
    /// Units that are held.
    pub held: Option<Decimal>,
    /// Units of what is held that can be sold.
    pub held_and_free: Option<Decimal>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Estimated {
    tradable_quantity: Figure,
    financing_quantity: Figure,
    position_quantity: Figure,
    tradable_position_quantity: Figure,
}

impl Treasury {
    /// How much could be traded with an order like this one; its amount does not matter. It promises
    /// nothing about an order that is sent later.
    ///
    /// # Errors
    /// Why it is not known.
    pub async fn tradable_quantity(&self, order: &NewOrder) -> Result<TradableQuantity> {
        let asked = async {
            let listing = self.book.listing(&order.instrument).await?;
            let parameters = crate::orders::sketch(order, &listing)?;
            let call = Call::new(Method::ESTIMATE_TRADABLE_QUANTITY, parameters);
            let told: Estimated = self.ask(&order.account, call).await?.decode()?;
            let own = told.tradable_quantity.computed();
            Ok(TradableQuantity {
                own: own.ok_or_else(|| unreadable("quantity"))?,
                with_credit: told.financing_quantity.computed(),
                held: told.position_quantity.computed(),
                held_and_free: told.tradable_position_quantity.computed(),
            })
        };
        let asked: Result<_> = asked.await;
        asked.map_err(|error| error.in_operation("tradable_quantity"))
    }
}
