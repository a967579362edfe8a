//! Who calls, and what they may do. Every role is a word of its own: `admin` does not include `trade`.

use core::fmt::Debug;
use std::{collections::BTreeSet, sync::Arc};

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::policy::KeyLimits;

/// One thing that a key may be for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Role {
    /// Questions.
    Read,
    /// Orders.
    Trade,
    /// Accounts, connections, gateways.
    Admin,
    /// Agreeing to what others ask for.
    Approver,
}

impl Role {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Trade => "trade",
            Self::Admin => "admin",
            Self::Approver => "approver",
        }
    }
}

/// A part of the operations that can be left out, so that a model has fewer to choose from.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Toolset {
    /// How the server and its connections are.
    System,
    /// Quotes, bars, instruments, option chains.
    Market,
    /// What is written about companies.
    Info,
    /// Balances, positions, orders, executions.
    Portfolio,
    /// Orders.
    Trading,
    /// Accounts, connections, gateways.
    Admin,
    /// What few models need: option calculator, single trades, scanners. A key has it only if it is given.
    IbExtra,
}

impl Toolset {
    /// Those that are there when nothing is said.
    pub const STANDARD: [Self; 6] = [
        Self::System,
        Self::Market,
        Self::Info,
        Self::Portfolio,
        Self::Trading,
        Self::Admin,
    ];
}

/// Which accounts somebody may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Every account.
    All,
    /// These, by the name that the configuration gives them.
    Only(BTreeSet<String>),
}

impl Access {
    /// Whether an account is among them.
    #[must_use]
    pub fn allows(&self, account: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.contains(account),
        }
    }
}

/// How a person is asked before this caller's commands are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Confirm {
    /// By the client, where it can ask; otherwise by another way than the client.
    Ask,
    /// Always by another way than the client, because a client can answer for its person.
    OutOfBand,
    /// Not at all, as the operator has said for this key; limits hold all the same.
    Never,
}

/// Somebody who calls, as proven by a key, a token or the operator's choice for standard input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Principal {
    /// What names it in the trail; never the key itself.
    pub id: Arc<str>,
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub roles: BTreeSet<Role>,
    /// With which accounts.
    pub accounts: Access,
    /// Which operations it sees.
    pub toolsets: BTreeSet<Toolset>,
    /// How its commands are confirmed.
    pub confirm: Confirm,
    /// Most requests in any minute; no bound when absent.
    pub requests_per_minute: Option<u32>,
    /// When it ends, UTC.
    pub expires_at: Option<DateTime<Utc>>,
    /// What it may send at most.
    #[serde(default)]
    pub limits: KeyLimits,
}

impl Principal {
    /// Somebody who may do what these roles say with every account, and is asked about each command.
    #[must_use]
    pub fn new(id: impl Into<Arc<str>>, roles: impl IntoIterator<Item = Role>) -> Self {
        let id = id.into();
        Self {
            name: id.to_string(),
            id,
            roles: roles.into_iter().collect(),
            accounts: Access::All,
            toolsets: Toolset::STANDARD.into_iter().collect(),
            confirm: Confirm::Ask,
            requests_per_minute: None,
            expires_at: None,
            limits: KeyLimits::default(),
        }
    }

    /// Whether it may do what this role is for.
    #[must_use]
    pub fn may(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}

/// What somebody was let in by. It is asked again where a call has waited for a person: a key may be taken
/// away or changed meanwhile.
///
/// A host that proves its callers in its own way puts an `Arc<dyn Proof>` beside the `Arc<Principal>`.
pub trait Proof: Send + Sync + Debug {
    /// The caller as it may act now; nothing when it may not act any more. Answers from memory.
    fn now(&self, principal: &Arc<Principal>) -> Option<Arc<Principal>>;
}

/// Holds for as long as the program: of callers that were named when it was started.
#[derive(Debug, Clone, Copy, Default)]
pub struct AsStarted;

impl Proof for AsStarted {
    fn now(&self, principal: &Arc<Principal>) -> Option<Arc<Principal>> {
        Some(Arc::clone(principal))
    }
}
