use std::collections::BTreeMap;

use broker_core::model::OrderExtension;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Order fields that only Interactive Brokers knows.
///
/// ```
/// use broker_core::model::Extensions;
/// use broker_ibkr::IbkrExtension;
/// let mut extensions = Extensions::default();
/// let fields = IbkrExtension { all_or_none: true, ..IbkrExtension::default() };
/// extensions.set(&fields)?;
/// assert!(extensions.get::<IbkrExtension>()?.unwrap().all_or_none);
/// # Ok::<(), broker_core::model::ValueError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IbkrExtension {
    /// Fill all of it or nothing, without having to be at once.
    pub all_or_none: bool,
    /// Do not show the order in the book, where the exchange allows it.
    pub hidden: bool,
    /// The smallest quantity of a fill.
    pub minimum_quantity: Option<i32>,
    /// The order begins to work at this instant, UTC.
    pub good_after_time: Option<DateTime<Utc>>,
    /// For institutions: 1 when the broker holds the borrowed shares, 2 when a third party does.
    /// Without it TWS decides by itself whether a sale is a short sale.
    pub short_sale_slot: Option<u8>,
    /// Who holds the borrowed shares, for slot 2.
    pub designated_location: Option<String>,
    /// Leave the order in TWS without transmitting it to the exchange: it is
    /// [`Suspended`](broker_core::model::OrderStatus::Suspended) until somebody transmits it in TWS, or it is
    /// canceled. TWS keeps it until the end of its day and counts it as an open order. For single orders, not
    /// for lists; it cannot be replaced while it is held, because TWS would transmit what replaces it.
    pub held: bool,
    /// An algorithm of the broker by name, with its parameters verbatim.
    pub algorithm: Option<IbkrAlgorithm>,
}

/// An algorithm of the broker, such as `Adaptive` with `adaptivePriority` = `Normal`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IbkrAlgorithm {
    /// The broker's name for it.
    pub name: String,
    /// Its parameters by the broker's names.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
}

impl OrderExtension for IbkrExtension {
    const NAMESPACE: &'static str = "ibkr";
}
