use core::future::Future;
use std::sync::Arc;

use broker_core::{Broker, Result};
use broker_runtime::config::{BrokerSetup, Kinds};

use super::{Handles, absent::Absent};

/// What is made of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// A session, or an error.
    Session,
    /// A session, or something in its place that says why there is none.
    SessionOrAbsent,
    /// A session for a look, which takes nothing away from a server that runs.
    Look,
}

/// The adapters that this program has: `paper`, `ibkr` and `tiger`, each behind the feature of its name.
/// What they make is kept in `handles`.
#[must_use]
pub fn kinds(handles: &Handles) -> Kinds {
    of(handles, Manner::Session)
}

/// The same for a look at a connection, beside a server that runs: Tiger Brokers gives pushes to the
/// newest session only, so none are asked for.
#[must_use]
pub fn kinds_for_a_look(handles: &Handles) -> Kinds {
    of(handles, Manner::Look)
}

/// The same; in the place of a connection that cannot be made now there is one that says so.
pub(super) fn lenient(handles: &Handles) -> Kinds {
    of(handles, Manner::SessionOrAbsent)
}

#[cfg_attr(
    not(all(feature = "paper", feature = "ibkr", feature = "tiger")),
    allow(unused_variables, reason = "not every adapter needs both")
)]
fn of(handles: &Handles, manner: Manner) -> Kinds {
    let kinds = Kinds::new();
    #[cfg(feature = "paper")]
    let kinds = {
        let worlds = handles.worlds();
        let handles = handles.clone();
        kinds.with("paper", move |setup: BrokerSetup| {
            let (worlds, handles) = (worlds.clone(), handles.clone());
            async move { worlds.connect(&setup, &handles).await }
        })
    };
    #[cfg(feature = "ibkr")]
    let kinds = {
        let handles = handles.clone();
        kinds.with("ibkr", move |setup: BrokerSetup| {
            let made = super::ibkr::connect(setup.clone(), handles.clone());
            or_absent(setup, made, manner)
        })
    };
    #[cfg(feature = "tiger")]
    let kinds = {
        let handles = handles.clone();
        kinds.with("tiger", move |setup: BrokerSetup| {
            let pushes = manner != Manner::Look;
            let made = super::tiger::connect(setup.clone(), handles.clone(), pushes);
            or_absent(setup, made, manner)
        })
    };
    kinds
}

#[cfg_attr(
    not(any(feature = "ibkr", feature = "tiger")),
    allow(dead_code, reason = "the paper broker is always there")
)]
async fn or_absent(
    setup: BrokerSetup,
    made: impl Future<Output = Result<Arc<dyn Broker>>>,
    manner: Manner,
) -> Result<Arc<dyn Broker>> {
    match made.await {
        Err(error) if manner == Manner::SessionOrAbsent => Absent::instead_of(&setup, error),
        made => made,
    }
}
