use serde::{Deserialize, Serialize};

use super::Why;
use crate::model::{AssetClass, Mic, OrderTypeKind, TimeInForceKind, TradingSession};

/// A form of order that is taken: any combination of one value from each list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OrderForm {
    /// For instruments of these classes.
    pub asset_classes: Vec<AssetClass>,
    /// Orders of these types.
    pub order_types: Vec<OrderTypeKind>,
    /// With these lifetimes.
    pub times_in_force: Vec<TimeInForceKind>,
    /// In these parts of the day.
    pub sessions: Vec<TradingSession>,
}

/// A form of order that is taken for instruments of some exchanges only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LocalForm {
    /// For instruments that have their home there.
    pub exchanges: Vec<Mic>,
    /// The form.
    pub form: OrderForm,
}

/// The reason why a form of order is not taken; an absent respect means any.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// For instruments of this class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset_class: Option<AssetClass>,
    /// Orders of this type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_type: Option<OrderTypeKind>,
    /// With this lifetime.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_in_force: Option<TimeInForceKind>,
    /// In this part of the day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<TradingSession>,
    /// Why not.
    pub why: Why,
}
