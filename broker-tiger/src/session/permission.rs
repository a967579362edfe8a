//! Who may read quotes: one device at a time.
//!
//! Another program of the same developer that grabs the permissions takes them away without a word, and
//! from then on questions are refused with 4000. So are questions beyond a quota or about what was never
//! bought, so a refusal is a reason to look and no proof.

use std::sync::{Arc, Mutex, PoisonError};

use broker_core::{Error, Result};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use tokio::{
    sync::watch,
    time::{Duration, Instant},
};

use crate::{
    convert::{Rows, Text, Whole},
    transport::{Call, Gateway, Method, Written},
};

/// Something that the developer may read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct QuotePermission {
    /// The vendor's word, such as `usQuoteBasic` or `hkStockQuoteLv2`.
    pub name: String,
    /// When it ends, UTC; `None` when it does not.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Whether this device may read quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum QuoteAccess {
    /// Nothing has been grabbed by this connection, so nothing can be lost.
    NotGrabbed,
    /// This device has them.
    Held(Vec<QuotePermission>),
    /// Another device of the developer has taken them since, or they have ended;
    /// [`TigerBroker::grab_quote_permission`](crate::TigerBroker::grab_quote_permission) takes back what
    /// can be had.
    Lost {
        /// The vendor's words for what is missing.
        missing: Vec<String>,
    },
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PermissionRow {
    name: Text,
    expire_at: Whole,
}

/// Whether a refusal may mean that the permissions to read quotes are gone.
pub(crate) fn is_about_permissions(error: &Error) -> bool {
    error.broker().is_some_and(|words| {
        words.code.as_deref() == Some("4000") || words.text.trim_start().starts_with("4000:")
    })
}

/// The shortest time between two questions who has the permissions, of which ten in a minute are allowed.
const SPACING: Duration = Duration::from_secs(12);

/// The permissions of one connection.
#[derive(Debug)]
pub(crate) struct Permissions {
    gateway: Gateway,
    access: watch::Sender<QuoteAccess>,
    asked: Mutex<Option<Instant>>,
}

impl Permissions {
    pub(crate) fn new(gateway: Gateway) -> Arc<Self> {
        Arc::new(Self {
            gateway,
            access: watch::Sender::new(QuoteAccess::NotGrabbed),
            asked: Mutex::default(),
        })
    }

    pub(crate) fn access(&self) -> watch::Receiver<QuoteAccess> {
        self.access.subscribe()
    }

    /// Binds the permissions to this device.
    pub(crate) async fn grab(&self) -> Result<Vec<QuotePermission>> {
        let call = Call::bare(Method::GRAB_QUOTE_PERMISSION);
        let data = match self.gateway.command(&call).await? {
            Written::Done(data) => data,
            Written::Unconfirmed { error, .. } => return Err(error),
        };
        let held = permissions(data.rows()?)?;
        self.access.send_replace(QuoteAccess::Held(held.clone()));
        Ok(held)
    }

    /// What this device may read.
    pub(crate) async fn ask(&self) -> Result<Vec<QuotePermission>> {
        let call = Call::bare(Method::GET_QUOTE_PERMISSION);
        let held = permissions(self.gateway.ask(&call).await?.rows()?)?;
        self.compare(&held);
        Ok(held)
    }

    /// A question about prices was refused: looks whether the permissions are still here.
    pub(crate) async fn look(&self) {
        if !matches!(*self.access.borrow(), QuoteAccess::Held(_)) {
            return;
        }
        {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            if asked.is_some_and(|at| at.elapsed() < SPACING) {
                return;
            }
            *asked = Some(Instant::now());
        }
        if let Err(error) = self.ask().await {
            tracing::debug!(%error, "who has the quote permissions is not known");
        }
    }

    /// Compares what is held now with what was grabbed.
    fn compare(&self, held: &[QuotePermission]) {
        self.access.send_if_modified(|access| {
            let QuoteAccess::Held(grabbed) = access else {
                return false;
            };
            let is_held = |name: &str| held.iter().any(|one| one.name == name);
            let missing: Vec<String> = grabbed
                .iter()
                .filter(|one| !is_held(&one.name))
                .map(|one| one.name.clone())
                .collect();
            if missing.is_empty() {
                return false;
            }
            tracing::warn!(?missing, "quote permissions are gone");
            *access = QuoteAccess::Lost { missing };
            true
        });
    }
}

fn permissions(rows: Rows<PermissionRow>) -> Result<Vec<QuotePermission>> {
    if let Some(error) = rows.unreadable.into_iter().next() {
        return Err(error);
    }
    let rows = rows.rows.into_iter();
    rows.map(|row| {
        Ok(QuotePermission {
            name: row.name.required("name")?.to_owned(),
            expires_at: row.expire_at.instant(),
        })
    })
    .collect()
}
