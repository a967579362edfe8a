use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Whether something can be done, and why not.
///
/// ```
/// use broker_core::{Support, Why};
/// let no: Support<()> = Support::No(Why::Permission("options level 2".into()));
/// assert!(no.get().is_none());
/// assert_eq!(no.why().unwrap().to_string(), "needs permission: options level 2");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Support<T> {
    /// The broker does it.
    Native(T),
    /// This library does it with the broker's other means; it ends when the process ends.
    Emulated(T),
    /// It cannot be done.
    No(Why),
}

/// Why something cannot be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Why {
    /// The broker does not offer it.
    Broker,
    /// The account lacks a permission that it could be given.
    Permission(Arc<str>),
    /// Accounts of this kind cannot have it.
    AccountType,
    /// The broker offers it and the adapter does not use it.
    NotImplemented,
}

impl<T> Support<T> {
    /// What is supported, if anything.
    pub const fn get(&self) -> Option<&T> {
        match self {
            Self::Native(value) | Self::Emulated(value) => Some(value),
            Self::No(_) => None,
        }
    }

    /// Why not, if not.
    pub const fn why(&self) -> Option<&Why> {
        match self {
            Self::Native(_) | Self::Emulated(_) => None,
            Self::No(why) => Some(why),
        }
    }
}

impl core::fmt::Display for Why {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Broker => f.write_str("the broker does not offer it"),
            Self::Permission(permission) => write!(f, "needs permission: {permission}"),
            Self::AccountType => f.write_str("not for accounts of this kind"),
            Self::NotImplemented => f.write_str("this adapter does not do it"),
        }
    }
}
